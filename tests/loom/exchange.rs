//! Every interleaving of an asker, an actor and a clock over one ask, and of askers over one clock, as far as the bound goes.
//!
//! Three threads, all of them with at most three preemptions each run, or two; a run is a few steps long, so that bound leaves
//! little out. Loom itself sees to it that nothing is leaked, read while it is written, or waited for in vain.

#[allow(dead_code, unused_imports, reason = "the core uses what a scenario does not")]
#[path = "../../actor-core/src/raw"]
mod raw {
    pub(crate) mod exchange;
    pub(crate) mod head;
    pub(crate) mod roster;
}

/// What the core's room of the same name is, over loom.
mod rt {
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::sync::atomic;
    pub(crate) use std::time::Instant;

    /// All threads meet at one lock.
    pub(crate) const SHARDS: usize = 1;

    pub(crate) fn own_shard() -> usize {
        0
    }

    /// Loom does not see that who turns round comes to an end. What stands here in the core is looked at in `latch`.
    pub(crate) struct Latch(loom::sync::Mutex<()>);

    impl Latch {
        pub(crate) fn new() -> Self {
            Self(loom::sync::Mutex::new(()))
        }

        pub(crate) fn hold(&self) -> loom::sync::MutexGuard<'_, ()> {
            self.0.lock().unwrap()
        }
    }

    /// Loom sees to it that each of them is dropped.
    pub(crate) struct Counted(
        #[expect(dead_code, reason = "it is held for its drop")] loom::alloc::Track<()>,
    );

    impl Counted {
        pub(crate) fn new() -> Self {
            Self(loom::alloc::Track::new(()))
        }
    }
}

mod fence {
    pub(crate) fn wake(waker: std::task::Waker) {
        waker.wake();
    }
}

use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

use loom::future::block_on;
use loom::sync::Arc;
use loom::thread::spawn;

use crate::raw::exchange::{Answering, Asking, Claim, Found, Untaken};
use crate::raw::head::Then;
use crate::raw::roster::{Due, Roster, TICK};

/// Loom counts these: one that is dropped twice or never fails the run.
type Content = Arc<&'static str>;

fn content(text: &'static str) -> Content {
    Arc::new(text)
}

fn exchange() -> (Asking<Content>, Answering<Content>) {
    raw::exchange::exchange(content("message"), None, Waker::noop())
}

/// There for ever, as the core's are. Loom forgets it with the run.
fn roster() -> &'static Roster {
    Box::leak(Box::new(Roster::new()))
}

/// The first look of a clock, for which what is entered with `DUE` is due.
fn look(roster: &Roster) {
    roster.look(TICK);
}

const DUE: Due = Due::At(TICK);

fn explore(scenario: impl Fn() + Sync + Send + 'static) {
    explore_within(3, scenario);
}

/// With a clock there are more steps to each run, and so fewer preemptions that can all be tried.
fn explore_within(preemptions: usize, scenario: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(scenario);
}

fn wait(asking: &mut Asking<Content>) -> Found<&'static str> {
    block_on(poll_fn(|cx| asking.poll(cx))).map()
}

impl Found<Content> {
    fn map(self) -> Found<&'static str> {
        match self {
            Self::Settled(content) => Found::Settled(*content),
            Self::Expired { running } => Found::Expired { running },
        }
    }
}

/// Polled with a waker that nobody hears, so that the next poll has to put another in its place.
fn glance(asking: &mut Asking<Content>) -> Poll<Found<&'static str>> {
    asking.poll(&Context::from_waker(Waker::noop())).map(Found::map)
}

#[test]
fn an_asker_that_waits_hears_of_the_reply() {
    explore(|| {
        let (mut asking, mut answering) = exchange();
        let actor = spawn(move || {
            assert_eq!(answering.claim(), Claim::Wanted);
            assert_eq!(answering.take().as_deref(), Some(&"message"));
            assert!(answering.settle(content("reply")).is_ok());
        });
        // Its first waker is another than the one that it waits with.
        let found = match glance(&mut asking) {
            Poll::Ready(found) => found,
            Poll::Pending => wait(&mut asking),
        };
        assert_eq!(found, Found::Settled("reply"));
        actor.join().unwrap();
    });
}

#[test]
fn an_asker_that_goes_leaves_the_message_or_the_reply_to_be_dropped_once() {
    explore(|| {
        let (mut asking, mut answering) = exchange();
        let actor = spawn(move || match answering.claim() {
            Claim::Wanted => {
                drop(answering.take());
                let _ = answering.settle(content("reply"));
            }
            Claim::Abandoned => {
                assert_eq!(answering.take().as_deref(), Some(&"message"), "it may be handled all the same");
            }
            Claim::Withdrawn => panic!("there is no clock"),
        });
        if let Poll::Ready(found) = glance(&mut asking) {
            assert_eq!(found, Found::Settled("reply"));
        }
        drop(asking);
        actor.join().unwrap();
    });
}

