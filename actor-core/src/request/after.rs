//! A tell that the clock sends, to whichever incarnation there is then.

use std::any::type_name;
use std::time::Duration;

use crate::actor::Actor;
use crate::cell::Cell;
use crate::dead_letter::{LetterReason, Sender};
use crate::error::TellError;
use crate::fence::fence;
use crate::message::MessageOf;
use crate::reference::WeakActorRef;
use crate::rt::{Arc, Instant, later, sleep_until};
use crate::timer::Timer;

/// The task waits for its time or for the end of the actor, which it does not own. After the end it has nothing to wait for:
/// the message is a dead letter then, and not hours later, when nobody looks any more.
pub(super) fn after<A: Actor, M: MessageOf<A>>(cell: &Arc<Cell<A>>, message: M, delay: Duration) -> Timer {
    let until = later(Instant::now(), delay);
    let actor = WeakActorRef::from_cell(cell.clone());
    #[cfg(feature = "testing")]
    let on_its_way = cell.core.system.note_delayed();
    Timer::outside(cell.core.system.handle(), move |token| async move {
        #[cfg(feature = "testing")]
        let _on_its_way = on_its_way;
        let tell = actor.tell(message).revocable(token.clone());
        tokio::select! {
            () = sleep_until(until) => {}
            _ = actor.stopped() => {}
        }
        if token.queue() {
            if let Err(error) = tell.await {
                report(&actor, error);
            }
        }
    })
}

fn report<A: Actor, M: Send + 'static>(actor: &WeakActorRef<A>, error: TellError<M>) {
    let core = &actor.local_cell().core;
    let reason = match &error {
        TellError::Full(_) => LetterReason::Overflow,
        TellError::Closed(_, reason) => LetterReason::Stopped(reason.clone()),
    };
    let letter = || {
        let message = Box::new(error.into_message());
        core.system.dead_letter(core.subject(), type_name::<M>(), reason, Sender::Clock, Some(message));
    };
    // The message may be dropped there, and its destructor is foreign code.
    if let Err(panic) = fence(letter) {
        core.contained("drop", panic);
    }
}
