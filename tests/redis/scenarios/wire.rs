//! A server on a free port, and a client that sees the very bytes: what a client library would not send or show.

#![allow(dead_code, reason = "each of the test programs uses its part")]

use std::num::{NonZeroU64, NonZeroUsize};
use std::time::Duration;

use actor_core::testing::TestSystem;
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use redis_server::Server;
use redis_server::settings::Settings;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Longer than anything here takes on a slow machine; what takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn settings(shards: usize, crash_every: Option<u64>) -> Settings {
    Settings {
        addr: "127.0.0.1:0".into(),
        shards: NonZeroUsize::new(shards).expect("a shard at least"),
        crash_every: crash_every.and_then(NonZeroU64::new),
    }
}

pub(crate) async fn serve(system: &TestSystem, settings: &Settings) -> Server {
    Server::start_in(system, settings).await.expect("a server")
}

/// A connection of the client library, whose own impatience would show a slow machine as an error.
pub(crate) async fn client(server: &Server) -> MultiplexedConnection {
    let client = redis::Client::open(format!("redis://{}", server.local_addr())).expect("an address");
    let config = AsyncConnectionConfig::new()
        .set_response_timeout(Some(PATIENCE))
        .set_connection_timeout(Some(PATIENCE));
    client.get_multiplexed_async_connection_with_config(&config).await.expect("a connection")
}

pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what} takes more than {PATIENCE:?}"),
    }
}

/// Asks until the answer is as `wanted`: for what comes about by itself, and says nothing when it has.
pub(crate) async fn until(wire: &mut Wire, line: &str, wanted: impl Fn(&str) -> bool) {
    within(line, async {
        while !wanted(&wire.ask(line).await) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// One connection.
pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    pub(crate) async fn open(server: &Server) -> Self {
        let stream =
            within("connecting", TcpStream::connect(server.local_addr())).await.expect("a connection");
        stream.set_nodelay(true).expect("a connection");
        Self(BufReader::new(stream))
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within("sending", self.0.write_all(bytes.as_ref())).await.expect("an open connection");
    }

    /// Sends what the server may refuse to read to its end.
    pub(crate) async fn send_in_vain(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = within("sending", self.0.write_all(bytes.as_ref())).await;
    }

    /// Sends an inline request, and returns the reply to it.
    pub(crate) async fn ask(&mut self, line: &str) -> String {
        self.send(format!("{line}\r\n")).await;
        self.reply().await
    }

    /// The next reply, whole: a bulk string as its text, an aggregate as its mark and its elements.
    pub(crate) async fn reply(&mut self) -> String {
        let line = self.line().await;
        let (mark, rest) = line.split_at(1);
        let length = || rest.parse::<usize>();
        match mark {
            "$" | "=" if rest != "-1" => {
                let mut bytes = vec![0; length().expect("a length") + 2];
                within("a bulk string", self.0.read_exact(&mut bytes)).await.expect("a whole bulk string");
                bytes.truncate(bytes.len() - 2);
                String::from_utf8(bytes).expect("test data is text")
            }
            "*" | ">" | "~" | "%" if rest != "-1" => {
                let count = length().expect("a length") * if mark == "%" { 2 } else { 1 };
                let mut elements = Vec::new();
                for _ in 0..count {
                    elements.push(Box::pin(self.reply()).await);
                }
                format!("{mark}[{}]", elements.join(" "))
            }
            _ => line,
        }
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        within("a reply", self.0.read_line(&mut line)).await.expect("an open connection");
        assert!(line.ends_with("\r\n"), "a line cut short: {line:?}");
        line.truncate(line.len() - 2);
        line
    }

    /// Reads and drops exactly so many bytes.
    pub(crate) async fn skip(&mut self, bytes: usize) {
        let mut chunk = vec![0; 64 * 1024];
        let mut left = bytes;
        while left > 0 {
            let at_most = left.min(chunk.len());
            let read =
                within("reading", self.0.read(&mut chunk[..at_most])).await.expect("an open connection");
            assert!(read > 0, "the connection ends {left} bytes too early");
            left -= read;
        }
    }

    /// All that comes until the server closes. A reset counts as the end: it is how a connection ends on which something
    /// was left unread.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        let _ = within("the end", self.0.read_to_end(&mut rest)).await;
        rest
    }
}
