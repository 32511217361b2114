//! The channels that one connection listens to, and the words in which it is told.

use bytes::Bytes;
use indexmap::IndexMap;

use super::Step;
use crate::reply::Reply;

/// Not bounded, as in Redis: a client that subscribes for ever costs what one that sets keys for ever costs.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    /// Each with the number of its subscription.
    channels: IndexMap<Bytes, u64>,
    /// How many requests to subscribe there were.
    requests: u64,
}

impl Subscriptions {
    pub(super) fn count(&self) -> usize {
        self.channels.len()
    }

    /// Whether this subscription to `channel` still holds. One that was given up and taken up again is another.
    pub(super) fn holds(&self, channel: &[u8], subscription: u64) -> bool {
        self.channels.get(channel) == Some(&subscription)
    }

    pub(super) fn subscribe(&mut self, named: Vec<Bytes>) -> Step {
        let mut channels = Vec::new();
        let mut replies = Vec::with_capacity(named.len());
        self.requests += 1;
        for channel in named {
            if !self.channels.contains_key(&channel) {
                // Kept for long, here and by the channel: a copy, so that neither keeps a read buffer.
                let channel = Bytes::copy_from_slice(&channel);
                self.channels.insert(channel.clone(), self.requests);
                channels.push(channel);
            }
            replies.push(self.confirmation("subscribe", Some(channel)));
        }
        Step::Subscribe { channels, subscription: self.requests, replies }
    }

    /// Leaves the channels named, or all of them. There is a reply even if there was nothing to leave.
    pub(super) fn unsubscribe(&mut self, named: Vec<Bytes>) -> Step {
        let named = if named.is_empty() { self.channels.keys().cloned().collect() } else { named };
        if named.is_empty() {
            let reply = self.confirmation("unsubscribe", None);
            return Step::Unsubscribe { channels: Vec::new(), replies: vec![reply] };
        }
        let mut channels = Vec::new();
        let mut replies = Vec::with_capacity(named.len());
        for channel in named {
            channels.extend(self.channels.shift_remove_entry(&channel).map(|(channel, _)| channel));
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
