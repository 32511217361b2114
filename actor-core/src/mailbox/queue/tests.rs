//! Both queues are driven through the same histories, and must say the same at each step.

use std::task::{Context, Poll, Wake, Waker};

use proptest::prelude::*;

use super::outcome::{Next, Offer, Waited};
use super::{Waiting, fast, plain};
use crate::actor::Actor;
use crate::lifecycle::Rung;
use crate::mailbox::envelope::Envelope;
use crate::mailbox::{Lane, Mailbox, Overflow};
use crate::message::Handler;
use crate::reason::Reason;
use crate::rt::Arc;
use crate::rt::atomic::{AtomicU32, Ordering};

struct Nobody;

impl Actor for Nobody {}

struct Normal(u32);
struct High(u32);
struct Note;

impl Handler<Normal> for Nobody {
    type Reply = ();

    async fn handle(&mut self, _: Normal, _: &mut crate::context::Context<Self>) {}
}

impl Handler<High> for Nobody {
    type Reply = ();
    const LANE: Lane = Lane::High;

    async fn handle(&mut self, _: High, _: &mut crate::context::Context<Self>) {}
}

impl Handler<Note> for Nobody {
    type Reply = ();

    async fn handle(&mut self, _: Note, _: &mut crate::context::Context<Self>) {}
}

type Mail = Envelope<Nobody>;

fn mail(lane: Lane, number: u32) -> Mail {
    match lane {
        Lane::Normal => Mail::told(Normal(number), None),
        Lane::High => Mail::told(High(number), None),
    }
}

/// What is in an envelope, for comparison.
fn read(envelope: Mail) -> String {
    let envelope = match envelope.open_told::<Normal>() {
        Ok(Normal(number)) => return format!("normal {number}"),
        Err(envelope) => envelope,
    };
    match envelope.open_told::<High>() {
        Ok(High(number)) => format!("high {number}"),
        Err(envelope) => {
            assert!(envelope.is_notice());
            format!("notice of {}", envelope.message_type())
        }
    }
}

/// Counts its calls.
#[derive(Default)]
struct Bell(AtomicU32);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Offer(Lane),
    /// Waits in line if it has to.
    Tell(Lane),
    LookAfter(prop::sample::Index),
    Leave(prop::sample::Index),
    Notice,
    Next {
        stale: bool,
    },
    Alarm,
    Raise(Rung, bool),
    Reopen,
    TakeItems,
    Close,
}

/// The two have the same methods; a trait would be there for this test only.
macro_rules! driver {
    ($name:ident, $queue:ty) => {
        struct $name {
            queue: $queue,
            places: Vec<Arc<Waiting<Nobody>>>,
            epoch: u64,
            bell: Arc<Bell>,
            rests: bool,
        }

        impl $name {
            fn new(mailbox: Mailbox) -> Self {
                let queue = <$queue>::new(mailbox);
                Self { queue, places: Vec::new(), epoch: 0, bell: Arc::default(), rests: false }
            }

            /// Makes a step, and says all that can be seen of it.
            fn step(&mut self, step: Step, number: u32) -> String {
                let said = match step {
                    Step::Offer(lane) => match self.queue.push(lane, |at| at.write(mail(lane, number))) {
                        Ok(()) => "accepted".to_owned(),
                        Err(make) => settled(self.queue.offer(crate::raw::made(make))),
                    },
                    Step::Tell(lane) => self.tell(lane, number),
                    Step::LookAfter(index) if !self.places.is_empty() => {
                        let at = index.index(self.places.len());
                        match self.places[at].poll(&Context::from_waker(Waker::noop())) {
                            Poll::Pending => "still in line".to_owned(),
                            Poll::Ready(waited) => {
                                self.places.remove(at);
                                match waited {
                                    Waited::Accepted => "let in".to_owned(),
                                    Waited::Closed(envelope, _) => format!("refused: {}", read(envelope)),
                                }
                            }
                        }
                    }
                    Step::Leave(index) if !self.places.is_empty() => {
                        let place = self.places.remove(index.index(self.places.len()));
                        format!("left with {:?}", self.queue.leave(&place).map(read))
                    }
                    Step::LookAfter(_) | Step::Leave(_) => String::new(),
                    Step::Notice => {
                        self.queue.push_notice(Mail::notice(Note, None, None));
                        String::new()
                    }
                    Step::Next { stale } => self.next(self.epoch - u64::from(stale && self.epoch > 0)),
                    Step::Alarm => format!(
                        "{:?}",
                        self.queue.poll_alarm(self.epoch, &Context::from_waker(&self.bell.clone().into()))
                    ),
                    Step::Raise(rung, refuse) => {
                        let woken = self.queue.raise(rung, refuse.then(Reason::default));
                        woken.wake();
                        String::new()
                    }
                    Step::Reopen => {
                        self.epoch += 1;
                        self.rests = false;
                        self.queue.reopen(self.epoch).to_string()
                    }
                    Step::TakeItems => list(self.queue.take_items()),
                    Step::Close => list(self.queue.close(Reason::default())),
                };
                format!("{said}; {} queued, refusing: {}", self.queue.len(), self.queue.refusal().is_some())
            }

            fn tell(&mut self, lane: Lane, number: u32) -> String {
                let Err(make) = self.queue.push(lane, |at| at.write(mail(lane, number))) else {
                    return "accepted".to_owned();
                };
                let cx = Context::from_waker(Waker::noop());
                match self.queue.offer_or_wait(crate::raw::made(make), &cx) {
                    Ok(offer) => settled(offer),
                    Err(place) => {
                        self.places.push(place);
                        "in line".to_owned()
                    }
                }
            }

            fn next(&mut self, epoch: u64) -> String {
                let waker = Waker::from(self.bell.clone());
                let next = self.queue.poll_next(epoch, &waker, |taking| taking.item());
                let current = epoch == self.epoch;
                let rested = std::mem::replace(&mut self.rests, current && next.is_pending()) && current;
                let rung = self.bell.0.swap(0, Ordering::Relaxed) > 0;
                assert!(!rested || rung || next.is_pending(), "nobody woke the run loop");
                match next {
                    Poll::Pending => "nothing".to_owned(),
                    Poll::Ready(Next::Message(envelope) | Next::Taken(envelope)) => read(envelope),
                    Poll::Ready(Next::Drained) => "drained".to_owned(),
                    Poll::Ready(Next::Alarm) => "alarm".to_owned(),
                }
            }
        }
    };
}

