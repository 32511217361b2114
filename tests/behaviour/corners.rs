//! The far corners of supervision: where several rare things meet. Each was found by a reader who set out to refute it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{AdminError, AutoShutdown, ChildStatus, Reconfigure, Status, SupervisorRef};
use tokio::sync::oneshot;

use crate::kit::{Diary, Worker, by_hand, gate};

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}
fn child(name: &'static str, diary: &Diary) -> Child<Worker> {
    let diary = diary.clone();
    Child::new(name, move || Worker::new(name, &diary))
}
fn worker(tree: &SupervisorRef, name: &str) -> ActorRef<Worker> {
    tree.child(name).unwrap()
}
/// Starts as scripted: the n-th incarnation waits for the n-th gate, if there is one.
fn gated(name: &'static str, diary: &Diary, gates: Vec<Option<oneshot::Receiver<()>>>) -> Child<Worker> {
    let diary = diary.clone();
    let gates = Arc::new(Mutex::new(gates.into_iter()));
    Child::new(name, move || {
        let gate = gates.lock().unwrap().next().flatten();
        let diary = diary.clone();
        async move {
            if let Some(gate) = gate {
                let _ = gate.await;
            }
            Worker::new(name, &diary)
        }
    })
}
fn status_of(children: &[actor_core::ChildInfo], name: &str) -> ChildStatus {
    children.iter().find(|c| &*c.name == name).unwrap().status
}

#[actor_core::test(workers = 2)]
async fn a_stuck_child_that_is_terminated_has_not_ended_before_its_thread_comes_back(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .child(child("w", &diary).shutdown(Shutdown::Kill))
        .start(&system)
        .await
        .unwrap();
    let w = worker(&tree, "w");
    let (release, blocked) = mpsc::channel();
    let (begun, has_begun) = gate();
    w.block(begun, blocked).tell().await.unwrap();
    has_begun.await.unwrap();
    tree.terminate_child("w").await.unwrap();
    // the incarnation is still there: its state is not dropped
    assert!(!diary.lines().iter().any(|l| l.contains("dropped")));
    let status = w.status();
    tree.restart_child("w").await.unwrap();
    let overlapped = diary.lines();
    drop(release);
    w.stopped().await;
    assert!(
        matches!(status, Status::Stuck),
        "logical actor said to be {status} while its incarnation lives; then: {overlapped:?}"
    );
}

#[test]
fn a_stuck_child_that_was_terminated_is_in_the_report() {
    by_hand(async |system: System| {
        let (_release, blocked) = mpsc::channel();
        let tree = Supervisor::one_for_one()
            .name("t")
            .child(Child::new("w", Worker::default).shutdown(Shutdown::Kill))
            .start(&system)
            .await
            .unwrap();
        let w = worker(&tree, "w");
        let (begun, has_begun) = gate();
        w.block(begun, blocked).tell().await.unwrap();
        has_begun.await.unwrap();
        tree.terminate_child("w").await.unwrap();
        let report = system.shutdown().await;
        assert!(report.to_string().contains("/t/w is stuck"), "{report}");
    });
}

#[actor_core::test(workers = 2)]
async fn the_late_start_of_an_old_actor_is_not_taken_for_that_of_the_new_one(system: TestSystem) {
    struct First {
        blocked: Option<(oneshot::Sender<()>, mpsc::Receiver<()>)>,
        slow: Option<oneshot::Receiver<()>>,
    }
    impl Actor for First {
        async fn on_start(&mut self, _: &mut Context<Self>) -> Result<(), BoxError> {
            if let Some((b, u)) = self.blocked.take() {
                let _ = b.send(());
                let _ = u.recv();
            }
            if let Some(s) = self.slow.take() {
                let _ = s.await;
            }
            Ok(())
        }
    }
    let (release, blocked) = mpsc::channel();
    let (begun, has_begun) = gate();
    let (open, waiting) = gate();
    let states = Mutex::new(
        vec![
            First { blocked: None, slow: None },
            First { blocked: Some((begun, blocked)), slow: None },
            First { blocked: None, slow: Some(waiting) },
        ]
        .into_iter(),
    );
    let tree = Supervisor::one_for_one()
        .child(Child::new("f", move || states.lock().unwrap().next().ok_or("x")).shutdown(Shutdown::Kill))
        .start(&system)
        .await
        .unwrap();
    let f: ActorRef<First> = tree.child("f").unwrap();
    f.kill();
    has_begun.await.unwrap();
    tree.terminate_child("f").await.unwrap();
    let t = tree.clone();
    let restarting = tokio::spawn(async move { t.restart_child("f").await });
    while tree.child::<First>("f").is_err() {
        tokio::task::yield_now().await;
    }
    drop(release);
    let early = tokio::time::timeout(Duration::from_millis(500), restarting).await;
    let listed = tree.children().await.unwrap()[0].status;
    let real = tree.child::<First>("f").unwrap().status();
    let _ = open.send(());
    f.stopped().await;
    assert!(
        early.is_err(),
        "restart_child returned {early:?} and the child is listed {listed:?} while it is {real}"
    );
}

