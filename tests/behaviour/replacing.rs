//! Contract, section 5: what is left of an incarnation that was replaced while it did not give its thread back, and of
//! one that comes back from its start too late.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{ChildStatus, Status};
use tokio::sync::oneshot;

use crate::kit::{Diary, Worker, by_hand, gate, kind};

/// Comes back as soon as it is so. Whoever runs the test has an eye on the clock.
async fn until(it_is_so: impl Fn() -> bool) {
    while !it_is_so() {
        tokio::task::yield_now().await;
    }
}

/// Has a child in its first incarnation, links, and blocks.
struct Parent {
    diary: Diary,
}

#[actor]
impl Parent {
    #[on_start]
    fn begin(&mut self, ctx: &mut Context<Self>) {
        if ctx.epoch() == 1 {
            drop(ctx.spawn_child(Worker::new("kid", &self.diary)));
        }
    }

    #[handler]
    fn tie(&mut self, other: ActorRef<Worker>, ctx: &mut Context<Self>) {
        ctx.link(&other);
    }

    #[handler]
    fn block(&mut self, begun: oneshot::Sender<()>, until: mpsc::Receiver<()>) {
        let _ = begun.send(());
        let _ = until.recv();
    }
}

fn parent(diary: &Diary) -> Child<Parent> {
    let diary = diary.clone();
    Child::new("p", move || Parent { diary: diary.clone() }).replace_stuck()
}

#[test]
fn the_children_of_an_incarnation_that_was_replaced_end_with_the_system_and_its_thread_is_named() {
    by_hand(async |system: System| {
        let (_release, blocked) = mpsc::channel();
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().name("top").child(parent(&diary)).start(&system).await.unwrap();
        let parent: ActorRef<Parent> = tree.child("p").unwrap();
        let (begun, has_begun) = gate();
        until(|| diary.lines().contains(&"kid started".to_owned())).await;
        parent.block(begun, blocked).tell().await.unwrap();
        has_begun.await.unwrap();
        parent.kill();
        until(|| parent.epoch() == 2).await;
        let report = system.shutdown().await;
        assert!(diary.lines().contains(&"kid stops: shutdown".to_owned()), "{:?}; {report}", diary.lines());
        assert_eq!(report.stuck.iter().map(ToString::to_string).collect::<Vec<_>>(), ["/top/p"]);
    });
}

#[test]
fn a_thread_that_has_come_back_is_not_named() {
    by_hand(async |system: System| {
        let diary = Diary::default();
        let theirs = diary.clone();
        let child = Child::new("w", move || Worker::new("w", &theirs)).replace_stuck();
        let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
        let worker: ActorRef<Worker> = tree.child("w").unwrap();
        let (release, blocked) = mpsc::channel();
        let (begun, has_begun) = gate();
        worker.block(begun, blocked).tell().await.unwrap();
        has_begun.await.unwrap();
        worker.kill();
        until(|| worker.epoch() == 2).await;
        drop(release);
        until(|| diary.lines().contains(&"w dropped".to_owned())).await;
        // It is taken off the list a moment after its state is gone; the shutdown has to hear of it, or to name it.
        let report = system.shutdown().await;
        assert_eq!(report.stuck.len(), 0, "{report}");
    });
}

#[test]
fn a_temporary_child_is_not_replaced_and_has_not_ended_while_its_state_lives() {
    by_hand(async |system: System| {
        let child = Child::new("w", Worker::default).replace_stuck().restart(Restart::Temporary);
        let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
        let worker: ActorRef<Worker> = tree.child("w").unwrap();
        let (release, blocked) = mpsc::channel();
        let (begun, has_begun) = gate();
        worker.block(begun, blocked).tell().await.unwrap();
        has_begun.await.unwrap();
        let mut events = system.events();
        worker.kill();
        while !matches!(events.recv().await.unwrap(), Event::Stuck { .. }) {}
        assert!(matches!(worker.status(), Status::Stuck), "{}", worker.status());
        drop(release);
        assert_eq!(kind(&worker.stopped().await), "killed");
        system.shutdown().await;
    });
}

