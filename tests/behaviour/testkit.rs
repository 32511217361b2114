//! The test kit itself: what it waits for, what it refuses, and what it prints.

use std::panic::{AssertUnwindSafe, catch_unwind};

use actor_core::prelude::*;
use actor_core::testing::{Setup, TestSystem, run};

use crate::kit::{Worker, gate};

#[actor_core::test]
async fn settle_waits_for_a_chain_of_actors_without_a_clock(system: TestSystem) {
    struct Link(Option<ActorRef<Link>>, Recipient<u32>);
    #[actor]
    impl Link {
        #[handler]
        async fn pass(&mut self, n: u32) {
            match &self.0 {
                Some(next) => next.pass(n + 1).tell().await.unwrap(),
                None => self.1.tell(n).await.unwrap(),
            }
        }
    }
    let mut probe = system.probe();
    let chain = (0..200).fold(None, |next, _| Some(system.spawn(Link(next, probe.recipient()))));
    chain.unwrap().pass(0).tell().await.unwrap();
    system.settle().await;
    assert_eq!(probe.try_recv(), Some(199));
}

#[actor_core::test(workers = 2)]
async fn settle_waits_for_actors_on_other_threads(system: TestSystem) {
    let workers: Vec<_> = (0..10).map(|_| system.spawn(Worker::default())).collect();
    for worker in &workers {
        for n in 0..100 {
            worker.note(n).tell().await.unwrap();
        }
    }
    system.settle().await;
    assert!(workers.iter().all(|worker| worker.queue_len() == 0));
}

