//! The channels that one connection listens to, and the words in which it is told.

use bytes::Bytes;
use indexmap::IndexSet;

use super::Step;
use crate::reply::Reply;

/// Not bounded, as in Redis: a client that subscribes for ever costs what one that sets keys for ever costs.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    channels: IndexSet<Bytes>,
}

impl Subscriptions {
    pub(super) fn count(&self) -> usize {
        self.channels.len()
    }

    pub(super) fn contains(&self, channel: &[u8]) -> bool {
        self.channels.contains(channel)
    }

    pub(super) fn subscribe(&mut self, named: Vec<Bytes>) -> Step {
        let mut channels = Vec::new();
        let mut replies = Vec::with_capacity(named.len());
        for channel in named {
            if !self.channels.contains(&channel) {
                // Kept for long, here and by the channel: a copy, so that neither keeps a read buffer.
                let channel = Bytes::copy_from_slice(&channel);
                self.channels.insert(channel.clone());
                channels.push(channel);
            }
            replies.push(self.confirmation("subscribe", Some(channel)));
        }
        Step::Subscribe { channels, replies }
    }

    /// Leaves the channels named, or all of them. There is a reply even if there was nothing to leave.
    pub(super) fn unsubscribe(&mut self, named: Vec<Bytes>) -> Step {
        let named = if named.is_empty() { self.channels.iter().cloned().collect() } else { named };
        if named.is_empty() {
            let reply = self.confirmation("unsubscribe", None);
            return Step::Unsubscribe { channels: Vec::new(), replies: vec![reply] };
        }
        let mut channels = Vec::new();
        let mut replies = Vec::with_capacity(named.len());
        for channel in named {
            channels.extend(self.channels.shift_take(&channel));
            replies.push(self.confirmation("unsubscribe", Some(channel)));
        }
        Step::Unsubscribe { channels, replies }
    }

    fn confirmation(&self, what: &'static str, channel: Option<Bytes>) -> Reply {
        Reply::Push(vec![Reply::bulk(what), channel.into(), Reply::count(self.count())])
    }
}

/// What a connection that listens to `channel` is sent when `payload` is published there.
pub fn message(channel: Bytes, payload: Bytes) -> Reply {
    Reply::Push(vec![Reply::bulk("message"), Reply::Bulk(channel), Reply::Bulk(payload)])
}
