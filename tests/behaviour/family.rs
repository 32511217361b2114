//! Contract, sections 5 and 7: links, and children of actors that are no supervisors.

use actor_core::Status;
use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use tokio::sync::oneshot;

use crate::kit::{Diary, Worker, by_hand, gate, kind};

/// Links, and has children, as it is told.
struct Parent {
    diary: Diary,
}

#[actor]
impl Parent {
    #[on_stop]
    fn finish(&mut self) {
        self.diary.note("parent stops");
    }

    #[handler]
    fn link(&mut self, other: ActorRef<Worker>, ctx: &mut Context<Self>) {
        ctx.link(&other);
    }

    #[handler]
    fn unlink(&mut self, other: ActorRef<Worker>, ctx: &mut Context<Self>) {
        ctx.unlink(&other);
    }

    #[handler]
    fn have(&mut self, name: &'static str, ctx: &mut Context<Self>) -> WeakActorRef<Worker> {
        ctx.spawn_child(Worker::new(name, &self.diary)).downgrade()
    }

    #[handler]
    fn crash(&mut self) {
        panic!("on purpose");
    }

    /// Does not give its thread back until the other end goes.
    #[handler]
    fn block(&mut self, begun: oneshot::Sender<()>, until: std::sync::mpsc::Receiver<()>) {
        let _ = begun.send(());
        let _ = until.recv();
    }
}

fn parent(diary: &Diary) -> Parent {
    Parent { diary: diary.clone() }
}

#[actor_core::test(paused)]
async fn a_link_takes_the_other_one_along_in_both_directions(system: TestSystem) {
    let diary = Diary::default();
    let (parent, worker) = (system.spawn(parent(&diary)), system.spawn(Worker::default()));
    parent.link(worker.clone()).await.unwrap();
    parent.link(worker.clone()).await.unwrap();
    worker.crash().await.unwrap_err();
    let reason = parent.stopped().await;
    assert!(
        reason.to_string().contains("linked to") && reason.to_string().contains("on purpose"),
        "{reason}"
    );

    let (parent, worker) = (system.spawn(self::parent(&diary)), system.spawn(Worker::default()));
    parent.link(worker.clone()).await.unwrap();
    parent.kill();
    assert_eq!(kind(&worker.stopped().await), "failed");
}

#[actor_core::test(paused)]
async fn a_normal_end_does_not_stop_the_peer_and_an_undone_link_does_nothing(system: TestSystem) {
    let diary = Diary::default();
    let parent = system.spawn(parent(&diary));
    let (one, two) = (system.spawn(Worker::default()), system.spawn(Worker::default()));
    parent.link(one.clone()).await.unwrap();
    parent.link(two.clone()).await.unwrap();
    parent.unlink(two.clone()).await.unwrap();
    one.stop();
    one.stopped().await;
    two.kill();
    two.stopped().await;
    system.settle().await;
    assert!(matches!(parent.status(), Status::Running));
}

#[actor_core::test(paused)]
async fn a_link_fires_at_the_logical_end_and_not_at_a_restart(system: TestSystem) {
    let diary = Diary::default();
    let d = diary.clone();
    let tree = Supervisor::one_for_one()
        .child(Child::new("w", move || Worker::new("w", &d)))
        .start(&system)
        .await
        .unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    let parent = system.spawn(parent(&diary));
    parent.link(worker.clone()).await.unwrap();
    worker.crash().await.unwrap_err();
    system.settle().await;
    assert!(matches!(parent.status(), Status::Running));
    tree.terminate_child("w").await.unwrap();
    assert_eq!(kind(&parent.stopped().await), "shutdown");
}

#[actor_core::test(paused)]
async fn an_actor_stops_its_children_first_in_reverse_start_order(system: TestSystem) {
    let diary = Diary::default();
    let parent = system.spawn(parent(&diary));
    let one = parent.have("one").await.unwrap();
    let two = parent.have("two").await.unwrap();
    system.settle().await;
    let drawn = system.tree().to_string();
    assert!(drawn.contains(&format!("   ├─ {}  Worker running", one.path().name())), "{drawn}");
    parent.stop();
    parent.stopped().await;
    let stops: Vec<_> = diary.lines().into_iter().filter(|line| line.contains("stops")).collect();
    assert_eq!(stops, ["two stops: shutdown", "one stops: shutdown", "parent stops"]);
    assert_eq!(kind(&two.stopped().await), "shutdown");
}

#[actor_core::test(paused)]
async fn a_child_that_crashes_is_an_event_and_no_concern_of_its_parent(system: TestSystem) {
    let diary = Diary::default();
    let parent = system.spawn(parent(&diary));
    let child = parent.have("one").await.unwrap();
    child.crash().await.unwrap_err();
    assert_eq!(kind(&child.stopped().await), "panicked");
    assert!(matches!(parent.status(), Status::Running));
    // Its place is free again: nobody is stopped twice.
    parent.stop();
    parent.stopped().await;
}

#[actor_core::test(paused)]
async fn a_restart_stops_the_children_of_the_old_incarnation(system: TestSystem) {
    let diary = Diary::default();
    let d = diary.clone();
    let tree =
        Supervisor::one_for_one().child(Child::new("p", move || parent(&d))).start(&system).await.unwrap();
    let parent: ActorRef<Parent> = tree.child("p").unwrap();
    let child = parent.have("one").await.unwrap();
    parent.crash().await.unwrap_err();
    assert_eq!(kind(&child.stopped().await), "shutdown");
    system.settle().await;
    assert_eq!(parent.epoch(), 2);
}

#[test]
fn the_children_of_an_actor_that_is_stuck_are_stopped_with_the_system() {
    by_hand(async |system: System| {
        let (_release, blocked) = std::sync::mpsc::channel();
        let diary = Diary::default();
        let parent = system.build(parent(&diary)).name("parent").spawn().unwrap();
        let child = parent.have("child").await.unwrap();
        // It is up and idle: a task that waits on the blocked thread itself may not be found by the others.
        child.note(1).await.unwrap();
        let (begun, has_begun) = gate();
        parent.block(begun, blocked).tell().await.unwrap();
        has_begun.await.unwrap();
        let mut events = system.events();
        parent.kill();
        while !matches!(events.recv().await.unwrap(), Event::Stuck { .. }) {}
        let report = system.shutdown().await;
        assert!(matches!(child.status(), Status::Stopped(StopReason::Shutdown)), "{}", child.status());
        assert_eq!(report.stuck.iter().map(ToString::to_string).collect::<Vec<_>>(), ["/parent"]);
    });
}