#[actor_core::test(paused)]
async fn a_group_waits_for_one_that_was_started_again_before_it(system: TestSystem) {
    let diary = Diary::default();
    let (open, a2) = gate();
    let tree = Supervisor::rest_for_one()
        .child(gated("a", &diary, vec![None, Some(a2)]).backoff(Backoff::constant(secs(1))))
        .child(child("b", &diary))
        .start(&system)
        .await
        .unwrap();
    worker(&tree, "a").crash().await.unwrap_err();
    system.settle().await;
    tree.terminate_child("a").await.unwrap();
    let handle = tree.clone();
    let reviving = tokio::spawn(async move { handle.restart_child("a").await });
    system.settle().await;
    let before = diary.lines().len();
    system.advance(secs(2)).await;
    assert_eq!(diary.lines().len(), before, "{:?}", diary.lines());
    open.send(()).unwrap();
    reviving.await.unwrap().unwrap();
    system.settle().await;
    assert_eq!(diary.lines()[before..], ["a started", "b started"]);
}

#[actor_core::test(paused)]
async fn members_that_are_started_again_by_hand_take_their_place_in_the_order(system: TestSystem) {
    let diary = Diary::default();
    let (open_a, a2) = gate();
    let tree = Supervisor::rest_for_one()
        .child(gated("a", &diary, vec![None, Some(a2)]))
        .child(child("b", &diary))
        .child(child("c", &diary))
        .child(child("d", &diary))
        .start(&system)
        .await
        .unwrap();
    worker(&tree, "a").crash().await.unwrap_err();
    system.settle().await;
    // a is starting again; b, c, d wait for their turn
    tree.terminate_child("c").await.unwrap();
    tree.terminate_child("b").await.unwrap();
    let (t1, t2) = (tree.clone(), tree.clone());
    let rc = tokio::spawn(async move { t1.restart_child("c").await });
    system.settle().await;
    let rb = tokio::spawn(async move { t2.restart_child("b").await });
    system.settle().await;
    let before = diary.lines().len();
    open_a.send(()).unwrap();
    rb.await.unwrap().unwrap();
    rc.await.unwrap().unwrap();
    system.settle().await;
    assert_eq!(diary.lines()[before..], ["a started", "b started", "c started", "d started"]);
}

#[actor_core::test(workers = 2)]
async fn one_that_was_stuck_came_back_and_failed_does_not_make_its_group_forget_anybody(system: TestSystem) {
    let diary = Diary::default();
    let (open_b, b2) = gate();
    let tree = Supervisor::rest_for_one()
        .intensity(100, secs(5))
        .child(child("a", &diary))
        .child(gated("b", &diary, vec![None, Some(b2)]))
        .child(child("c", &diary))
        .child(child("d", &diary).shutdown(Shutdown::Kill))
        .start(&system)
        .await
        .unwrap();
    let (a, c, d) = (worker(&tree, "a"), worker(&tree, "c"), worker(&tree, "d"));
    let (release, blocked) = mpsc::channel();
    let (begun, has_begun) = gate();
    d.block(begun, blocked).tell().await.unwrap();
    has_begun.await.unwrap();
    a.crash().await.unwrap_err();
    while a.epoch() < 2 || !matches!(a.status(), Status::Running) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(release); // d's thread comes back while b is starting
    while d.epoch() < 2 || !matches!(d.status(), Status::Running) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    d.crash().await.unwrap_err();
    while d.epoch() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let _ = open_b.send(());
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(matches!(c.status(), Status::Running), "c is {} for ever", c.status());
}

