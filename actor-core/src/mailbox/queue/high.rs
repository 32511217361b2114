//! The high lane of the fast queue, and whose turn it is. An actor that is never told anything high has one empty word here.

use std::collections::VecDeque;

use super::lanes::Turns;
use crate::mailbox::envelope::Envelope;

/// Made for the first high message, and kept until the actor ends.
pub(super) struct High<A>(Option<Box<Lane<A>>>);

struct Lane<A> {
    queue: VecDeque<Envelope<A>>,
    turns: Turns,
}

impl<A> High<A> {
    pub(super) fn new() -> Self {
        Self(None)
    }

    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |lane| lane.queue.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&mut self, envelope: Envelope<A>) {
        let new = || Box::new(Lane { queue: VecDeque::new(), turns: Turns::default() });
        self.0.get_or_insert_with(new).queue.push_back(envelope);
    }

    /// The oldest, whosever turn it is.
    pub(super) fn pop(&mut self) -> Option<Envelope<A>> {
        self.0.as_mut()?.queue.pop_front()
    }

    /// Whose turn it is, to be given back once it has been taken.
    pub(super) fn turns(&self) -> Turns {
        self.0.as_ref().map_or_else(Turns::default, |lane| lane.turns)
    }

    pub(super) fn set_turns(&mut self, turns: Turns) {
        if let Some(lane) = &mut self.0 {
            lane.turns = turns;
        }
    }

    /// All of it, with a fresh count of turns and no memory left behind.
    pub(super) fn take(&mut self) -> Vec<Envelope<A>> {
        self.0.take().map(|lane| lane.queue.into()).unwrap_or_default()
    }
}
