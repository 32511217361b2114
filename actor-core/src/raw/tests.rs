//! Whole actors over this room, small enough for miri: what a handler borrows while it is parked, and who ends it.

mod roster;

use std::future::pending;
use std::time::Duration;

use crate::actor::Actor;
use crate::context::Context;
use crate::error::AskError;
use crate::lifecycle::Status;
use crate::message::Handler;
use crate::reason::StopReason;
use crate::rt::runtime::current_thread;
use crate::rt::{Arc, Handle};
use crate::supervision::{Child, Supervisor};
use crate::system::System;

/// A state that a parked handler has borrowed. Its `Arc` counts the incarnations that are alive.
struct Counter {
    seen: Vec<u64>,
    alive: Arc<()>,
}

impl Counter {
    fn new(alive: &Arc<()>) -> Self {
        Self { seen: Vec::new(), alive: alive.clone() }
    }
}

impl Actor for Counter {
    async fn on_stop(&mut self, _reason: &StopReason, _ctx: &mut Context<Self>) {
        self.seen.push(0);
    }
}

/// Small enough to travel in place.
struct Add(u64);
/// Too large for that.
struct AddAll([u64; 20]);
/// For ever, with the state and the context borrowed.
struct Park;
struct Panic;
/// Parks with something in its future whose destructor panics.
struct ParkHostile;

impl Handler<Add> for Counter {
    type Reply = u64;

    async fn handle(&mut self, Add(number): Add, ctx: &mut Context<Self>) -> u64 {
        self.seen.push(number);
        tokio::task::yield_now().await;
        self.seen.push(ctx.epoch());
        self.seen.iter().sum()
    }
}

impl Handler<AddAll> for Counter {
    type Reply = u64;

    async fn handle(&mut self, AddAll(numbers): AddAll, _ctx: &mut Context<Self>) -> u64 {
        self.seen.extend(numbers);
        self.seen.iter().sum()
    }
}

impl Handler<Park> for Counter {
    type Reply = ();

    async fn handle(&mut self, Park: Park, ctx: &mut Context<Self>) {
        let (first, epoch) = (&mut self.seen, ctx.epoch());
        first.push(epoch);
        pending::<()>().await;
        first.push(Arc::strong_count(&self.alive) as u64);
    }
}

impl Handler<Panic> for Counter {
    type Reply = ();

    async fn handle(&mut self, Panic: Panic, _ctx: &mut Context<Self>) {
        self.seen.push(1);
        tokio::task::yield_now().await;
        panic!("as it was told to");
    }
}

impl Handler<ParkHostile> for Counter {
    type Reply = ();

    async fn handle(&mut self, ParkHostile: ParkHostile, _ctx: &mut Context<Self>) {
        struct Hostile<'a>(&'a mut Vec<u64>);

        impl Drop for Hostile<'_> {
            fn drop(&mut self) {
                self.0.push(7);
                panic!("a hostile destructor");
            }
        }

        let hostile = Hostile(&mut self.seen);
        pending::<()>().await;
        drop(hostile);
    }
}

/// Inline: what is to be pushed. The sum.
struct Note(u64);
/// Inline, until somebody else says so.
struct Block(std::sync::mpsc::Sender<()>, std::sync::mpsc::Receiver<()>);

impl Handler<Note> for Counter {
    type Reply = (u64, Option<tokio::task::Id>);
    const INLINE: bool = true;

    async fn handle(&mut self, Note(number): Note, ctx: &mut Context<Self>) -> Self::Reply {
        self.seen.push(number);
        assert_eq!(ctx.epoch(), 1);
        (self.seen.iter().sum(), tokio::task::try_id())
    }
}

impl Handler<Block> for Counter {
    type Reply = ();
    const INLINE: bool = true;

    async fn handle(&mut self, Block(begun, until): Block, _ctx: &mut Context<Self>) {
        let alive = Arc::strong_count(&self.alive);
        begun.send(()).unwrap();
        let _ = until.recv();
        self.seen.push(alive as u64);
        assert_eq!(Arc::strong_count(&self.alive), alive, "its state is still there");
    }
}

fn on_one_thread<T>(future: impl Future<Output = T>) -> T {
    current_thread().unwrap().block_on(future)
}

async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn messages_of_all_sizes_are_told_and_asked() {
    on_one_thread(async {
        let alive = Arc::new(());
        let system = System::new("miri");
        let counter = system.spawn(Counter::new(&alive));
        counter.tell(Add(1)).await.unwrap();
        assert_eq!(counter.ask(AddAll([2; 20])).await.unwrap(), 42);
        counter.try_tell(AddAll([1; 20])).unwrap();
        assert_eq!(counter.ask(Add(3)).timeout(Duration::from_secs(5)).await.unwrap(), 66);
        // Gone before the handler starts, and while it runs.
        for polls in [1, 2] {
            let mut asking = Box::pin(counter.ask(Add(0)).into_future());
            for _ in 0..polls {
                assert!(
                    std::future::poll_fn(|cx| std::task::Poll::Ready(asking.as_mut().poll(cx)))
                        .await
                        .is_pending()
                );
                if polls > 1 {
                    tokio::task::yield_now().await;
                }
            }
        }
        settle().await;
        counter.drain();
        assert!(matches!(counter.stopped().await, StopReason::Normal));
        assert!(matches!(counter.tell(AddAll([1; 20])).await.unwrap_err().into_message(), AddAll(_)));
        assert!(matches!(counter.ask(Add(1)).await, Err(AskError::Undelivered(..))));
        assert_eq!(Arc::strong_count(&alive), 1);
        system.shutdown().await;
    });
}

