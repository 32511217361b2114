//! What becomes of envelopes that are not handled: given back, or made dead letters.

use super::Cell;
use crate::dead_letter::{LetterReason, Sender};
use crate::error::Undelivered;
use crate::fence::fence;
use crate::mailbox::envelope::{Bounced, Envelope};
use crate::mailbox::queue::Offer;
use crate::reason::StopReason;

/// An envelope that was not accepted: there was no room, or the actor is closed.
pub(crate) struct Refused<A> {
    pub(crate) envelope: Envelope<A>,
    pub(crate) closed: Option<StopReason>,
}

impl<A> Cell<A> {
    /// Carries out what the queue has decided about an envelope. An `Err` gives it back, with the reason if the actor
    /// accepts no mail at all.
    pub(crate) fn settle(&self, offer: Offer<A>) -> Result<(), Refused<A>> {
        match offer {
            Offer::Accepted => {
                self.note_memory();
                Ok(())
            }
            Offer::Evicted(envelope) | Offer::Dropped(envelope) => {
                self.report(vec![envelope], &LetterReason::Overflow);
                Ok(())
            }
            Offer::Full(envelope) => Err(Refused { envelope, closed: None }),
            Offer::Closed(envelope, reason) => Err(Refused { envelope, closed: Some(reason) }),
        }
    }

    /// A notice needs no room and waits for nobody. Once the actor has ended it is dropped.
    pub(crate) fn push_notice(&self, notice: Envelope<A>) {
        self.queue.push_notice(notice);
        self.note_memory();
    }

    /// What did not go the common way may have given the mailbox memory.
    fn note_memory(&self) {
        if self.core.note_memory() {
            self.core.system.rests().note(self.core.number());
        }
    }

    /// What the last incarnation has left behind becomes dead letters.
    pub(crate) fn discard_mail(&self) {
        if let Some(reason) = self.core.last_reason() {
            let letters = self.queue.take_items();
            self.report(letters, &LetterReason::Stopped(reason));
        }
    }

    /// Hands envelopes that nobody will handle to their askers and to the dead letters.
    pub(crate) fn report(&self, envelopes: Vec<Envelope<A>>, reason: &LetterReason) {
        let mut envelopes = envelopes.into_iter();
        // Whatever is the same for all of them is done once: an actor may end with a long queue.
        let why = match reason {
            LetterReason::Overflow => Undelivered::Overflow,
            LetterReason::Stopped(reason) => Undelivered::Closed(reason.clone()),
            LetterReason::Panicked | LetterReason::Killed | LetterReason::Stuck => {
                Undelivered::Closed(StopReason::Killed)
            }
        };
        let system = &self.core.system;
        let wanted = system.wants_letters();
        let mut uncounted = 0;
        while envelopes.len() > 0 {
            // The messages may be dropped here, and their destructors are foreign code.
            let told = fence(|| {
                for envelope in envelopes.by_ref() {
                    let message_type = envelope.message_type();
                    let Bounced::Letter(payload) = envelope.bounce(why.clone()) else { continue };
                    if !wanted {
                        uncounted += 1;
                        continue;
                    }
                    // Without the message, its asker has it back.
                    let sender = if payload.is_none() { Sender::Told } else { Sender::Unaware };
                    system.dead_letter(self.core.subject(), message_type, reason.clone(), sender, payload);
                }
            });
            if let Err(panic) = told {
                self.core.contained("drop", panic);
            }
        }
        system.count_letters(uncounted);
    }
}
