//! Encodes replies as fast as the peer reads them, and no faster.

use std::collections::VecDeque;

use bytes::BytesMut;

use super::Reply;
use super::encode::Elements;
use crate::protocol::Protocol;

/// The replies that one connection still has to send.
///
/// A reply shares the payload of its elements with the data. Encoding copies it, and a slow reader of a long
/// list would hold that copy; so only as much is encoded at a time as the next write can take. What has been
/// encoded and not sent is bounded by the bytes asked for and one element.
#[derive(Debug, Default)]
pub struct Outbox {
    waiting: VecDeque<(Reply, Protocol)>,
    /// The aggregates whose headers are out, outermost first, with what is left of them.
    open: Vec<Elements>,
    /// The version in which the innermost reply was begun.
    protocol: Protocol,
}

impl Outbox {
    /// Adds a reply behind the others.
    pub fn push(&mut self, reply: Reply, protocol: Protocol) {
        self.waiting.push_back((reply, protocol));
    }

    /// Whether all replies have been encoded in full.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.open.is_empty()
    }

    /// How many replies have not been begun.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Encodes replies until `out` holds at least `enough` bytes or nothing is left.
    pub fn fill(&mut self, out: &mut BytesMut, enough: usize) {
        while out.len() < enough {
            let Some(next) = self.next() else { return };
            self.open.extend(next.encode_head(self.protocol, out));
        }
    }

    /// The next element of the innermost open aggregate, or else the next reply.
    fn next(&mut self) -> Option<Reply> {
        while let Some(innermost) = self.open.last_mut() {
            if let Some(element) = innermost.next() {
                return Some(element);
            }
            self.open.pop();
        }
        let (reply, protocol) = self.waiting.pop_front()?;
        self.protocol = protocol;
        Some(reply)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reply::encode::tests::replies;

    #[test]
    fn a_long_reply_is_encoded_only_as_far_as_asked() {
        let mut outbox = Outbox::default();
        outbox.push(Reply::Array(vec![Reply::Integer(1); 1_000_000]), Protocol::Resp2);
        let mut out = BytesMut::new();
        outbox.fill(&mut out, 100);
        assert!((100..110).contains(&out.len()), "{}", out.len());
        assert!(!outbox.is_empty());
    }

    proptest! {
        #[test]
        fn replies_come_out_in_pieces_as_they_would_in_one(
            replies in proptest::collection::vec((replies(), any::<bool>()), 0..6), enough in 1_usize..30
        ) {
            let mut outbox = Outbox::default();
            let mut whole = BytesMut::new();
            for (reply, resp3) in replies {
                let protocol = if resp3 { Protocol::Resp3 } else { Protocol::Resp2 };
                reply.clone().encode(protocol, &mut whole);
                outbox.push(reply, protocol);
            }
            let mut pieces = BytesMut::new();
            while !outbox.is_empty() {
                let mut piece = BytesMut::new();
                outbox.fill(&mut piece, enough);
                pieces.extend_from_slice(&piece);
            }
            prop_assert_eq!(pieces, whole);
        }
    }
}
