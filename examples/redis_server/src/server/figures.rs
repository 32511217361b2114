//! What the running server counts, gathered for INFO.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use actor_core::DynamicRef;

use super::Info;
use crate::connection::Services;

/// Counts what no actor outlives. The rest is asked of those who know it.
#[derive(Debug)]
pub(crate) struct Figures {
    port: u16,
    started: Instant,
    /// Clients accepted so far, which is the id of the last of them.
    accepted: AtomicU64,
    connections: DynamicRef,
}

impl Figures {
    pub(super) fn new(port: u16, connections: DynamicRef) -> Self {
        Self { port, started: Instant::now(), accepted: AtomicU64::new(0), connections }
    }

    /// An id for a client that has been accepted. Ids are never used twice.
    pub(crate) fn next_client(&self) -> u64 {
        self.accepted.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// What there is to tell now. Who does not answer is told as having nothing.
    pub(crate) async fn info(&self, Services { shards, channels, .. }: &Services) -> Info {
        Info {
            port: self.port,
            uptime: self.started.elapsed(),
            connections: self.connections.count().await.map_or(0, |count| count.active),
            accepted: self.accepted.load(Ordering::Relaxed),
            shards: shards.map().shards(),
            restarts: shards.restarts(),
            channels: channels.count().await.unwrap_or_default(),
            keys: shards.keys().await,
        }
    }
}