#[test]
fn a_timeout_and_the_start_of_the_handler_meet_at_one_place() {
    explore_within(2, || {
        let (mut asking, mut answering) = exchange();
        let roster = roster();
        asking.enter(roster, DUE, Then::Expire);
        let actor = spawn(move || match answering.claim() {
            Claim::Wanted => {
                drop(answering.take());
                Some(answering.settle(content("reply")))
            }
            Claim::Withdrawn => None,
            Claim::Abandoned => panic!("the asker waits"),
        });
        let clock = spawn(move || look(roster));
        let found = wait(&mut asking);
        clock.join().unwrap();
        match (found, actor.join().unwrap()) {
            (Found::Settled("reply"), Some(Ok(()))) => {}
            (Found::Expired { running: true }, Some(Err(Untaken::Late(reply)))) => {
                assert_eq!(*reply, "reply")
            }
            (Found::Expired { running: false }, None) => {}
            (found, settled) => panic!("{found:?} is not {:?}", settled.map(|settled| settled.is_ok())),
        }
    });
}

#[test]
fn a_refusal_gives_the_message_back_unless_its_asker_has_gone() {
    explore(|| {
        let (asking, mut answering) = exchange();
        let actor = spawn(move || {
            let message = answering.take().unwrap();
            match answering.settle(message) {
                Ok(()) => {}
                Err(Untaken::Abandoned(message)) => assert_eq!(*message, "message"),
                Err(Untaken::Late(_)) => panic!("there is no clock"),
            }
        });
        drop(asking);
        actor.join().unwrap();
    });
}

#[test]
fn a_clock_an_actor_and_an_asker_that_goes_do_no_harm() {
    explore_within(2, || {
        let (mut asking, answering) = exchange();
        let roster = roster();
        asking.enter(roster, DUE, Then::Expire);
        let clock = spawn(move || look(roster));
        let actor = spawn(move || drop(answering.settle(content("cut short"))));
        let _ = glance(&mut asking);
        asking.expire();
        drop(asking);
        clock.join().unwrap();
        actor.join().unwrap();
        assert!(roster.fall_asleep(), "nothing is left behind");
    });
}

#[test]
fn an_actor_that_goes_without_a_word_leaves_all_to_the_asker() {
    explore_within(2, || {
        let (mut asking, answering) = exchange();
        let roster = roster();
        asking.enter(roster, DUE, Then::Expire);
        let clock = spawn(move || look(roster));
        let actor = spawn(move || drop(answering));
        let _ = glance(&mut asking);
        drop(asking);
        clock.join().unwrap();
        actor.join().unwrap();
    });
}

#[test]
fn wakers_that_change_while_an_outcome_comes_lose_no_wake_up() {
    explore_within(2, || {
        let (mut asking, answering) = exchange();
        let roster = roster();
        asking.enter(roster, DUE, Then::Expire);
        let actor = spawn(move || drop(answering.settle(content("cut short"))));
        let clock = spawn(move || look(roster));
        let found = wait(&mut asking);
        assert!(matches!(found, Found::Settled("cut short") | Found::Expired { running: false }));
        actor.join().unwrap();
        clock.join().unwrap();
    });
}

#[test]
fn an_asker_hears_that_its_time_is_near_or_has_its_reply() {
    explore_within(2, || {
        let (mut asking, answering) = exchange();
        let roster = roster();
        asking.enter(roster, DUE, Then::Nudge);
        let clock = spawn(move || look(roster));
        block_on(poll_fn(|cx| match asking.poll(cx) {
            Poll::Pending if !asking.is_near() => Poll::Pending,
            _ => Poll::Ready(()),
        }));
        // The wait goes on.
        let actor = spawn(move || drop(answering.settle(content("reply"))));
        assert_eq!(wait(&mut asking), Found::Settled("reply"));
        clock.join().unwrap();
        actor.join().unwrap();
    });
}

#[test]
fn those_who_stand_beside_each_other_leave_at_the_same_time() {
    explore_within(2, || {
        let roster = roster();
        let [first, second] = [(); 2].map(|()| {
            let (mut asking, answering) = exchange();
            asking.enter(roster, DUE, Then::Expire);
            (asking, answering)
        });
        let other = spawn(move || drop(first));
        let clock = spawn(move || look(roster));
        drop(second);
        other.join().unwrap();
        clock.join().unwrap();
        assert!(roster.fall_asleep(), "nothing is left behind");
    });
}

#[test]
fn a_clock_that_falls_asleep_is_woken_by_whoever_enters() {
    explore(|| {
        let roster = roster();
        let (mut first, _answering) = exchange();
        assert!(first.enter(roster, DUE, Then::Expire), "it begins asleep");
        drop(first);
        let clock = spawn(move || roster.fall_asleep());
        let (mut asking, _answering) = exchange();
        let told = asking.enter(roster, DUE, Then::Expire);
        assert!(told || !clock.join().unwrap(), "the clock sleeps, and nobody is to wake it");
    });
}
