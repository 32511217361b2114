//! Every interleaving of an asker, an actor and a clock over one ask, as far as the bound goes.
//!
//! Three threads, all of them with at most three preemptions each run; a run is a few steps long, so that bound leaves little
//! out. Loom itself sees to it that nothing is leaked, read while it is written, or waited for in vain.

#[allow(dead_code, reason = "the core uses what a scenario does not")]
#[path = "../../actor-core/src/raw/exchange.rs"]
mod exchange;

/// What the core's room of the same name is, over loom.
mod rt {
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::sync::{Arc, atomic};
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

use crate::exchange::{Asking, Claim, Found, Untaken, exchange};

/// Loom counts these: one that is dropped twice or never fails the run.
type Content = Arc<&'static str>;

fn content(text: &'static str) -> Content {
    Arc::new(text)
}

fn explore(scenario: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
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
fn look(asking: &mut Asking<Content>) -> Poll<Found<&'static str>> {
    asking.poll(&Context::from_waker(Waker::noop())).map(Found::map)
}

#[test]
fn an_asker_that_waits_hears_of_the_reply() {
    explore(|| {
        let (mut asking, mut answering) = exchange(content("message"), Waker::noop());
        let actor = spawn(move || {
            assert_eq!(answering.claim(), Claim::Wanted);
            assert_eq!(answering.take().as_deref(), Some(&"message"));
            assert!(answering.settle(content("reply")).is_ok());
        });
        // Its first waker is another than the one that it waits with.
        let found = match look(&mut asking) {
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
        let (mut asking, mut answering) = exchange(content("message"), Waker::noop());
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
        if let Poll::Ready(found) = look(&mut asking) {
            assert_eq!(found, Found::Settled("reply"));
        }
        drop(asking);
        actor.join().unwrap();
    });
}

#[test]
fn a_timeout_and_the_start_of_the_handler_meet_at_one_place() {
    explore(|| {
        let (mut asking, mut answering) = exchange(content("message"), Waker::noop());
        let shared = asking.shared().clone();
        let actor = spawn(move || match answering.claim() {
            Claim::Wanted => {
                drop(answering.take());
                Some(answering.settle(content("reply")))
            }
            Claim::Withdrawn => None,
            Claim::Abandoned => panic!("the asker waits"),
        });
        let clock = spawn(move || shared.expire());
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
        let (asking, mut answering) = exchange(content("message"), Waker::noop());
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
fn two_clocks_an_actor_and_an_asker_that_goes_do_no_harm() {
    explore(|| {
        let (mut asking, answering) = exchange(content("message"), Waker::noop());
        let shared = asking.shared().clone();
        let clock = spawn(move || shared.expire());
        let actor = spawn(move || drop(answering.settle(content("cut short"))));
        let _ = look(&mut asking);
        asking.shared().expire();
        drop(asking);
        clock.join().unwrap();
        actor.join().unwrap();
    });
}

#[test]
fn wakers_that_change_while_an_outcome_comes_lose_no_wake_up() {
    explore(|| {
        let (mut asking, answering) = exchange(content("message"), Waker::noop());
        let shared = asking.shared().clone();
        let actor = spawn(move || drop(answering.settle(content("cut short"))));
        let clock = spawn(move || shared.expire());
        let found = wait(&mut asking);
        assert!(matches!(found, Found::Settled("cut short") | Found::Expired { running: false }));
        actor.join().unwrap();
        clock.join().unwrap();
    });
}