#[actor_core::test(paused)]
async fn a_group_goes_on_when_the_name_of_a_member_is_taken(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_all()
        .intensity(3, secs(5))
        .child(child("a", &diary))
        .child(child("b", &diary).restart(Restart::Transient).registered("svc"))
        .start(&system)
        .await
        .unwrap();
    let a = worker(&tree, "a");
    let b = worker(&tree, "b");
    b.stop();
    b.stopped().await;
    let thief = system.build(Worker::default()).name("svc").spawn().unwrap();
    a.crash().await.unwrap_err();
    system.settle().await;
    system.advance(secs(100)).await;
    // By the contract: b fails to start again and again, and the supervisor gives up; or it gets its name in the end.
    thief.stop();
    thief.stopped().await;
    system.advance(secs(100)).await;
    if let Ok(list) = tree.children().await {
        let stuck = status_of(&list, "b");
        a.crash().await.unwrap_err();
        system.settle().await;
        system.advance(secs(100)).await;
        let a_now = a.status();
        panic!("b is {stuck:?} for ever (nobody starts it); and after the next crash a is {a_now} for ever");
    }
}
fn nested_boot(diary: &Diary, gates: Vec<Option<oneshot::Receiver<()>>>) -> Supervisor {
    let nested = Supervisor::one_for_one()
        .intensity(100, secs(5))
        .child(child("a", diary))
        .child(gated("b", diary, gates));
    Supervisor::one_for_one().supervisor("n", nested)
}

#[actor_core::test(paused)]
async fn a_failure_during_the_start_does_not_hit_the_successor_of_a_terminated_child(system: TestSystem) {
    let diary = Diary::default();
    let (open, b2) = gate();
    let tree = nested_boot(&diary, vec![None, Some(b2)]).start(&system).await.unwrap();
    let n = tree.supervisor("n").unwrap();
    n.stop();
    system.settle().await;
    // n is starting again: a is up, b is not
    worker(&n, "a").crash().await.unwrap_err();
    system.settle().await;
    n.terminate_child("a").await.unwrap();
    n.restart_child("a").await.unwrap();
    let a = worker(&n, "a");
    assert!(matches!(a.status(), Status::Running));
    open.send(()).unwrap();
    system.settle().await;
    assert_eq!(a.epoch(), 1, "a has not failed");
    assert!(matches!(a.status(), Status::Running), "{}", a.status());
}

#[actor_core::test(paused)]
async fn a_child_that_is_added_terminated_and_started_again_during_the_start_runs_once(system: TestSystem) {
    let diary = Diary::default();
    let (open, b2) = gate();
    let tree = nested_boot(&diary, vec![None, Some(b2)]).start(&system).await.unwrap();
    let n = tree.supervisor("n").unwrap();
    n.stop();
    system.settle().await;
    let (n2, d2) = (n.clone(), diary.clone());
    let adding = tokio::spawn(async move { n2.start_child(child("x", &d2)).await });
    system.settle().await;
    n.terminate_child("x").await.unwrap();
    assert!(matches!(adding.await.unwrap(), Err(AdminError::NotStarted { .. })));
    assert!(n.children().await.unwrap().iter().all(|child| &*child.name != "x"), "it was never there");
    assert!(matches!(n.restart_child("x").await, Err(AdminError::Unknown { .. })));
    let (n2, d2) = (n.clone(), diary.clone());
    let again = tokio::spawn(async move { n2.start_child(child("x", &d2)).await });
    system.settle().await;
    open.send(()).unwrap();
    let x = again.await.unwrap().unwrap();
    let alive: Vec<_> = diary.lines().into_iter().filter(|l| l.starts_with("x ")).collect();
    assert_eq!(x.id(), worker(&n, "x").id(), "two actors of one child: {alive:?}");
    assert_eq!(alive.iter().filter(|l| l.contains("start")).count(), 1, "{alive:?}");
}

