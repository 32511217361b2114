//! Publish and subscribe: one actor that knows who listens to which channel, and hands messages on.
//!
//! ```text
//!   PUBLISH ──ask──► Channels ──try_tell──► Connection ──► its socket
//!                       ▲  └── kill, if it has too much unread
//!                       └── Down, when a connection is gone
//! ```
//!
//! # Guarantees
//!
//! - Messages reach each subscriber in the order in which the channels were asked to publish them.
//! - Publishing never waits for a subscriber. One that has more unread than [`UNREAD_MESSAGES`] or [`UNREAD_BYTES`] is
//!   cut off, as Redis does with its `client-output-buffer-limit pubsub`: it learns by its closed connection that it
//!   has missed something, which silence would not tell it.
//! - A connection that ends, however it does, leaves all its channels: it is watched.
//! - A subscription never goes quiet. If this actor crashes, the connections that were subscribed are closed, so that
//!   their clients subscribe again.
//!
//! One actor for all channels, because a message costs it one lookup and a push for each subscriber; it would be split
//! by channel like the keyspace by key, should that not be enough.

mod subscriber;

use std::collections::HashMap;

use actor_core::ActorId;
use actor_core::prelude::*;
use bytes::Bytes;
use indexmap::IndexSet;

use crate::connection::Connection;
use subscriber::Subscriber;

pub use subscriber::{Message, UNREAD_BYTES, UNREAD_MESSAGES};

/// Who listens to what. Invariant: the two maps show the same pairs, and neither holds an empty set.
///
/// The standard library's keyed hash, since names of channels are chosen by whoever connects.
#[derive(Default)]
pub struct Channels {
    listeners: HashMap<Bytes, IndexSet<ActorId>>,
    subscribers: HashMap<ActorId, Subscriber>,
}

#[actor]
impl Channels {
    /// Lets `connection` listen to `channels`, which are new to it. When this is answered, it hears all that is
    /// published from then on; each message carries the number `subscription`.
    #[handler]
    pub(crate) fn join(
        &mut self,
        connection: WeakActorRef<Connection>,
        channels: Vec<Bytes>,
        subscription: u64,
        ctx: &mut Context<Self>,
    ) {
        let id = connection.id();
        // Watched before it is listed. If it has ended already, the `Down` is in the mailbox behind this message.
        ctx.watch(&connection);
        let subscriber = self.subscribers.entry(id).or_insert_with(|| Subscriber::new(connection));
        for channel in channels {
            self.listeners.entry(channel.clone()).or_default().insert(id);
            subscriber.channels.insert(channel, subscription);
        }
    }

    /// Ends the listening of `connection` to `channels`.
    #[handler]
    pub(crate) fn leave(
        &mut self,
        connection: WeakActorRef<Connection>,
        channels: Vec<Bytes>,
        ctx: &mut Context<Self>,
    ) {
        let id = connection.id();
        let Some(subscriber) = self.subscribers.get_mut(&id) else { return };
        for channel in channels {
            subscriber.channels.swap_remove(&channel);
            unlist(&mut self.listeners, &channel, id);
        }
        if subscriber.channels.is_empty() {
            ctx.unwatch(&connection);
            self.forget(id);
        }
    }

    /// Hands `payload` to all who listen to `channel`, and tells how many those were.
    #[handler]
    pub(crate) fn publish(&mut self, channel: Bytes, payload: Bytes) -> usize {
        let Some(listeners) = self.listeners.get(&channel) else { return 0 };
        let mut overwhelmed = Vec::new();
        for id in listeners {
            let delivered =
                self.subscribers.get(id).is_some_and(|subscriber| subscriber.deliver(&channel, &payload));
            if !delivered {
                overwhelmed.push(*id);
            }
        }
        let delivered = listeners.len() - overwhelmed.len();
        for id in overwhelmed {
            self.cut_off(id);
        }
        delivered
    }

    /// How many channels somebody listens to.
    #[handler]
    pub(crate) fn count(&self) -> usize {
        self.listeners.len()
    }

    /// Ends a connection that does not read. A kill and no stop: its task waits for the very peer that does not read.
    fn cut_off(&mut self, id: ActorId) {
        if let Some(subscriber) = self.forget(id) {
            tracing::warn!(connection = %subscriber.connection.path(), "cut off: it does not read its messages");
            subscriber.connection.kill();
        }
    }

    fn forget(&mut self, id: ActorId) -> Option<Subscriber> {
        let subscriber = self.subscribers.remove(&id)?;
        for channel in subscriber.channels.keys() {
            unlist(&mut self.listeners, channel, id);
        }
        Some(subscriber)
    }
}

fn unlist(listeners: &mut HashMap<Bytes, IndexSet<ActorId>>, channel: &Bytes, id: ActorId) {
    if let Some(ids) = listeners.get_mut(channel) {
        ids.swap_remove(&id);
        if ids.is_empty() {
            listeners.remove(channel);
        }
    }
}

impl Handler<Down> for Channels {
    type Reply = ();

    async fn handle(&mut self, down: Down, _ctx: &mut Context<Self>) {
        self.forget(down.id);
    }
}

/// Only a crash drops subscribers: when the server stops, its connections have ended before this actor does.
impl Drop for Channels {
    fn drop(&mut self) {
        for subscriber in self.subscribers.values() {
            subscriber.connection.stop();
        }
    }
}
