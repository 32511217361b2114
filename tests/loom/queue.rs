//! Every interleaving of senders, the run loop and whoever ends it over one mailbox, as far as the bound goes.
//!
//! Blocks have two slots, so that they are used up, linked and let go all the time. Up to three threads beside the run loop.
//! Loom itself sees to it that nothing is leaked, read while it is written, or waited for in vain: a run loop that missed its
//! wake-up would be a deadlock.

/// What the core's room of the same name is, over loom.
mod rt {
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::sync::{Arc, MutexGuard, atomic};

    pub(crate) const FIRST_BLOCK: u64 = 2;
    pub(crate) const FULL_BLOCK: u64 = 2;
    pub(crate) const LOOKS: u32 = 0;

    pub(crate) fn relax(_: u32) {
        loom::thread::yield_now();
    }

    pub(crate) fn come_again(waker: &std::task::Waker) {
        waker.wake_by_ref();
        loom::thread::yield_now();
    }

    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().unwrap()
        }
    }
}

mod fence {
    pub(crate) fn wake(waker: std::task::Waker) {
        waker.wake();
    }
}

mod reason {
    #[derive(Clone, Debug, PartialEq)]
    pub(crate) struct StopReason;

    /// There it is a word.
    #[derive(Clone, Default)]
    pub(crate) struct Reason(Option<StopReason>);

    impl Reason {
        pub(crate) fn get(&self) -> &StopReason {
            self.0.as_ref().unwrap_or(&StopReason)
        }
    }

    impl From<StopReason> for Reason {
        fn from(reason: StopReason) -> Self {
            Self(Some(reason))
        }
    }
}

mod lifecycle {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) enum Rung {
        Running,
        Draining,
        Stopping,
        Stuck,
    }
}

#[path = "../../actor-core/src/raw/block.rs"]
mod block;
#[path = "../../actor-core/src/raw/blocks.rs"]
mod blocks;
#[path = "../../actor-core/src/mailbox/queue/control.rs"]
mod control;
#[path = "../../actor-core/src/mailbox/queue/fast.rs"]
mod fast;
#[path = "../../actor-core/src/raw/front.rs"]
mod front;
#[path = "../../actor-core/src/raw/guest.rs"]
mod guest;
#[path = "../../actor-core/src/mailbox/queue/high.rs"]
mod high;
#[path = "../../actor-core/src/mailbox/queue/lanes.rs"]
mod lanes;
#[path = "../../actor-core/src/mailbox/queue/line.rs"]
mod line;
#[path = "../../actor-core/src/mailbox/queue/outcome.rs"]
mod outcome;

mod raw {
    pub(crate) use crate::block::made;
    pub(crate) use crate::blocks::{Blocks, Charge, Flags, Popped};
    pub(crate) use crate::front::{Taken, Taking};
    pub(crate) use crate::guest::Guest;

    use crate::rt::Arc;
    use crate::rt::UnsafeCell;

    /// What is lent here: a number that one at a time may change. Loom sees to it that it is one at a time.
    pub(crate) struct Lent<A>(pub(crate) Arc<UnsafeCell<u32>>, pub(crate) std::marker::PhantomData<A>);

    impl<A> PartialEq for Lent<A> {
        fn eq(&self, other: &Self) -> bool {
            Arc::ptr_eq(&self.0, &other.0)
        }
    }
}

mod mailbox {
    pub(crate) mod envelope {
        use std::marker::PhantomData;

        use super::Lane;
        use crate::raw::Charge;
        use crate::rt::Arc;

        /// Loom counts the `Arc`: an envelope that is dropped twice or never fails the run.
        #[derive(Debug)]
        pub(crate) struct Envelope<A> {
            pub(crate) number: u32,
            pub(crate) lane: Lane,
            pub(crate) notice: bool,
            pub(crate) alive: Arc<()>,
            pub(crate) actor: PhantomData<A>,
        }

