//! Runs the server: `cargo run --release --example redis_server -- --addr 127.0.0.1:6390`.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use redis_server::Server;
use redis_server::settings::{Settings, SettingsError};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

#[tokio::main]
async fn main() -> ExitCode {
    log();
    match Settings::parse(std::env::args().skip(1)) {
        Ok(settings) => run(&settings).await.unwrap_or_else(|error| {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            eprintln!("redis_server: {error}{cause}");
            ExitCode::FAILURE
        }),
        Err(usage @ SettingsError::Help) => {
            println!("{usage}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("redis_server: {error}");
            ExitCode::from(2)
        }
    }
}

/// What crashes, and what is done about it, is logged as the framework tells it. Without the dead letters, which it
/// tells at `info`: a subscriber that is cut off leaves thousands.
fn log() {
    let wanted = Targets::new().with_default(Level::INFO).with_target("actor_core", Level::WARN);
    tracing_subscriber::registry().with(fmt::layer().with_writer(io::stderr)).with(wanted).init();
}

async fn run(settings: &Settings) -> Result<ExitCode, Box<dyn Error>> {
    // Asked for before the server runs, so that from its first moment on it is not killed by them.
    let mut signals = Signals::new()?;
    let server = Server::start(settings).await?;
    println!("{}\nlistening on {}; Ctrl-C to stop", server.tree(), server.local_addr());
    let report = tokio::select! {
        () = signals.stop() => server.shutdown().await,
        report = server.terminated() => report,
    };
    println!("{report}");
    // A supervisor that gave up is a failure, whatever order everything else ended in.
    Ok(if report.cause.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What asks the server to stop: Ctrl-C, and the SIGTERM of whatever runs services.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn stop(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn stop(&mut self) {
        // Without a handler for it nobody could stop the server but by force, which is then what happens.
        let _ = tokio::signal::ctrl_c().await;
    }
}