#[actor_core::test(paused)]
async fn a_member_that_is_terminated_in_the_backoff_of_its_group_stays_ended(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_all()
        .child(child("a", &diary).backoff(Backoff::constant(secs(10))))
        .child(child("b", &diary))
        .start(&system)
        .await
        .unwrap();
    worker(&tree, "a").crash().await.unwrap_err();
    system.settle().await;
    tree.terminate_child("a").await.unwrap();
    tree.terminate_child("b").await.unwrap();
    system.advance(secs(20)).await;
    let list = tree.children().await.unwrap();
    assert_eq!((status_of(&list, "a"), status_of(&list, "b")), (ChildStatus::Stopped, ChildStatus::Stopped));
}

#[actor_core::test(paused)]
async fn a_significant_member_that_its_group_is_about_to_start_again_ends_nobody(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_all()
        .auto_shutdown(AutoShutdown::Any)
        .child(child("a", &diary))
        .child(child("s", &diary).restart(Restart::Transient).significant())
        .child(child("c", &diary))
        .start(&system)
        .await
        .unwrap();
    let (a, s, c) = (worker(&tree, "a"), worker(&tree, "s"), worker(&tree, "c"));
    let (open, waiting) = gate();
    c.hold(waiting).tell().await.unwrap();
    system.settle().await;
    a.crash().await.unwrap_err();
    system.settle().await;
    s.stop(); // its group is about to repair it
    system.settle().await;
    let _ = open.send(());
    system.settle().await;
    assert!(matches!(a.status(), Status::Running), "{}", a.status());
}
struct Leaves(Option<oneshot::Sender<ActorRef<Worker>>>);
impl Actor for Leaves {
    async fn on_stop(&mut self, _: &StopReason, ctx: &mut Context<Self>) {
        let child = ctx.spawn_child(Worker::default());
        let _ = self.0.take().unwrap().send(child);
    }
}

#[actor_core::test(paused)]
async fn a_child_that_is_spawned_in_on_stop_does_not_outlive_its_parent(system: TestSystem) {
    let (tx, rx) = oneshot::channel();
    let p = system.spawn(Leaves(Some(tx)));
    p.stop();
    p.stopped().await;
    let child = rx.await.unwrap();
    system.settle().await;
    let status = child.status();
    let report = System::clone(&system).shutdown().await;
    assert!(
        matches!(status, Status::Stopped(_)),
        "child is {status}; and shutdown says: {report}; after which it is {}",
        child.status()
    );
}

#[actor_core::test(paused)]
async fn a_child_in_a_partition_can_be_reconfigured(system: TestSystem) {
    let dynamic = DynamicSupervisor::new().partitions(4).start(&system).await.unwrap();
    dynamic.start_child(Child::new("w", Worker::default)).await.unwrap();
    let outcome = dynamic
        .reconfigure(Reconfigure::new().intensity(100, secs(5)).restart("w", Restart::Permanent))
        .await;
    assert!(outcome.is_ok(), "{outcome:?}");
}
struct Slow(oneshot::Receiver<()>);
impl Actor for Slow {
    async fn on_stop(&mut self, _: &StopReason, _: &mut Context<Self>) {
        let _ = (&mut self.0).await;
    }
}
fn slow(gates: &Arc<Mutex<Vec<oneshot::Receiver<()>>>>) -> Child<Slow> {
    let gates = gates.clone();
    Child::new("k", move || Slow(gates.lock().unwrap().remove(0)))
}

#[actor_core::test(paused)]
async fn get_or_start_hands_out_none_that_is_ending(system: TestSystem) {
    let ((open, g1), (_o2, g2)) = (gate(), gate());
    let gates = Arc::new(Mutex::new(vec![g1, g2]));
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let old = dynamic.get_or_start("k", || slow(&gates)).await.unwrap();
    old.stop();
    system.settle().await;
    let d = dynamic.clone();
    let g = gates.clone();
    let getting = tokio::spawn(async move { d.get_or_start("k", || slow(&g)).await });
    system.settle().await;
    open.send(()).unwrap();
    old.stopped().await;
    let got = getting.await.unwrap().unwrap();
    system.settle().await;
    assert!(matches!(got.status(), Status::Running), "got {:?}, which is {}", got, got.status());
}

