//! Whether an actor's handler waits, for the monitor to see.
//!
//! An incarnation has one from its first handler on that waits. It stands in the monitor's list for as long as there is
//! something to see there: it enters itself, and the monitor strikes it off. To begin and to end a wait is a store or three.

use std::time::Duration;

use super::post::Whom;
use crate::raw::{Kind, Said};
use crate::rt::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::rt::{Arc, RealInstant};

pub(crate) struct Wait {
    pub(super) whom: Whom,
    /// Odd while a handler waits, one more with each change.
    turn: AtomicU64,
    said: Said,
    listed: AtomicBool,
}

impl Wait {
    pub(super) fn new(whom: Whom) -> Self {
        Self { whom, turn: AtomicU64::new(0), said: Said::nothing(), listed: AtomicBool::new(false) }
    }

    /// The handler of such a message waits. Whether it has to be entered in the list.
    #[must_use]
    pub(super) fn begin(&self, kind: Option<&'static Kind>) -> bool {
        if let Some(kind) = kind {
            self.said.say(kind);
        }
        self.turn();
        !self.listed.load(Ordering::Relaxed) && !self.listed.swap(true, Ordering::Relaxed)
    }

    /// It is over.
    pub(crate) fn end(&self) {
        self.turn();
    }

    fn turn(&self) {
        // ORDERING: pairs with the load in `turned`, which then finds the type of this message.
        self.turn.store(self.turn.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    }

    fn turned(&self) -> u64 {
        self.turn.load(Ordering::Acquire)
    }

    pub(super) fn heard(&self) -> Option<&'static Kind> {
        self.said.heard()
    }
}

/// What the monitor has seen of one.
pub(super) struct Entry {
    wait: Arc<Wait>,
    turn: u64,
    since: RealInstant,
    reported: bool,
    /// It has been struck off, unless it says otherwise before the next look: it may have just begun.
    leaves: bool,
}

/// What is to be done about an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// To be looked at again.
    Look,
    /// Not before its thread does something.
    Leave,
    /// For so long the same handler has waited.
    Report(Duration),
    Strike,
}

impl Entry {
    pub(super) fn new(wait: Arc<Wait>, now: RealInstant) -> Self {
        let turn = wait.turned();
        Self { wait, turn, since: now, reported: false, leaves: false }
    }

    pub(super) fn wait(&self) -> &Wait {
        &self.wait
    }

    /// Whether it still waits for what it did when it was looked at.
    pub(super) fn is_current(&self) -> bool {
        self.wait.turned() == self.turn
    }

    pub(super) fn look(&mut self, now: RealInstant, bound: Duration) -> Verdict {
        if Arc::strong_count(&self.wait) == 1 {
            return Verdict::Strike;
        }
        let turn = self.wait.turned();
        if turn % 2 == 0 {
            if std::mem::replace(&mut self.leaves, true) {
                return Verdict::Strike;
            }
            self.wait.listed.store(false, Ordering::Relaxed);
            return Verdict::Look;
        }
        if std::mem::take(&mut self.leaves) && self.wait.listed.swap(true, Ordering::Relaxed) {
            // It has entered itself once more.
            return Verdict::Strike;
        }
        if turn != self.turn {
            (self.turn, self.since, self.reported) = (turn, now, false);
        }
        if self.reported {
            return Verdict::Leave;
        }
        let elapsed = now - self.since;
        if elapsed < bound {
            return Verdict::Look;
        }
        self.reported = true;
        Verdict::Report(elapsed)
    }
}

#[cfg(test)]
mod tests {
    use std::any::type_name;

    use super::*;

    const KIND: &Kind = &(type_name::<u8> as Kind);
    const BOUND: Duration = Duration::from_secs(4);

    fn listed() -> (Arc<Wait>, Entry, RealInstant) {
        let (wait, now) = (Arc::new(Wait::new(Whom::new(1, 1))), RealInstant::now());
        assert!(wait.begin(Some(KIND)));
        let entry = Entry::new(wait.clone(), now);
        (wait, entry, now)
    }

    #[test]
    fn one_message_is_reported_once_and_the_next_one_anew() {
        let (wait, mut entry, now) = listed();
        assert_eq!(entry.look(now + BOUND / 2, BOUND), Verdict::Look);
        assert_eq!(entry.look(now + BOUND, BOUND), Verdict::Report(BOUND));
        assert_eq!(entry.look(now + 2 * BOUND, BOUND), Verdict::Leave);
        wait.end();
        assert!(!wait.begin(Some(KIND)), "it is in the list still");
        assert_eq!(entry.look(now + 3 * BOUND, BOUND), Verdict::Look);
        assert_eq!(entry.look(now + 4 * BOUND, BOUND), Verdict::Report(BOUND));
    }

    #[test]
    fn whoever_waits_no_more_is_struck_off_at_the_second_look_and_enters_again() {
        let (wait, mut entry, now) = listed();
        wait.end();
        assert_eq!(entry.look(now, BOUND), Verdict::Look);
        assert_eq!(entry.look(now, BOUND), Verdict::Strike);
        assert!(wait.begin(Some(KIND)));
    }

    #[test]
    fn who_begins_while_it_is_struck_off_stands_in_the_list_once() {
        let (wait, mut entry, now) = listed();
        wait.end();
        assert_eq!(entry.look(now, BOUND), Verdict::Look);
        assert!(wait.begin(Some(KIND)), "it sees that it is not in the list");
        assert_eq!(entry.look(now, BOUND), Verdict::Strike);
        let mut entry = Entry::new(wait.clone(), now);
        assert_eq!(entry.look(now + BOUND, BOUND), Verdict::Report(BOUND));

        wait.end();
        assert_eq!(entry.look(now, BOUND), Verdict::Look);
        // As if it had not seen it yet.
        wait.listed.store(true, Ordering::Relaxed);
        assert!(!wait.begin(Some(KIND)));
        wait.listed.store(false, Ordering::Relaxed);
        assert_eq!(entry.look(now, BOUND), Verdict::Look);
        assert!(!wait.begin(Some(KIND)));
    }

    #[test]
    fn whoever_is_gone_is_struck_off() {
        let (wait, mut entry, now) = listed();
        drop(wait);
        assert_eq!(entry.look(now, BOUND), Verdict::Strike);
    }
}
