//! The server as a whole: what is started, in which order, and who is restarted when it fails.
//!
//! Four supervisors stand right below the system, whose root is one itself. They are started one after another, since
//! each needs references to what the former hold, and stopped in reverse: first nobody is accepted any more, then the
//! connections finish what they have read, with the channels and shards still there to answer them, and go; then those.
//!
//! | supervisor | children | if one fails |
//! |---|---|---|
//! | `shards` | one for each share of the keys | restarted, empty |
//! | `pubsub` | the channels | restarted; subscribed connections are closed |
//! | `connections` | one for each client, for as long as it stays | gone |
//! | `front` | the listener | restarted on the same socket |
//!
//! The shards and the channels have names in the system as well, `shard-0` and so on and `channels`: so there is one
//! server to a system.
//!
//! One whose children fail more than three times in five seconds, the default, ends the server (ten times for the
//! shards, which are tried twice): what fails again and again will not be mended by doing it once more, and a server
//! that loses its data every second had better be noticed.

mod about;
mod figures;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use actor_core::prelude::*;
use actor_core::{LookupError, ShutdownReport, SupervisorError, Tree};
use thiserror::Error;
use tokio::net::TcpListener;

use crate::connection::Services;
use crate::listener::Listener;
use crate::pubsub::Channels;
use crate::settings::Settings;
use crate::shards::{Shard, ShardMap, Shards};

pub use about::{Info, REDIS_VERSION};
pub(crate) use about::{hello, parameters};
pub(crate) use figures::Figures;

/// A running server.
///
/// Dropping it leaves it running, like the system that it lives in.
#[derive(Debug)]
pub struct Server {
    system: System,
    local_addr: SocketAddr,
}

/// Why a server did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}")]
    Bind {
        /// The address, as given.
        addr: String,
        /// Why not.
        source: io::Error,
    },
    /// An actor did not come up.
    #[error(transparent)]
    Tree(#[from] SupervisorError),
    /// An actor ended as soon as it was up.
    #[error(transparent)]
    Gone(#[from] LookupError),
}

impl Server {
    /// Starts a server in a system of its own. When this returns, clients are accepted.
    ///
    /// # Errors
    ///
    /// [`StartError`]; nothing runs any more when it comes.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O and time.
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let system = System::new("redis");
        let started = Self::start_in(&system, settings).await;
        if started.is_err() {
            system.shutdown().await;
        }
        started
    }

    /// Starts a server in `system`, whose shutdown ends it.
    ///
    /// # Errors
    ///
    /// [`StartError`]; what had been started by then is left to `system`.
    pub async fn start_in(system: &System, settings: &Settings) -> Result<Self, StartError> {
        let bind = |source| StartError::Bind { addr: settings.addr.clone(), source };
        let socket = TcpListener::bind(&settings.addr).await.map_err(bind)?;
        let local_addr = socket.local_addr().map_err(bind)?;

        let shards = start_shards(system, settings).await?;
        let pubsub = Supervisor::one_for_one()
            .name("pubsub")
            .child(Child::new("channels", Channels::default).registered("channels"))
            .start(system)
            .await?;
        let connections = DynamicSupervisor::new().name("connections").start(system).await?;
        let services = Arc::new(Services {
            shards,
            channels: pubsub.child("channels")?,
            figures: Figures::new(local_addr.port(), connections.clone()),
        });
        let listener = Listener { socket: Arc::new(socket), connections, services };
        Supervisor::one_for_one()
            .name("front")
            .child(Child::new("listener", move || listener.clone()))
            .start(system)
            .await?;
        tracing::info!(%local_addr, "serving\n{}", system.tree());
        Ok(Self { system: system.clone(), local_addr })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Who is there now.
    pub fn tree(&self) -> Tree {
        self.system.tree()
    }

    /// Waits until the server has ended: by [`shutdown`](Self::shutdown), or because something failed too often.
    pub async fn terminated(&self) -> ShutdownReport {
        self.system.terminated().await
    }

    /// Accepts nobody any more, lets each connection finish what it has read, within
    /// [`DRAIN`](crate::connection::DRAIN), and ends the rest in order.
    pub async fn shutdown(&self) -> ShutdownReport {
        self.system.shutdown().await
    }
}

async fn start_shards(system: &System, settings: &Settings) -> Result<Shards, StartError> {
    let map = ShardMap::new(settings.shards);
    let crash_every = settings.crash_every;
    let supervisor = Supervisor::one_for_one().name("shards");
    let mut supervisor = match crash_every {
        None => supervisor.intensity(10, Duration::from_secs(5)),
        // Crashes that were asked for are no sign that something is beyond repair, and come as often as clients write.
        Some(_) => supervisor.intensity(u32::MAX, Duration::from_millis(1)),
    };
    let name = |shard: usize| format!("shard-{shard}");
    for shard in 0..map.shards() {
        let child = Child::new(name(shard), move || Shard::new(crash_every));
        supervisor = supervisor.child(child.registered(name(shard)));
    }
    let supervisor = supervisor.start(system).await?;
    let actors = (0..map.shards()).map(|shard| supervisor.child(&name(shard)));
    Ok(Shards::new(map, actors.collect::<Result<_, _>>()?))
}