#[actor_core::test(paused)]
async fn get_or_start_hands_out_none_that_drains(system: TestSystem) {
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let old = dynamic.get_or_start("k", || Child::new("k", Worker::default)).await.unwrap();
    let (open, waiting) = gate();
    old.hold(waiting).tell().await.unwrap();
    old.drain();
    system.settle().await;
    let d = dynamic.clone();
    let getting = tokio::spawn(async move { d.get_or_start("k", || Child::new("k", Worker::default)).await });
    system.settle().await;
    open.send(()).unwrap();
    old.stopped().await;
    let got = getting.await.unwrap().unwrap();
    assert_eq!(got.note(1).await.map_err(|e| e.to_string()), Ok(1));
}

#[actor_core::test(paused)]
async fn a_dynamic_handle_on_a_static_supervisor_answers(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .supervisor("n", Supervisor::one_for_one().child(child("w", &diary)))
        .start(&system)
        .await
        .unwrap();
    let Ok(n) = tree.dynamic("n") else { return };
    n.terminate_child("w").await.unwrap();
    let got = tokio::time::timeout(secs(1000), n.get_or_start("w", || child("w", &diary))).await;
    assert!(got.is_ok(), "get_or_start is never answered");
}
struct Bomb;
impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("bomb");
        }
    }
}

#[test]
fn a_factory_that_panics_in_its_drop_does_not_take_the_supervisor_along() {
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    rt.block_on(async {
        let system = System::new("s");
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let other = dynamic.start_child(Child::new("other", Worker::default)).await.unwrap();
        let bomb = Bomb;
        let w = dynamic
            .start_child(Child::new("w", move || {
                let _ = &bomb;
                Worker::default()
            }))
            .await
            .unwrap();
        w.stop();
        w.stopped().await;
        drop(w);
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        assert!(
            matches!(other.status(), Status::Running),
            "the sibling {}, supervisor: {:?}",
            other.status(),
            dynamic.count().await
        );
    });
}

#[actor_core::test(paused)]
async fn a_backoff_of_any_length_does_not_crash_the_supervisor(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .child(child("w", &diary).backoff(Backoff::constant(Duration::MAX)))
        .child(child("other", &diary))
        .start(&system)
        .await
        .unwrap();
    worker(&tree, "w").crash().await.unwrap_err();
    system.settle().await;
    assert!(tree.child::<Worker>("other").is_ok(), "{:?}", tree.children().await.map(|c| c.len()));
}

struct Blocker(mpsc::Receiver<()>, mpsc::Sender<()>);
impl Drop for Blocker {
    fn drop(&mut self) {
        let _ = self.1.send(());
        let _ = self.0.recv();
    }
}
impl Handler<Blocker> for Worker {
    type Reply = ();
    async fn handle(&mut self, b: Blocker, _: &mut Context<Self>) {
        std::mem::forget(b);
    }
}
struct Parent;
impl Actor for Parent {}
impl Handler<()> for Parent {
    type Reply = ActorRef<Worker>;
    async fn handle(&mut self, (): (), ctx: &mut Context<Self>) -> ActorRef<Worker> {
        ctx.spawn_child(Worker::default())
    }
}

#[test]
fn a_parent_does_not_end_before_its_child_has() {
    by_hand(async |system: System| {
        let p = system.spawn(Parent);
        let c = p.ask(()).await.unwrap();
        let (open, waiting) = gate();
        c.hold(waiting).tell().await.unwrap();
        c.crash().tell().await.unwrap();
        let (release, blocked) = mpsc::channel();
        let (b, begun) = mpsc::channel();
        c.tell(Blocker(blocked, b)).await.unwrap();
        open.send(()).unwrap();
        tokio::task::spawn_blocking(move || begun.recv().unwrap()).await.unwrap();
        // c is in the middle of its end: its leftovers are being reported
        p.stop();
        let ended = tokio::time::timeout(Duration::from_millis(500), p.stopped()).await;
        let status = c.status();
        drop(release);
        assert!(ended.is_err(), "the parent has ended: {ended:?}, and its child is {status}");
        p.stopped().await;
        c.stopped().await;
    });
}

