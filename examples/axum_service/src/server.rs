//! The life of the service: from its first request to its last, and then the actors.

use std::fmt;
use std::io;

use actor_core::ShutdownReport;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::bank::Bank;
use crate::http::router;

/// How the service ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether every request that was under way had its answer before the actors were stopped.
    pub drained: bool,
    /// How the actors ended.
    pub report: ShutdownReport,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = if self.drained { "all requests were answered" } else { "some requests were cut off" };
        write!(f, "{requests}; {}", self.report)
    }
}

/// Serves the bank until `stop` is ready, or until its system has ended by itself: the accounts' supervisor gave up.
///
/// Then, in this order: no new connections; what is under way is answered, for as long as [`Limits::drain`] at most; the
/// actors stop, for 30 s at most.
///
/// [`Limits::drain`]: crate::Limits::drain
///
/// # Errors
///
/// If the listener fails. The actors have been stopped then, too.
pub async fn serve(
    listener: TcpListener,
    bank: Bank,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Ended> {
    let (system, drain) = (bank.system().clone(), bank.limits().drain);
    let (stopping, stopped) = oneshot::channel();
    let watched = system.clone();
    let stop = async move {
        tokio::select! {
            () = stop => {}
            _ = watched.terminated() => {}
        }
        let _ = stopping.send(());
    };
    // axum itself waits for its connections without a bound: one client that never finishes would be enough.
    let too_late = async {
        let _ = stopped.await;
        sleep(drain).await;
    };
    let served = tokio::select! {
        served = axum::serve(listener, router(bank)).with_graceful_shutdown(stop).into_future() => served.map(|()| true),
        () = too_late => Ok(false),
    };
    let report = system.shutdown().await;
    Ok(Ended { drained: served?, report })
}
