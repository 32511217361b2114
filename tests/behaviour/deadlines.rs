//! Contract, section 4: exact timeouts travel with a request to those whom its handler asks.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use crate::kit::{Worker, gate};

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// What came of a nested request, and when.
type Nested = Result<usize, AskError<crate::kit::WorkerNote>>;

/// Asks a worker within the time that it has itself.
struct Front {
    back: ActorRef<Worker>,
    out: Recipient<Option<Instant>>,
}

#[actor]
impl Front {
    #[handler]
    fn deadline(&mut self, ctx: &mut Context<Self>) -> Option<Instant> {
        ctx.deadline()
    }

    #[handler]
    async fn report(&mut self, ctx: &mut Context<Self>) {
        self.out.tell(ctx.deadline()).await.unwrap();
    }

    /// Works for a while, and then has the worker note something.
    #[handler]
    async fn work(
        &mut self,
        before: Duration,
        own: Option<Duration>,
        done: oneshot::Sender<Nested>,
        ctx: &mut Context<Self>,
    ) {
        sleep(before).await;
        let note = self.back.note(1).within(ctx);
        let note = match own {
            Some(own) => note.timeout(own),
            None => note,
        };
        let _ = done.send(note.await);
    }

    #[handler]
    fn crash(&mut self, ctx: &mut Context<Self>) {
        panic!("with a deadline: {}", ctx.deadline().is_some());
    }

    #[on_stop]
    async fn end(&mut self, ctx: &mut Context<Self>) {
        self.out.tell(ctx.deadline()).await.unwrap();
    }
}

/// A front, its probe, and a worker that is busy until the gate opens.
struct Stage {
    front: ActorRef<Front>,
    back: ActorRef<Worker>,
    open: oneshot::Sender<()>,
}

async fn stage(system: &TestSystem) -> Stage {
    let probe = system.probe();
    let back = system.spawn(Worker::default());
    let front = system.spawn(Front { back: back.clone(), out: probe.recipient() });
    let (open, waiting) = gate();
    back.hold(waiting).tell().await.unwrap();
    system.settle().await;
    Stage { front, back, open }
}

impl Stage {
    /// What becomes of the nested request of an asker who waits for `timeout`, and how long the front had it then.
    async fn nested(
        &self,
        timeout: Option<Duration>,
        before: Duration,
        own: Option<Duration>,
    ) -> (Nested, Duration) {
        let (done, nested) = oneshot::channel();
        let begun = Instant::now();
        let work = self.front.work(before, own, done).owned();
        tokio::spawn(match timeout {
            Some(timeout) => work.timeout(timeout).into_future(),
            None => work.into_future(),
        });
        (nested.await.unwrap(), begun.elapsed())
    }
}

#[actor_core::test(paused)]
async fn an_exact_timeout_is_the_deadline_of_its_message_and_a_default_is_none(system: TestSystem) {
    let mut probe = system.probe();
    let back = system.spawn(Worker::default());
    let front = system.spawn(Front { back, out: probe.recipient() });
    let in_50_ms = Instant::now() + ms(50);
    assert_eq!(front.deadline().timeout(ms(50)).await.unwrap(), Some(in_50_ms));
    assert_eq!(front.deadline().await.unwrap(), None, "a default does not travel");
    front.report().timeout(ms(50)).tell().await.unwrap();
    assert_eq!(probe.recv().await, None, "nobody waits for a tell");
}

#[actor_core::test(paused)]
async fn a_deadline_belongs_to_its_message_alone(system: TestSystem) {
    let mut probe = system.probe();
    let back = system.spawn(Worker::default());
    let front = system.spawn(Front { back, out: probe.recipient() });
    let (first, next) = tokio::join!(front.deadline().timeout(ms(50)), front.deadline());
    assert!(first.unwrap().is_some());
    assert_eq!(next.unwrap(), None);
    let error = front.crash().timeout(ms(50)).await.unwrap_err();
    assert!(error.to_string().contains("with a deadline: true"), "{error}");
    assert_eq!(probe.recv().await, None, "a hook has none");
}

