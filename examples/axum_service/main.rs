//! Runs the bank of `axum_service` until Ctrl-C or SIGTERM: `cargo run --example axum_service -- --addr 127.0.0.1:8080`.

use std::error::Error;
use std::io;
use std::sync::Arc;

use actor_core::prelude::*;
use axum_service::{Bank, Limits, Memory, serve};
use tokio::net::TcpListener;

/// Port 0: the system picks a free one, and the first line says which.
const DEFAULT_ADDR: &str = "127.0.0.1:0";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // Crashes, restarts and dead letters are logged by the framework; this is who prints them.
    tracing_subscriber::fmt().with_writer(io::stderr).init();

    let addr = address(std::env::args().skip(1))?;
    let listener =
        TcpListener::bind(&addr).await.map_err(|error| format!("cannot listen on {addr}: {error}"))?;
    // Before the first line: whoever reads it may send the signal at once.
    let stop = signals()?;
    println!("listening on http://{}", listener.local_addr()?);

    let system = System::new("bank");
    let bank = Bank::start(&system, Arc::new(Memory::default()), Limits::default()).await?;
    let ended = serve(listener, bank, stop).await?;
    println!("{ended}");
    let is_clean = ended.drained && ended.report.is_clean() && ended.report.cause.is_none();
    if is_clean { Ok(()) } else { Err("the service did not end in order".into()) }
}

fn address(mut args: impl Iterator<Item = String>) -> Result<String, String> {
    match (args.next().as_deref(), args.next(), args.next()) {
        (None, ..) => Ok(DEFAULT_ADDR.to_owned()),
        (Some("--addr"), Some(addr), None) => Ok(addr),
        _ => Err("usage: axum_service [--addr HOST:PORT]".to_owned()),
    }
}

/// Ready at the first Ctrl-C or SIGTERM.
#[cfg(unix)]
fn signals() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready at the first Ctrl-C.
#[cfg(not(unix))]
fn signals() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
