//! A client of one request: hyper on a connection of its own.

use std::io;
use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::header::{CONTENT_TYPE, HOST, RETRY_AFTER};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    /// `Null` if it is not JSON.
    pub(crate) body: Value,
}

impl Answer {
    /// Status and body, to be compared with both at once.
    pub(crate) fn parts(self) -> (u16, Value) {
        (self.status, self.body)
    }

    /// The outcome that a failure speaks of.
    pub(crate) fn outcome(&self) -> &str {
        self.body["outcome"].as_str().unwrap_or("(none)")
    }
}

pub(crate) async fn send(addr: SocketAddr, method: Method, path: &str, body: String) -> io::Result<Answer> {
    let stream = TcpStream::connect(addr).await?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let connection = tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, addr.to_string())
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .expect("the tests send well-formed requests");
    let response = sender.send_request(request).await.map_err(io::Error::other)?;
    let status = response.status().as_u16();
    let retry_after =
        response.headers().get(RETRY_AFTER).map(|value| value.to_str().expect("a number").to_owned());
    let body = response.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    drop(sender);
    let _ = connection.await;
    Ok(Answer { status, retry_after, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}