#[actor_core::test(paused)]
async fn a_nested_request_waits_no_longer_than_its_asker_does(system: TestSystem) {
    let stage = stage(&system).await;
    let (nested, took) = stage.nested(Some(ms(50)), ms(20), None).await;
    let Err(AskError::Timeout { phase: Phase::Queued, after }) = nested else { panic!("{nested:?}") };
    assert_eq!((after, took), (ms(30), ms(50)));
    stage.open.send(()).unwrap();
    assert_eq!(stage.back.seen().await.unwrap(), []);
}

#[actor_core::test(paused)]
async fn of_a_timeout_and_a_deadline_the_earlier_counts(system: TestSystem) {
    let stage = stage(&system).await;
    let (nested, took) = stage.nested(Some(ms(50)), ms(20), Some(ms(10))).await;
    assert!(matches!(nested, Err(AskError::Timeout { after, .. }) if after == ms(10)), "{nested:?}");
    assert_eq!(took, ms(30));
    let (nested, took) = stage.nested(Some(ms(50)), ms(20), Some(ms(100))).await;
    assert!(matches!(nested, Err(AskError::Timeout { after, .. }) if after == ms(30)), "{nested:?}");
    assert_eq!(took, ms(50));
}

#[actor_core::test(paused)]
async fn without_a_deadline_within_changes_nothing(system: TestSystem) {
    let stage = stage(&system).await;
    let (nested, took) = stage.nested(None, ms(0), Some(ms(70))).await;
    assert!(matches!(nested, Err(AskError::Timeout { after, .. }) if after == ms(70)), "{nested:?}");
    assert_eq!(took, ms(70));

    let (done, nested) = oneshot::channel();
    stage.front.work(ms(0), None, done).tell().await.unwrap();
    system.advance(Duration::from_millis(5_200)).await;
    let nested = nested.await.unwrap();
    assert!(
        matches!(nested, Err(AskError::Timeout { after, .. }) if after == Duration::from_secs(5)),
        "{nested:?}"
    );
}

#[actor_core::test(paused)]
async fn once_the_deadline_is_over_a_nested_request_fails_at_once_and_is_not_sent(system: TestSystem) {
    let stage = stage(&system).await;
    stage.open.send(()).unwrap();
    let (done, nested) = oneshot::channel();
    let error = stage.front.work(ms(60), None, done).timeout(ms(50)).await.unwrap_err();
    assert!(matches!(error, AskError::Timeout { phase: Phase::Running, .. }));
    let nested = nested.await.unwrap();
    assert!(
        matches!(nested, Err(AskError::Timeout { phase: Phase::Admission, after: Duration::ZERO })),
        "{nested:?}"
    );
    assert_eq!(stage.back.seen().await.unwrap(), []);
    assert_eq!(system.stats().skipped_asks, 0);
}

#[actor_core::test(paused)]
async fn a_request_without_any_time_is_not_sent(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let error = worker.note(1).timeout(Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, AskError::Timeout { phase: Phase::Admission, .. }));
    assert_eq!(worker.seen().await.unwrap(), []);
}

#[actor_core::test(paused)]
async fn a_timeout_without_end_is_no_timeout(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    assert_eq!(worker.note(1).timeout(Duration::MAX).await.unwrap(), 1);
}

#[actor_core::test(paused)]
async fn a_deadline_travels_on_from_actor_to_actor(system: TestSystem) {
    struct Link(Option<ActorRef<Link>>);

    #[actor]
    impl Link {
        #[handler]
        async fn deadline(&mut self, ctx: &mut Context<Self>) -> Option<Instant> {
            sleep(ms(5)).await;
            match &self.0 {
                Some(next) => next.deadline().within(ctx).await.unwrap(),
                None => ctx.deadline(),
            }
        }
    }

    let last = system.spawn(Link(None));
    let middle = system.spawn(Link(Some(last)));
    let first = system.spawn(Link(Some(middle)));
    let in_50_ms = Instant::now() + ms(50);
    assert_eq!(first.deadline().timeout(ms(50)).await.unwrap(), Some(in_50_ms));
    assert_eq!(first.deadline().await.unwrap(), None);
}