#[test]
fn a_stop_that_comes_by_a_link_does_not_end_a_permanent_child_for_good() {
    by_hand(async |system: System| {
        let (_release, blocked) = mpsc::channel();
        let tree = Supervisor::one_for_one()
            .child(parent(&Diary::default()).shutdown(Shutdown::After(Duration::from_millis(100))))
            .child(Child::new("w", Worker::default))
            .start(&system)
            .await
            .unwrap();
        let parent: ActorRef<Parent> = tree.child("p").unwrap();
        parent.tie(tree.child("w").unwrap()).await.unwrap();
        let (begun, has_begun) = gate();
        parent.block(begun, blocked).tell().await.unwrap();
        has_begun.await.unwrap();
        tree.terminate_child("w").await.unwrap();
        until(|| parent.epoch() == 2).await;
        system.shutdown().await;
    });
}

/// Its second incarnation blocks its thread as it starts, its third waits at a gate.
struct Late {
    blocks: Arc<Mutex<Option<mpsc::Receiver<()>>>>,
    waits: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
    begun: Arc<AtomicU32>,
}

#[actor]
impl Late {
    #[on_start]
    async fn begin(&mut self, ctx: &mut Context<Self>) {
        let blocks = if ctx.epoch() == 2 { self.blocks.lock().unwrap().take() } else { None };
        let waits = if ctx.epoch() == 3 { self.waits.lock().unwrap().take() } else { None };
        self.begun.fetch_add(1, Ordering::SeqCst);
        if let Some(until) = blocks {
            let _ = until.recv();
        }
        if let Some(until) = waits {
            let _ = until.await;
        }
    }

    #[handler]
    fn crash(&mut self) {
        panic!("on purpose");
    }
}

/// A late one and the next, whose second incarnations stand as the sentence of the test has it.
async fn late_start(system: &TestSystem, replaced: bool) {
    system.allow_dead_letters();
    let (release, blocked) = mpsc::channel::<()>();
    let (open, waiting) = gate();
    let (blocks, waits) = (Arc::new(Mutex::new(Some(blocked))), Arc::new(Mutex::new(Some(waiting))));
    let (begun, diary) = (Arc::new(AtomicU32::new(0)), Diary::default());
    let (theirs, next) = (begun.clone(), diary.clone());
    let late = Child::new("late", move || Late {
        blocks: blocks.clone(),
        waits: waits.clone(),
        begun: theirs.clone(),
    });
    let tree = Supervisor::rest_for_one()
        .child(if replaced { late.replace_stuck() } else { late })
        .child(Child::new("next", move || Worker::new("next", &next)))
        .start(system)
        .await
        .unwrap();
    let late: ActorRef<Late> = tree.child("late").unwrap();
    late.crash().tell().await.unwrap();
    until(|| begun.load(Ordering::SeqCst) == 2).await;
    late.kill();
    if !replaced {
        release.send(()).unwrap();
    }
    until(|| begun.load(Ordering::SeqCst) == 3).await;
    let _ = release.send(());
    // Until the thread is back: whatever it has to say has been said by then.
    until(|| Arc::strong_count(&begun) == 3).await;
    let listed = tree.children().await.unwrap()[0].status;
    assert!(matches!(late.status(), Status::Starting), "{}", late.status());
    assert_eq!(listed, ChildStatus::Restarting);
    let starts = || diary.lines().iter().filter(|line| *line == "next started").count();
    assert_eq!(starts(), 1, "{:?}", diary.lines());
    open.send(()).unwrap();
    until(|| starts() == 2).await;
}

#[actor_core::test(workers = 3)]
async fn the_late_start_of_an_incarnation_that_was_replaced_is_not_its_successors(system: TestSystem) {
    late_start(&system, true).await;
}

#[actor_core::test(workers = 3)]
async fn one_that_was_killed_while_it_started_has_not_started(system: TestSystem) {
    late_start(&system, false).await;
}

#[actor_core::test(workers = 2)]
async fn the_start_of_one_that_was_killed_meanwhile_has_failed(system: TestSystem) {
    struct Blocks(Option<(oneshot::Sender<WeakActorRef<Blocks>>, mpsc::Receiver<()>)>);
    #[actor]
    impl Blocks {
        #[on_start]
        fn begin(&mut self, ctx: &mut Context<Self>) {
            let (begun, until) = self.0.take().unwrap();
            let _ = begun.send(ctx.this());
            let _ = until.recv();
        }
    }
    let (begun, has_begun) = oneshot::channel();
    let (release, blocked) = mpsc::channel::<()>();
    let theirs = System::clone(&system);
    let starting = tokio::spawn(async move { theirs.start(Blocks(Some((begun, blocked)))).await.map(drop) });
    has_begun.await.unwrap().kill();
    drop(release);
    assert!(starting.await.unwrap().is_err());
}