#[actor_core::test(paused)]
async fn settle_does_not_move_the_clock(system: TestSystem) {
    let before = tokio::time::Instant::now();
    let worker = system.spawn(Worker::default());
    let (_open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    system.settle().await;
    assert_eq!(before.elapsed(), Duration::ZERO);
}

/// What a test with this body says when it fails.
fn failure<F: Future<Output = ()>>(
    setup: Setup,
    body: impl FnOnce(TestSystem) -> F + Send + 'static,
) -> String {
    let outcome = catch_unwind(AssertUnwindSafe(|| run(setup, body)));
    *outcome.unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn a_test_whose_actors_had_to_be_killed_at_the_end_fails() {
    let text = failure(Setup::new("leaves a handler waiting").paused(), async |system: TestSystem| {
        let worker = system.spawn(Worker::default());
        let (open, waiting) = gate();
        worker.hold(waiting).tell().await.unwrap();
        system.settle().await;
        worker.detach();
        std::mem::forget(open);
    });
    assert!(text.contains("the shutdown was not clean"), "{text}");
    assert!(text.contains("what happened:") && text.contains("Worker-"), "{text}");
}

#[actor_core::test]
async fn a_test_may_return_a_result(system: TestSystem) -> Result<(), AskError<crate::kit::WorkerNote>> {
    assert_eq!(system.spawn(Worker::default()).note(1).await?, 1);
    Ok(())
}

/// Owns whoever it is told to.
#[derive(Actor, Default)]
struct Keeper {
    kept: Vec<ActorRef<Keeper>>,
}

#[handlers]
impl Keeper {
    #[handler]
    fn keep(&mut self, other: ActorRef<Keeper>) {
        self.kept.push(other);
    }

    /// Starts a child that owns its parent.
    #[handler]
    async fn bear(&mut self, ctx: &mut Context<Self>) {
        let child = ctx.spawn_child(Keeper::default());
        child.keep(ctx.this().upgrade().unwrap()).tell().await.unwrap();
    }

    #[handler]
    fn let_go_later(&mut self, ctx: &mut Context<Self>) {
        let _ = ctx.send_after(Duration::from_secs(60), KeeperLetGo);
    }

    #[handler]
    fn let_go(&mut self) {
        self.kept.clear();
    }
}

#[test]
fn a_test_that_leaks_a_circle_of_actors_fails_and_names_it() {
    let text = failure(Setup::new("leaks a circle").paused(), async |system: TestSystem| {
        let [one, two, three] = [(); 3].map(|()| system.spawn(Keeper::default()));
        let outside = system.spawn(Keeper::default());
        one.keep(two.clone()).await.unwrap();
        two.keep(three.clone()).await.unwrap();
        three.keep(one.clone()).await.unwrap();
        // In no circle, though it ends no more than they do.
        one.keep(outside).await.unwrap();
        assert_eq!(system.stats().actors, 4);
    });
    assert!(text.contains("leaks a circle has left something behind"), "{text}");
    let named = text.lines().find(|line| line.contains("would never end")).unwrap();
    assert_eq!(named.matches(" → ").count(), 3, "{named}");
    assert_eq!(named.matches("(Keeper)").count(), 4, "{named}");
    assert!(named.contains("/Keeper-") && named.contains("WeakActorRef"), "{named}");
}

#[test]
fn an_actor_that_owns_itself_is_leaked() {
    let text = failure(Setup::new("leaks itself").workers(2), async |system: TestSystem| {
        let one = system.spawn(Keeper::default());
        one.keep(one.clone()).await.unwrap();
    });
    assert!(text.contains("would never end: /Keeper-"), "{text}");
}

#[test]
fn a_child_that_owns_its_parent_leaks_both() {
    let text = failure(Setup::new("leaks a family").paused(), async |system: TestSystem| {
        system.spawn(Keeper::default()).bear().await.unwrap();
    });
    let named = text.lines().find(|line| line.contains("would never end")).unwrap();
    assert_eq!(named.matches(" → ").count(), 2, "{named}");
}

#[actor_core::test(paused)]
async fn leaks_may_be_allowed(system: TestSystem) {
    system.allow_leaks();
    let one = system.spawn(Keeper::default());
    one.keep(one.clone()).await.unwrap();
}

#[actor_core::test(paused)]
async fn what_somebody_may_yet_let_go_is_not_leaked(system: TestSystem) {
    // A circle that a timer is going to break.
    let one = system.spawn(Keeper::default());
    one.keep(one.clone()).await.unwrap();
    one.let_go_later().await.unwrap();

    // Owned by a task that goes on, and owning others.
    let [two, three] = [(); 2].map(|()| system.spawn(Keeper::default()));
    two.keep(three).await.unwrap();
    tokio::spawn(async move {
        std::future::pending::<()>().await;
        drop(two);
    });

    // Owned by the system, one way or the other.
    let [four, five, six] = [(); 3].map(|()| system.spawn(Keeper::default()));
    four.keep(five.clone()).await.unwrap();
    five.keep(four.clone()).await.unwrap();
    four.detach();
    six.keep(six.clone()).await.unwrap();
    six.register("six").unwrap();
    let tree = Supervisor::one_for_one().child(Child::new("seven", Keeper::default));
    let seven: ActorRef<Keeper> = tree.start(&system).await.unwrap().child("seven").unwrap();
    seven.keep(seven.clone()).await.unwrap();
    seven.bear().await.unwrap();
}

#[actor_core::test(paused)]
async fn a_destructor_that_says_goodbye_does_not_own_whom_it_greets(system: TestSystem) {
    struct Host {
        guest: ActorRef<Guest>,
    }

    #[actor]
    impl Host {
        #[handler]
        async fn invite(&mut self, ctx: &mut Context<Self>) {
            self.guest.meet(ctx.this()).await.unwrap();
        }
    }

    #[derive(Default)]
    struct Guest {
        host: Option<WeakActorRef<Host>>,
    }

    #[actor]
    impl Guest {
        #[handler]
        fn meet(&mut self, host: WeakActorRef<Host>) {
            self.host = Some(host);
        }
    }

    impl Drop for Guest {
        fn drop(&mut self) {
            let host = self.host.as_ref().unwrap().upgrade().unwrap();
            let again = host.clone();
            assert!(again.try_tell(HostInvite).is_ok() && !host.is_closed());
        }
    }

    let guest = system.spawn(Guest::default());
    let host = system.spawn(Host { guest });
    host.invite().await.unwrap();
    // Somebody outside has it for ever, so that it is there to be greeted.
    std::mem::forget(host);
}

fn lose_a_note(system: &TestSystem) -> ActorRef<Worker> {
    let worker = system.spawn(Worker::default());
    worker.crash().try_tell().unwrap();
    worker.note(1).try_tell().unwrap();
    worker
}

#[test]
fn a_test_that_leaves_dead_letters_unseen_fails_and_shows_them() {
    let text = failure(Setup::new("loses a note").paused(), async |system: TestSystem| {
        lose_a_note(&system).stopped().await;
    });
    assert!(text.contains("loses a note has left something behind"), "{text}");
    assert!(
        text.contains("a dead letter for /Worker-") && text.contains("WorkerNote: the actor ended"),
        "{text}"
    );
    assert!(text.contains("WorkerCrash: its handler panicked"), "{text}");
    assert!(text.contains("system.dead_letters()"), "{text}");
}

#[test]
fn a_dead_letter_that_comes_after_the_test_has_looked_is_unseen() {
    let text = failure(Setup::new("looks too early").paused(), async |system: TestSystem| {
        lose_a_note(&system).stopped().await;
        assert_eq!(system.dead_letters().len(), 2);
        system.spawn(Worker::default()).crash().tell().await.unwrap();
    });
    assert_eq!(text.lines().filter(|line| line.starts_with("  a dead letter")).count(), 1, "{text}");
}

#[actor_core::test(paused)]
async fn dead_letters_may_be_looked_at_or_allowed(system: TestSystem) {
    lose_a_note(&system).stopped().await;
    assert_eq!(system.dead_letters().len(), 2);
    system.allow_dead_letters();
    lose_a_note(&system).stopped().await;
}

#[actor_core::test(paused)]
async fn a_message_whose_asker_was_told_is_not_lost(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (crashed, unseen) = tokio::join!(worker.crash(), worker.note(1));
    assert!(matches!(crashed, Err(AskError::Unanswered(_))));
    assert!(matches!(unseen, Err(AskError::Undelivered(..))));
}

#[actor_core::test(paused)]
async fn what_the_shutdown_finds_in_a_mailbox_is_not_lost_by_the_test(system: TestSystem) {
    let worker = system.build(Worker::default()).shutdown(Shutdown::Kill).spawn().unwrap();
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    worker.note(1).tell().await.unwrap();
    system.settle().await;
    worker.detach();
    std::mem::forget(open);
}

#[test]
fn what_a_test_says_that_has_failed_already_is_its_own() {
    let outcome = run(Setup::new("fails").paused(), |system: TestSystem| async move {
        lose_a_note(&system).stopped().await;
        Err::<(), _>("its own words")
    });
    assert_eq!(outcome, Err("its own words"));
}

#[test]
fn a_message_whose_asker_has_gone_is_lost_as_a_told_one_is() {
    #[derive(Actor)]
    struct Books;

    #[handlers]
    impl Books {
        #[handler(always_run)]
        async fn book(&mut self, entered: tokio::sync::oneshot::Receiver<()>) {
            let _ = entered.await;
            panic!("no ink");
        }
    }

    let text = failure(Setup::new("forgets its ask").paused(), async |system: TestSystem| {
        let books = system.spawn(Books);
        let [(one, first), (two, second)] = [gate(), gate()];
        books.book(first).tell().await.unwrap();
        let asked = tokio::spawn(books.book(second).owned().into_future());
        system.settle().await;
        asked.abort();
        system.settle().await;
        drop((one, two));
        books.stopped().await;
    });
    assert_eq!(text.lines().filter(|line| line.starts_with("  a dead letter")).count(), 2, "{text}");
}

/// Holds another until it lets go, or until somebody ends whom it watches.
#[derive(Default)]
struct Holding {
    other: Option<ActorRef<Holding>>,
}

#[actor]
impl Holding {
    #[handler]
    fn hold(&mut self, other: ActorRef<Holding>) {
        self.other = Some(other);
    }

    #[handler]
    fn let_go(&mut self) {
        self.other = None;
    }

    #[handler]
    fn watch(&mut self, other: WeakActorRef<Worker>, ctx: &mut Context<Self>) {
        ctx.watch(&other);
    }
}

impl Handler<Down> for Holding {
    type Reply = ();

    async fn handle(&mut self, _: Down, _ctx: &mut Context<Self>) {
        self.other = None;
    }
}

async fn circle(system: &TestSystem) -> (ActorRef<Holding>, ActorRef<Holding>) {
    let (one, two) = (system.spawn(Holding::default()), system.spawn(Holding::default()));
    one.hold(two.clone()).await.unwrap();
    two.hold(one.clone()).await.unwrap();
    (one, two)
}

#[actor_core::test(paused)]
async fn a_circle_that_a_delayed_tell_may_break_is_not_leaked(system: TestSystem) {
    let (one, _) = circle(&system).await;
    let _ = one.let_go().after(Duration::from_secs(60));
}

#[actor_core::test(paused)]
async fn a_circle_that_a_down_may_break_is_not_leaked(system: TestSystem) {
    let (one, _) = circle(&system).await;
    let watched = system.spawn(Worker::default());
    one.watch(watched.downgrade()).await.unwrap();
    watched.detach();
}

#[actor_core::test(paused)]
async fn a_delayed_tell_that_is_pending_at_the_end_is_not_lost(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let _ = worker.note(1).after(Duration::from_secs(60));
}

#[test]
fn a_panic_whose_asker_has_gone_while_the_handler_ran_does_not_go_unnoticed() {
    struct Slow;
    #[actor]
    impl Slow {
        #[handler]
        async fn work(&mut self, gate: tokio::sync::oneshot::Receiver<()>) {
            let _ = gate.await;
            panic!("on purpose");
        }
    }
    let text = failure(Setup::new("gone").paused(), async |system: TestSystem| {
        let slow = system.spawn(Slow);
        let (open, waiting) = gate();
        let asking = tokio::spawn(slow.work(waiting).owned().into_future());
        system.settle().await;
        asking.abort();
        system.settle().await;
        drop(open);
        system.settle().await;
    });
    assert!(text.contains("dead letter"), "{text}");
}

#[test]
fn a_lost_message_is_noticed_however_much_happens_after_it() {
    let text = failure(Setup::new("busy").workers(2), async |system: TestSystem| {
        let worker = system.spawn(Worker::default());
        let (open, waiting) = gate();
        worker.hold(waiting).tell().await.unwrap();
        worker.note(1).tell().await.unwrap();
        worker.stop();
        drop(open);
        worker.stopped().await;
        for _ in 0..2_000 {
            system.spawn(Worker::default()).note(1).await.unwrap();
        }
    });
    assert!(text.contains("dead letter"), "{text}");
}