driver!(Fast, fast::Queue<Nobody>);
driver!(Plain, plain::Queue<Nobody>);

fn list(envelopes: Vec<Mail>) -> String {
    envelopes.into_iter().map(read).collect::<Vec<_>>().join(", ")
}

fn settled(offer: Offer<Nobody>) -> String {
    match offer {
        Offer::Accepted => "accepted".to_owned(),
        Offer::Evicted(oldest) => format!("accepted for {}", read(oldest)),
        Offer::Dropped(envelope) => format!("dropped {}", read(envelope)),
        Offer::Full(envelope) => format!("no room for {}", read(envelope)),
        Offer::Closed(envelope, _) => format!("closed to {}", read(envelope)),
    }
}

fn lanes() -> impl Strategy<Value = Lane> {
    prop_oneof![4 => Just(Lane::Normal), 1 => Just(Lane::High)]
}

fn steps() -> impl Strategy<Value = Step> {
    let rungs = prop_oneof![3 => Just(Rung::Draining), 1 => Just(Rung::Stopping), 1 => Just(Rung::Killing)];
    prop_oneof![
        10 => lanes().prop_map(Step::Offer),
        10 => lanes().prop_map(Step::Tell),
        3 => any::<prop::sample::Index>().prop_map(Step::LookAfter),
        2 => any::<prop::sample::Index>().prop_map(Step::Leave),
        3 => Just(Step::Notice),
        15 => prop::bool::weighted(0.05).prop_map(|stale| Step::Next { stale }),
        2 => Just(Step::Alarm),
        1 => (rungs, any::<bool>()).prop_map(|(rung, refuse)| Step::Raise(rung, refuse)),
        2 => Just(Step::Reopen),
        1 => Just(Step::TakeItems),
        1 => prop::bool::weighted(0.2).prop_map(|close| if close { Step::Close } else { Step::Next { stale: false } }),
    ]
}

fn mailboxes() -> impl Strategy<Value = Mailbox> {
    let capacities = prop_oneof![1..4_usize, Just(20), Just(usize::MAX)];
    let policies = prop_oneof![
        3 => Just(Overflow::Wait),
        1 => Just(Overflow::Fail),
        1 => Just(Overflow::DropNewest),
        2 => Just(Overflow::DropOldest),
    ];
    (capacities, policies).prop_map(|(capacity, overflow)| Mailbox { capacity, overflow })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 2_000 }, failure_persistence: None, ..Default::default() })]

    #[test]
    fn both_queues_say_the_same_in_every_history(mailbox in mailboxes(), steps in prop::collection::vec(steps(), 1..120)) {
        let (mut fast, mut plain) = (Fast::new(mailbox), Plain::new(mailbox));
        let first = Step::Reopen;
        for (number, step) in (0..).zip(std::iter::once(first).chain(steps)) {
            prop_assert_eq!(fast.step(step, number), plain.step(step, number), "step {}: {:?}", number, step);
        }
    }
}

#[test]
fn what_is_dropped_from_behind_a_notice_leaves_no_slot_behind() {
    let mut fast = Fast::new(Mailbox { capacity: 4, overflow: Overflow::DropOldest });
    fast.step(Step::Reopen, 0);
    fast.step(Step::Notice, 0);
    fast.step(Step::Notice, 0);
    let last = if cfg!(miri) { 40 } else { 1_000 };
    for number in 1..=last {
        fast.step(Step::Offer(Lane::Normal), number);
        assert!(fast.queue.slots() <= 6, "{} slots", fast.queue.slots());
    }
    let rest: Vec<_> = (0..6).map(|_| fast.next(1)).collect();
    assert!(rest[0].starts_with("notice") && rest[1].starts_with("notice"), "{rest:?}");
    let newest: Vec<_> = (last - 3..=last).map(|number| format!("normal {number}")).collect();
    assert_eq!(rest[2..], newest);
}