#[actor_core::test(paused)]
async fn a_restart_child_that_fails_during_a_group_restart_harms_no_siblings(system: TestSystem) {
    let diary = Diary::default();
    let (open, a2) = gate();
    let starts = Arc::new(AtomicU32::new(0));
    let d2 = diary.clone();
    let tree = Supervisor::one_for_all()
        .child(gated("a", &diary, vec![None, Some(a2)]))
        .child(Child::new("b", move || {
            if starts.fetch_add(1, Ordering::Relaxed) == 0 {
                Ok(Worker::new("b", &d2))
            } else {
                Err("no luck")
            }
        }))
        .start(&system)
        .await
        .unwrap();
    let a = worker(&tree, "a");
    a.crash().await.unwrap_err();
    system.settle().await;
    tree.terminate_child("b").await.unwrap();
    let t = tree.clone();
    let restarting = tokio::spawn(async move { t.restart_child("b").await });
    system.settle().await;
    open.send(()).unwrap();
    let answer = restarting.await.unwrap();
    system.settle().await;
    assert!(
        matches!(answer, Err(AdminError::NotStarted { .. })) && matches!(a.status(), Status::Running),
        "{answer:?}, a is {}",
        a.status()
    );
}

#[actor_core::test(paused)]
async fn a_start_child_that_fails_after_a_group_restart_does_not_end_the_supervisor(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_all().child(child("a", &diary)).start(&system).await.unwrap();
    let a = worker(&tree, "a");
    let (_open, waiting) = gate();
    let first = Arc::new(Mutex::new(Some(waiting)));
    let bad = Child::new("x", move || {
        let first = first.lock().unwrap().take();
        async move {
            if let Some(gate) = first {
                let _ = gate.await;
            }
            Err::<Worker, _>("no luck")
        }
    });
    let t = tree.clone();
    let adding = tokio::spawn(async move { t.start_child(bad).await.map(drop) });
    system.settle().await;
    a.crash().await.unwrap_err();
    system.advance(secs(30)).await;
    let answer = adding.await.unwrap();
    system.settle().await;
    assert!(
        matches!(answer, Err(AdminError::NotStarted { .. })) && matches!(a.status(), Status::Running),
        "{answer:?}, a is {}",
        a.status()
    );
}

struct Peer;
impl Actor for Peer {}
enum L {
    Link(ActorRef<Worker>),
    Unlink(ActorRef<Worker>),
}
impl Handler<L> for Peer {
    type Reply = ();
    async fn handle(&mut self, l: L, ctx: &mut Context<Self>) {
        match l {
            L::Link(w) => ctx.link(&w),
            L::Unlink(w) => ctx.unlink(&w),
        }
    }
}
struct Hook(Mutex<Option<(mpsc::Sender<()>, mpsc::Receiver<()>)>>);
impl std::task::Wake for Hook {
    fn wake(self: Arc<Self>) {
        if let Some((t, r)) = self.0.lock().unwrap().take() {
            let _ = t.send(());
            let _ = r.recv();
        }
    }
}

#[test]
fn a_link_does_not_fire_after_unlink_has_returned() {
    by_hand(async |system: System| {
        let w = system.spawn(Worker::default());
        // One of many peers is told first; whoever waits for its end holds up the thread.
        let mut peers = Vec::new();
        for _ in 0..8 {
            let p = system.spawn(Peer);
            p.ask(L::Link(w.clone())).await.unwrap();
            peers.push(p);
        }
        let (tx, rx) = mpsc::channel();
        let mut releases = Vec::new();
        let mut waits = Vec::new();
        for p in &peers {
            let (t, r) = mpsc::channel();
            releases.push(t);
            let waker = std::task::Waker::from(Arc::new(Hook(Mutex::new(Some((tx.clone(), r))))));
            let mut f = Box::pin(p.stopped());
            assert!(f.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
            waits.push((f, waker));
        }
        w.kill();
        tokio::task::spawn_blocking(move || rx.recv().unwrap()).await.unwrap();
        // One has been told, and its waker blocks the thread that tells the others.
        let others: Vec<_> =
            peers.iter().filter(|p| matches!(p.status(), Status::Running)).cloned().collect();
        for p in &others {
            p.ask(L::Unlink(w.clone())).await.unwrap();
        }
        drop(releases);
        drop(waits);
        w.stopped().await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        let dead = others.iter().filter(|p| !matches!(p.status(), Status::Running)).count();
        assert_eq!(dead, 0, "of {} that had unlinked", others.len());
    });
}