#[test]
fn a_parked_handler_is_killed() {
    on_one_thread(async {
        let alive = Arc::new(());
        let system = System::new("miri");
        let counter = system.spawn(Counter::new(&alive));
        counter.tell(Park).await.unwrap();
        counter.tell(Add(1)).await.unwrap();
        settle().await;
        counter.kill();
        assert!(matches!(counter.stopped().await, StopReason::Killed));
        assert_eq!(Arc::strong_count(&alive), 1);
        let counter = system.spawn(Counter::new(&alive));
        counter.tell(ParkHostile).await.unwrap();
        settle().await;
        counter.kill();
        counter.stopped().await;
        assert_eq!(Arc::strong_count(&alive), 1);
        system.shutdown().await;
    });
}

#[test]
fn a_handler_panics_and_the_state_is_made_anew() {
    on_one_thread(async {
        let alive = Arc::new(());
        let system = System::new("miri");
        let made = alive.clone();
        let child = Child::new("counter", move || Counter::new(&made));
        let family = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
        let counter = family.child::<Counter>("counter").unwrap();
        counter.tell(Park).await.unwrap();
        settle().await;
        counter.kill();
        while !matches!(counter.status(), Status::Running) {
            tokio::task::yield_now().await;
        }
        let answer = counter.ask(Panic).await;
        assert!(matches!(answer, Err(AskError::Unanswered(_))), "{answer:?}");
        assert_eq!(counter.ask(Add(1)).await.unwrap(), 4);
        system.shutdown().await;
        assert_eq!(Arc::strong_count(&alive), 1);
    });
}

#[test]
fn a_runtime_ends_while_a_handler_is_parked() {
    let alive = Arc::new(());
    let counter = on_one_thread(async {
        let system = System::new("miri");
        let counter = system.spawn(Counter::new(&alive));
        counter.tell(Park).await.unwrap();
        counter.tell(AddAll([1; 20])).await.unwrap();
        settle().await;
        counter
    });
    assert!(matches!(counter.status(), Status::Stopped(_)));
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn an_asker_is_a_guest_between_messages_and_a_parked_handler() {
    on_one_thread(async {
        let alive = Arc::new(());
        let system = System::new("miri");
        let counter = system.spawn(Counter::new(&alive));
        settle().await;
        for number in 1..4 {
            let asked = counter.clone();
            let asker = async move { (asked.ask(Note(number)).await.unwrap().1, tokio::task::id()) };
            let (ran, asker) = Handle::current().spawn(asker).await.unwrap();
            assert_eq!(ran, Some(asker));
            counter.tell(Add(number)).await.unwrap();
            settle().await;
        }
        counter.tell(Park).await.unwrap();
        settle().await;
        // Queued behind the one that is parked, and never handled.
        assert!(counter.ask(Note(1)).timeout(Duration::ZERO).await.is_err());
        let asked = counter.clone();
        let asker = Handle::current().spawn(async move { asked.ask(Note(1)).await });
        settle().await;
        counter.kill();
        assert!(matches!(counter.stopped().await, StopReason::Killed));
        assert!(asker.await.unwrap().is_err());
        assert_eq!(Arc::strong_count(&alive), 1);
        system.shutdown().await;
    });
}

#[test]
fn a_runtime_that_ends_waits_for_a_guest() {
    let alive = Arc::new(());
    let runtime = crate::rt::runtime::multi_thread(Some(2)).unwrap();
    let (begun, has_begun) = std::sync::mpsc::channel();
    let (go_on, until) = std::sync::mpsc::channel();
    let _inside = runtime.enter();
    let system = System::new("miri");
    let counter = system.spawn(Counter::new(&alive));
    runtime.block_on(async { counter.ask(Note(1)).await.unwrap() });
    while !counter.local_cell().queue.may_be_entered() {
        std::thread::yield_now();
    }
    let asked = counter.clone();
    runtime.spawn(async move { asked.ask(Block(begun, until)).await });
    has_begun.recv().unwrap();
    drop(_inside);
    std::thread::scope(|scope| {
        scope.spawn(move || drop(runtime));
        std::thread::yield_now();
        go_on.send(()).unwrap();
    });
    assert!(matches!(counter.status(), Status::Stopped(_)));
    assert_eq!(Arc::strong_count(&alive), 1);
}