        impl<A> Envelope<A> {
            pub(crate) fn lane(&self) -> Lane {
                self.lane
            }

            pub(crate) fn is_notice(&self) -> bool {
                self.notice
            }
        }

        impl<A> Charge for Envelope<A> {
            type Host = crate::raw::Lent<A>;

            fn is_charged(&self) -> bool {
                !self.notice
            }
        }
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Lane {
        High,
        Normal,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[allow(dead_code, reason = "the queue knows them all")]
    pub(crate) enum Overflow {
        Wait,
        Fail,
        DropNewest,
        DropOldest,
    }

    #[derive(Clone, Copy)]
    pub(crate) struct Mailbox {
        pub(crate) capacity: usize,
        pub(crate) overflow: Overflow,
    }
}

use std::future::poll_fn;
use std::marker::PhantomData;
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::sync::Arc;
use loom::thread::{JoinHandle, spawn};

use crate::fast::Queue;
use crate::lifecycle::Rung;
use crate::mailbox::{Lane, Mailbox, Overflow, envelope};
use crate::outcome::{Next, Offer, Waited};
use crate::raw::made;
use crate::reason::StopReason;

type Envelope = envelope::Envelope<()>;
type Lent = raw::Lent<()>;

fn mail(number: u32, lane: Lane, notice: bool) -> Envelope {
    Envelope { number, lane, notice, alive: Arc::new(()), actor: PhantomData }
}

fn message(number: u32) -> Envelope {
    mail(number, Lane::Normal, false)
}

/// So many preemptions in each run, and at most 100,000 runs. `cargo xtask prove loom` says `DEEP`: one preemption more, and two
/// million runs.
fn explore(preemptions: usize, scenario: impl Fn() + Sync + Send + 'static) {
    let deep = std::env::var_os("DEEP").is_some();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions + usize::from(deep));
    builder.max_permutations = Some(if deep { 2_000_000 } else { 100_000 });
    // Who waits for a guest looks again and again.
    builder.max_branches = 10_000;
    builder.check(scenario);
}

/// A mailbox whose first incarnation has begun.
fn open(capacity: usize, overflow: Overflow) -> Arc<Queue<()>> {
    let queue = Arc::new(Queue::new(Mailbox { capacity, overflow }));
    assert!(queue.reopen(1));
    queue
}

/// What the run loop is to do next; it waits for it.
fn next(queue: &Queue<()>, epoch: u64) -> Next<(), u32> {
    let next = block_on(poll_fn(|cx| queue.poll_next(epoch, cx.waker(), |taking| taking.item().number)));
    match next {
        Next::Taken(envelope) => Next::Message(envelope.number),
        other => other,
    }
}

fn message_of(next: Next<(), u32>) -> u32 {
    match next {
        Next::Message(number) => number,
        Next::Taken(envelope) => envelope.number,
        Next::Drained => panic!("nobody drains"),
        Next::Alarm => panic!("nobody raises"),
    }
}

/// Tells, and waits for room. `false`: refused.
fn tell(queue: &Queue<()>, envelope: Envelope) -> bool {
    let (lane, mut envelope) = (envelope.lane, Some(envelope));
    let mut place = None;
    block_on(poll_fn(|cx| {
        let waited = match &place {
            None => match queue.push(lane, |at| at.write(envelope.take().unwrap())) {
                Ok(()) => return Poll::Ready(true),
                Err(make) => match queue.offer_or_wait(made(make), cx) {
                    Ok(Offer::Accepted) => return Poll::Ready(true),
                    Ok(Offer::Closed(..)) => return Poll::Ready(false),
                    Ok(_) => panic!("it waits for room"),
                    Err(waiting) => place.insert(waiting).poll(cx),
                },
            },
            Some(place) => place.poll(cx),
        };
        waited.map(|waited| matches!(waited, Waited::Accepted))
    }))
}

/// Tells without waiting. `false`: refused.
fn offer(queue: &Queue<()>, envelope: Envelope) -> bool {
    match queue.push(envelope.lane, |at| at.write(envelope)) {
        Ok(()) => true,
        Err(make) => matches!(queue.offer(made(make)), Offer::Accepted),
    }
}

/// A thread that tells without waiting.
fn trying(queue: &Arc<Queue<()>>, numbers: &'static [u32]) -> JoinHandle<bool> {
    let queue = queue.clone();
    spawn(move || numbers.iter().all(|&number| offer(&queue, message(number))))
}

fn telling(queue: &Arc<Queue<()>>, numbers: &'static [u32]) -> JoinHandle<bool> {
    let queue = queue.clone();
    spawn(move || numbers.iter().all(|&number| tell(&queue, message(number))))
}

fn kept_their_order(seen: &[u32]) -> bool {
    // Those of a sender begin with the same digit.
    seen.iter()
        .enumerate()
        .all(|(at, one)| seen[at..].iter().all(|later| later / 10 != one / 10 || later >= one))
}

#[test]
fn three_senders_reach_the_run_loop_each_in_its_order() {
    explore(1, || {
        let queue = open(usize::MAX, Overflow::Wait);
        let senders = [trying(&queue, &[10]), trying(&queue, &[20]), trying(&queue, &[30])];
        let seen: Vec<_> = (0..3).map(|_| message_of(next(&queue, 1))).collect();
        assert!(kept_their_order(&seen), "{seen:?}");
        assert!(senders.into_iter().all(|sender| sender.join().unwrap()));
        assert_eq!(queue.len(), 0);
    });
}

/// A block of two goes round and round while the run loop keeps up, and others come behind it when it does not.
#[test]
fn slots_are_given_out_again_once_they_have_been_taken_out() {
    explore(2, || {
        let queue = open(usize::MAX, Overflow::Wait);
        let sender = trying(&queue, &[10, 11, 12, 13, 14]);
        let seen: Vec<_> = (0..5).map(|_| message_of(next(&queue, 1))).collect();
        assert_eq!(seen, [10, 11, 12, 13, 14]);
        assert!(sender.join().unwrap());
    });
}

#[test]
fn two_senders_fill_blocks_that_the_run_loop_lets_go() {
    explore(1, || {
        let queue = open(usize::MAX, Overflow::Wait);
        let senders = [trying(&queue, &[10, 11]), trying(&queue, &[20])];
        let seen: Vec<_> = (0..3).map(|_| message_of(next(&queue, 1))).collect();
        assert!(kept_their_order(&seen), "{seen:?}");
        assert!(senders.into_iter().all(|sender| sender.join().unwrap()));
    });
}

#[test]
fn senders_that_wait_for_room_are_let_in() {
    explore(1, || {
        let queue = open(1, Overflow::Wait);
        let senders = [telling(&queue, &[10]), telling(&queue, &[20]), telling(&queue, &[30])];
        let seen: Vec<_> = (0..3).map(|_| message_of(next(&queue, 1))).collect();
        assert!(kept_their_order(&seen), "{seen:?}");
        assert!(senders.into_iter().all(|sender| sender.join().unwrap()));
    });
}

/// As soon as the run loop has taken a message there is room: not only when it comes for the next.
#[test]
fn a_sender_is_let_in_before_the_handler_runs() {
    explore(3, || {
        let queue = open(1, Overflow::Wait);
        assert!(tell(&queue, message(1)));
        let sender = telling(&queue, &[2]);
        assert_eq!(message_of(next(&queue, 1)), 1);
        // Its handler waits for the sender.
        assert!(sender.join().unwrap());
        assert_eq!(message_of(next(&queue, 1)), 2);
    });
}

#[test]
fn a_sender_that_leaves_the_line_has_its_message_or_the_run_loop_has() {
    explore(3, || {
        let queue = open(1, Overflow::Wait);
        assert!(tell(&queue, message(1)));
        let theirs = queue.clone();
        let sender = spawn(move || {
            let cx = Context::from_waker(Waker::noop());
            match theirs.push(Lane::Normal, |at| at.write(message(2))) {
                Ok(()) => true,
                Err(make) => match theirs.offer_or_wait(made(make), &cx) {
                    Ok(Offer::Accepted) => true,
                    Ok(_) => panic!("it is open, and whoever finds no room waits"),
                    Err(place) => theirs.leave(&place).is_none(),
                },
            }
        });
        assert_eq!(message_of(next(&queue, 1)), 1);
        let accepted = sender.join().unwrap();
        assert_eq!(queue.len(), usize::from(accepted));
        assert!(accepted || tell(&queue, message(3)));
    });
}

#[test]
fn a_run_loop_at_rest_hears_an_alarm_beside_mail() {
    explore(3, || {
        let queue = open(usize::MAX, Overflow::Wait);
        let sender = trying(&queue, &[10]);
        let theirs = queue.clone();
        let caller = spawn(move || {
            theirs.raise(Rung::Stopping, Some(StopReason.into())).wake();
        });
        let seen = std::iter::from_fn(|| match next(&queue, 1) {
            Next::Message(number) => Some(number),
            Next::Alarm => None,
            Next::Taken(_) | Next::Drained => panic!("nobody drains"),
        })
        .count();
        let accepted = sender.join().unwrap();
        caller.join().unwrap();
        assert_eq!(queue.take_items().len(), usize::from(accepted) - seen);
    });
}

#[test]
fn a_drain_waits_for_what_was_accepted() {
    explore(1, || {
        let queue = open(usize::MAX, Overflow::Wait);
        let senders = [trying(&queue, &[10]), trying(&queue, &[20])];
        let theirs = queue.clone();
        let caller = spawn(move || {
            theirs.raise(Rung::Draining, Some(StopReason.into())).wake();
        });
        let seen = std::iter::from_fn(|| match next(&queue, 1) {
            Next::Message(number) => Some(number),
            Next::Drained => None,
            Next::Taken(_) | Next::Alarm => panic!("nobody stops it"),
        })
        .count();
        let accepted = senders.into_iter().map(|sender| usize::from(sender.join().unwrap())).sum();
        caller.join().unwrap();
        assert_eq!(seen, accepted);
    });
}

#[test]
fn what_meets_the_end_is_refused_or_handed_out() {
    explore(3, || {
        let queue = open(2, Overflow::Wait);
        assert!(tell(&queue, message(1)));
        let senders = [trying(&queue, &[10]), trying(&queue, &[20])];
        let left = queue.close(StopReason.into());
        let accepted = senders.into_iter().map(|sender| usize::from(sender.join().unwrap())).sum::<usize>();
        assert_eq!(left.len(), 1 + accepted);
        assert_eq!(queue.len(), 0);
    });
}

#[test]
fn the_oldest_goes_for_a_newcomer_and_notices_stay() {
    explore(3, || {
        let queue = open(1, Overflow::DropOldest);
        queue.push_notice(mail(5, Lane::Normal, true));
        assert!(matches!(queue.offer(message(1)), Offer::Accepted));
        let theirs = queue.clone();
        let sender = spawn(move || match theirs.offer(message(2)) {
            Offer::Accepted => None,
            Offer::Evicted(oldest) => Some(oldest.number),
            _ => panic!("there is one that may go"),
        });
        assert_eq!(message_of(next(&queue, 1)), 5);
        let second = message_of(next(&queue, 1));
        let evicted = sender.join().unwrap();
        match evicted {
            None => assert_eq!((second, message_of(next(&queue, 1))), (1, 2)),
            Some(evicted) => assert_eq!((evicted, second), (1, 2)),
        }
        assert_eq!(queue.len(), 0);
    });
}

#[test]
fn high_messages_and_notices_wake_a_run_loop_at_rest() {
    explore(1, || {
        let queue = open(2, Overflow::Wait);
        let theirs = queue.clone();
        let high = spawn(move || offer(&theirs, mail(20, Lane::High, false)));
        let theirs = queue.clone();
        let notice = spawn(move || theirs.push_notice(mail(30, Lane::Normal, true)));
        let sender = trying(&queue, &[10]);
        let mut seen: Vec<_> = (0..3).map(|_| message_of(next(&queue, 1))).collect();
        seen.sort_unstable();
        assert_eq!(seen, [10, 20, 30]);
        assert!(high.join().unwrap() && sender.join().unwrap());
        notice.join().unwrap();
    });
}

#[test]
fn a_run_loop_that_was_replaced_takes_no_mail_of_its_successor() {
    explore(3, || {
        let queue = open(usize::MAX, Overflow::Wait);
        let theirs = queue.clone();
        let former = spawn(move || match next(&theirs, 1) {
            Next::Message(number) => Some(number),
            Next::Alarm => None,
            Next::Taken(_) | Next::Drained => panic!("nobody drains"),
        });
        let sender = trying(&queue, &[10]);
        queue.raise(Rung::Stuck, None).wake();
        assert!(queue.reopen(2));
        assert!(sender.join().unwrap());
        // Before it was replaced it may have taken it.
        match former.join().unwrap() {
            Some(number) => assert_eq!((number, queue.len()), (10, 0)),
            None => assert_eq!(message_of(next(&queue, 2)), 10),
        }
    });
}

/// The memory goes between two messages, while one sender is in the tail and the run loop rests, or is about to.
#[test]
fn memory_that_a_mailbox_at_rest_gives_back_is_nobodys() {
    explore(2, || {
        let queue = open(usize::MAX, Overflow::Wait);
        assert!(offer(&queue, message(10)));
        assert_eq!(message_of(next(&queue, 1)), 10);
        let theirs = queue.clone();
        let visitor = spawn(move || theirs.give_back(1));
        let sender = trying(&queue, &[11]);
        assert_eq!(message_of(next(&queue, 1)), 11);
        visitor.join().unwrap();
        assert!(sender.join().unwrap());
        assert_eq!(queue.len(), 0);
    });
}

/// A notice takes the holder's way, also into a slot that the run loop has just given back.
#[test]
fn a_notice_finds_the_slots_that_a_run_loop_at_rest_has_given_back() {
    explore(2, || {
        let queue = open(usize::MAX, Overflow::Wait);
        assert!(offer(&queue, message(1)) && offer(&queue, message(2)));
        let theirs = queue.clone();
        let notice = spawn(move || theirs.push_notice(mail(3, Lane::Normal, true)));
        let seen: Vec<_> = (0..3).map(|_| message_of(next(&queue, 1))).collect();
        assert_eq!(seen, [1, 2, 3]);
        notice.join().unwrap();
    });
}

/// A state that a run loop and its guests change.
fn state() -> Arc<loom::cell::UnsafeCell<u32>> {
    Arc::new(loom::cell::UnsafeCell::new(0))
}

fn lent(state: &Arc<loom::cell::UnsafeCell<u32>>) -> Lent {
    raw::Lent(state.clone(), PhantomData)
}

fn change(state: &loom::cell::UnsafeCell<u32>) -> u32 {
    // SAFETY: loom fails the run if somebody else has it.
    state.with_mut(|at| unsafe {
        *at += 1;
        *at
    })
}

/// What an inline ask does, or a message if it cannot. Whether it was inline.
fn visit(queue: &Queue<()>, number: u32) -> bool {
    if let Some(mut guest) = queue.enter() {
        if let Some(raw::Lent(state, _)) = guest.host() {
            change(state);
            return true;
        }
    }
    assert!(offer(queue, message(number)), "it is open");
    false
}

/// Handles messages until it has been told to end, and gives the state back. How many it has handled.
fn work(queue: &Queue<()>, state: &Arc<loom::cell::UnsafeCell<u32>>) -> u32 {
    queue.lend(1, lent(state));
    let mut handled = 0;
    while let Next::Message(_) = next(queue, 1) {
        change(state);
        handled += 1;
    }
    queue.take_back(&lent(state));
    change(state);
    handled
}

#[test]
fn a_guest_and_the_run_loop_never_have_the_state_at_the_same_time_and_no_message_is_left() {
    explore(2, || {
        let (queue, state) = (open(usize::MAX, Overflow::Wait), state());
        let theirs = queue.clone();
        let asker = spawn(move || u32::from(visit(&theirs, 10)) + u32::from(visit(&theirs, 11)));
        let theirs = queue.clone();
        let sender = spawn(move || {
            assert!(offer(&theirs, message(20)));
            theirs.raise(Rung::Draining, None).wake();
        });
        let handled = work(&queue, &state);
        sender.join().unwrap();
        let inline = asker.join().unwrap();
        // What came after the drain had found nothing is still there.
        let left = queue.take_items().len() as u32;
        assert_eq!(handled + inline + left, 3);
        assert_eq!(change(&state), handled + inline + 2);
    });
}

#[test]
fn two_guests_never_have_the_state_at_the_same_time() {
    explore(2, || {
        let (queue, state) = (open(usize::MAX, Overflow::Wait), state());
        let askers: Vec<_> = [10, 20]
            .into_iter()
            .map(|number| {
                let theirs = queue.clone();
                spawn(move || visit(&theirs, number))
            })
            .collect();
        queue.lend(1, lent(&state));
        let mut seen = 0;
        // Until both have been served, by themselves or by us.
        block_on(poll_fn(|cx| {
            loop {
                match queue.poll_next(1, cx.waker(), |taking| taking.item().number) {
                    Poll::Ready(Next::Message(_) | Next::Taken(_)) => seen += change(&state).min(1),
                    Poll::Ready(_) => panic!("nobody raises"),
                    Poll::Pending => return Poll::Ready(()),
                }
            }
        }));
        let inline: u32 = askers.into_iter().map(|asker| u32::from(asker.join().unwrap())).sum();
        queue.take_back(&lent(&state));
        let left = queue.take_items().len() as u32;
        assert_eq!(seen + inline + left, 2);
    });
}

/// A task that is dropped at rest waits for its guest, and nobody comes after it.
#[test]
fn who_takes_the_state_back_waits_for_a_guest() {
    explore(3, || {
        let (queue, state) = (open(usize::MAX, Overflow::Wait), state());
        queue.lend(1, lent(&state));
        let resting = queue.poll_next(1, Waker::noop(), |_| panic!("nothing was sent")).is_pending();
        assert!(resting);
        let theirs = queue.clone();
        let asker = spawn(move || visit(&theirs, 10));
        let theirs = queue.clone();
        let sender = spawn(move || offer(&theirs, message(20)));
        queue.take_back(&lent(&state));
        let seen = change(&state);
        drop(state);
        let inline = asker.join().unwrap();
        assert!(sender.join().unwrap());
        assert!(inline || seen == 1);
        assert_eq!(queue.take_items().len(), 1 + usize::from(!inline));
    });
}

#[test]
fn an_alarm_or_a_message_that_comes_while_a_guest_is_there_wakes_the_run_loop() {
    explore(3, || {
        let (queue, state) = (open(usize::MAX, Overflow::Wait), state());
        let theirs = queue.clone();
        let asker = spawn(move || visit(&theirs, 10));
        let theirs = queue.clone();
        let caller = spawn(move || {
            theirs.raise(Rung::Stopping, None).wake();
        });
        // Loom would find a run loop that is never woken.
        let handled = work(&queue, &state);
        caller.join().unwrap();
        let inline = u32::from(asker.join().unwrap());
        assert_eq!(handled + inline + queue.take_items().len() as u32, 1);
    });
}
