//! A connection that listens, and how much it has been sent that its peer has not read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actor_core::prelude::*;
use bytes::Bytes;
use indexmap::IndexMap;

use crate::connection::Connection;

/// How many messages may wait for one connection. Enough that a peer which reads is not cut off for a moment's absence
/// from a processor; of small messages it comes to less memory than [`UNREAD_BYTES`]. The connection's mailbox is this
/// long.
pub const UNREAD_MESSAGES: usize = 64 * 1024;

/// How many bytes of messages may wait for one connection. The hard limit of Redis's own default,
/// `client-output-buffer-limit pubsub 32mb 8mb 60`.
pub const UNREAD_BYTES: usize = 32 * 1024 * 1024;

/// What a waiting message takes beside its payload, roughly: the envelope, and its place in the mailbox.
const OVERHEAD: usize = 256;

/// A subscribed connection, as the channels know it. The reference is weak: who listens does not decide who lives.
pub(super) struct Subscriber {
    pub(super) connection: WeakActorRef<Connection>,
    /// Each with the number that the connection knows its subscription by.
    pub(super) channels: IndexMap<Bytes, u64>,
    unread: Arc<AtomicUsize>,
}

/// What is published, on its way to one subscriber.
#[derive(Debug)]
pub struct Message {
    /// Where it was published.
    pub channel: Bytes,
    /// The subscription by which it comes: the number given to `Channels::join`.
    pub subscription: u64,
    /// What was published.
    pub payload: Bytes,
    /// Counted as unread until this is dropped.
    pub(crate) charge: Charge,
}

/// A part of what a subscriber has not read; dropping it gives the room back.
#[derive(Debug)]
pub(crate) struct Charge {
    unread: Arc<AtomicUsize>,
    bytes: usize,
}

impl Subscriber {
    pub(super) fn new(connection: WeakActorRef<Connection>) -> Self {
        Self { connection, channels: IndexMap::new(), unread: Arc::default() }
    }

    /// Hands on a message, without waiting. `false` if the connection has too much unread, or is gone.
    pub(super) fn deliver(&self, channel: &Bytes, payload: &Bytes) -> bool {
        let Some(charge) = self.charge(channel.len() + payload.len() + OVERHEAD) else { return false };
        let Some(&subscription) = self.channels.get(channel) else { return false };
        let message = Message { channel: channel.clone(), subscription, payload: payload.clone(), charge };
        self.connection.deliver(message).try_tell().is_ok()
    }

    fn charge(&self, bytes: usize) -> Option<Charge> {
        // Only the channels add, so between this look and the addition the number can only become smaller.
        if self.unread.load(Ordering::Relaxed) + bytes > UNREAD_BYTES {
            return None;
        }
        self.unread.fetch_add(bytes, Ordering::Relaxed);
        Some(Charge { unread: self.unread.clone(), bytes })
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.unread.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
