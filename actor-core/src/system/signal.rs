//! Ending a system when the process is told to end.

use std::io;

use super::{ShutdownReport, System};

impl System {
    /// Waits for Ctrl-C or, on Unix, SIGTERM, or for a supervisor at the top that gives up, and then shuts down.
    ///
    /// It is the last line of most services. The shutdown is bounded, as [`System::shutdown`] is; a second signal meanwhile
    /// changes nothing.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before the signal leaves the system running, and the process deaf to that signal: tokio keeps
    /// its handler.
    ///
    /// # Errors
    ///
    /// If the process cannot listen for signals; the system goes on.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use actor_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let system = System::new("service");
    /// // .. start the tree ..
    /// let report = system.run_until_signal().await?;
    /// println!("{report}");
    /// # Ok(()) }
    /// ```
    pub async fn run_until_signal(&self) -> io::Result<ShutdownReport> {
        tokio::select! {
            signal = signal() => {
                let signal = signal?;
                tracing::info!(system = self.name(), signal, "told to end: shutting down");
            }
            report = self.terminated() => return Ok(report),
        }
        Ok(self.shutdown().await)
    }
}

#[cfg(unix)]
async fn signal() -> io::Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    })
}

#[cfg(not(unix))]
async fn signal() -> io::Result<&'static str> {
    tokio::signal::ctrl_c().await?;
    Ok("Ctrl-C")
}
