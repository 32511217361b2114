//! Contract, section 2: handlers that are marked inline, which an asker runs itself while the actor rests.

use std::pin::pin;
use std::task::{Poll, Waker};

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{Child, LetterReason, Phase, Supervisor, Unanswered, Undelivered};
use tokio::task::Id;
use tokio::time::Instant;

use crate::fairness::last_in_the_queue;
use crate::kit::{gate, kind};

tokio::task_local! {
    /// Set in the asker's task only.
    static ASKER: u32;
}

/// Whether the handler that calls this runs inside the task of its asker.
fn is_inline() -> bool {
    ASKER.try_with(|_| ()).is_ok()
}

async fn as_asker<T>(asking: impl Future<Output = T>) -> T {
    ASKER.scope(1, asking).await
}

#[derive(Default)]
struct Ledger {
    entries: Vec<u32>,
}

#[actor]
impl Ledger {
    #[handler(inline)]
    fn enter(&mut self, entry: u32) -> (bool, Vec<u32>) {
        self.entries.push(entry);
        (is_inline(), self.entries.clone())
    }

    #[handler(inline, lane = high)]
    fn urgent(&mut self) -> bool {
        is_inline()
    }

    #[handler(inline)]
    fn deadline(&self, ctx: &mut Context<Self>) -> (bool, Option<Instant>) {
        (is_inline(), ctx.deadline())
    }

    #[handler(inline)]
    fn runs_in(&self) -> Option<Id> {
        tokio::task::try_id()
    }

    #[handler(inline)]
    fn quit(&mut self, ctx: &mut Context<Self>) -> bool {
        ctx.stop();
        is_inline()
    }

    #[handler(inline)]
    fn perish(&mut self, ctx: &mut Context<Self>) -> bool {
        ctx.this().kill();
        is_inline()
    }

    #[handler(inline)]
    fn crash(&mut self) {
        self.entries.clear();
        panic!("on purpose, {}", if is_inline() { "inline" } else { "queued" });
    }

    #[handler(inline)]
    fn tell_itself(&mut self, entry: u32, ctx: &mut Context<Self>) -> bool {
        let _ = ctx.this().enter(entry).try_tell();
        is_inline()
    }

    #[handler]
    async fn hold(&mut self, gate: tokio::sync::oneshot::Receiver<()>) {
        let _ = gate.await;
    }

    #[handler]
    async fn awaited(&mut self) -> bool {
        is_inline()
    }

    /// Not marked.
    #[handler]
    fn plain(&mut self) -> bool {
        // The suites are also run with every such handler marked.
        is_inline() && !cfg!(inline_asks)
    }
}

/// Whether asks are ever handled inline by the queue at hand: the reference never does.
const IS_FAST: bool = !cfg!(plain_queue);

#[actor_core::test(paused)]
async fn an_actor_that_rests_is_asked_in_the_askers_own_task(system: TestSystem) {
    let ledger = system.spawn(Ledger::default());
    system.settle().await;
    as_asker(async {
        assert_eq!(ledger.enter(1).await.unwrap(), (IS_FAST, vec![1]));
        assert_eq!(ledger.urgent().await.unwrap(), IS_FAST);
        assert_eq!(ledger.enter(2).await.unwrap(), (IS_FAST, vec![1, 2]));
        assert!(!ledger.awaited().await.unwrap(), "an async handler is the actor's own to run");
        system.settle().await;
        assert!(!ledger.plain().await.unwrap(), "only a handler that is marked");
    })
    .await;
    let asking = ledger.runs_in().owned();
    let asker = tokio::spawn(async move { (asking.await.unwrap(), tokio::task::id()) });
    let (ran, asked) = asker.await.unwrap();
    assert_eq!(ran == Some(asked), IS_FAST);
}

#[actor_core::test(paused)]
async fn before_the_actor_has_started_an_inline_ask_is_queued(system: TestSystem) {
    let ledger = system.spawn(Ledger::default());
    as_asker(async { assert_eq!(ledger.enter(1).await.unwrap(), (false, vec![1])) }).await;
}

#[actor_core::test(paused)]
async fn an_inline_ask_never_comes_before_what_was_sent_earlier(system: TestSystem) {
    let ledger = system.spawn(Ledger::default());
    system.settle().await;
    as_asker(async {
        ledger.enter(1).tell().await.unwrap();
        ledger.enter(2).try_tell().unwrap();
        assert_eq!(ledger.enter(3).await.unwrap(), (false, vec![1, 2, 3]));
        system.settle().await;
        // What an inline handler has sent to its own actor comes after it, and before the next ask.
        assert_eq!(ledger.tell_itself(4).await.unwrap(), IS_FAST);
        assert_eq!(ledger.enter(5).await.unwrap(), (false, vec![1, 2, 3, 4, 5]));
    })
    .await;
}

#[actor_core::test(paused)]
async fn while_a_handler_waits_an_inline_ask_waits_behind_it(system: TestSystem) {
    let ledger = system.spawn(Ledger::default());
    let (open, waiting) = gate();
    ledger.hold(waiting).tell().await.unwrap();
    system.settle().await;
    let asking = ledger.enter(1).timeout(Duration::from_millis(50)).await;
    assert!(matches!(asking, Err(AskError::Timeout { phase: Phase::Queued, .. })), "{asking:?}");
    open.send(()).unwrap();
    assert_eq!(ledger.enter(2).await.unwrap().1, [2]);
}

#[actor_core::test(paused)]
async fn a_told_message_is_never_handled_in_its_senders_task(system: TestSystem) {
    let ledger = system.spawn(Ledger::default());
    system.settle().await;
    as_asker(async {
        ledger.enter(1).tell().await.unwrap();
        ledger.enter(2).try_tell().unwrap();
    })
    .await;
    assert_eq!(ledger.enter(3).await.unwrap().1, [1, 2, 3]);
}

#[actor_core::test(paused)]
async fn an_inline_handler_sees_the_deadline_of_its_own_ask_only(system: TestSystem) {
    let ledger = system.spawn(Ledger::default());
    system.settle().await;
    as_asker(async {
        let until = Instant::now() + Duration::from_secs(9);
        let seen = ledger.deadline().timeout(Duration::from_secs(9)).await.unwrap();
        assert_eq!(seen, (IS_FAST, Some(until)));
        assert_eq!(ledger.deadline().await.unwrap().1, None);
        let none = ledger.deadline().timeout(Duration::ZERO).await;
        assert!(matches!(none, Err(AskError::Timeout { phase: Phase::Admission, .. })));
    })
    .await;
}

#[actor_core::test(paused)]
async fn a_panic_in_an_inline_handler_ends_the_incarnation_and_not_the_asker(system: TestSystem) {
    let family =
        Supervisor::one_for_one().child(Child::new("ledger", Ledger::default)).start(&system).await.unwrap();
    let ledger = family.child::<Ledger>("ledger").unwrap();
    system.settle().await;
    as_asker(async {
        ledger.enter(1).await.unwrap();
        let told = ledger.crash().await;
        let Err(AskError::Unanswered(Unanswered::Panicked(panic))) = told else { panic!("{told:?}") };
        let how = if IS_FAST { "inline" } else { "queued" };
        assert_eq!(&*panic.text, format!("on purpose, {how}"));
        assert!(panic.place.unwrap().contains("inline.rs:"));
        assert!(panic.message_type.unwrap().ends_with("LedgerCrash"));
        // At once, and it reaches the next incarnation: nobody sees what the handler has left half-made.
        assert_eq!(ledger.enter(2).await.unwrap().1, [2]);
    })
    .await;
    let letters = system.dead_letters();
    assert_eq!(letters.len(), 1);
    assert!(matches!(letters[0].reason, LetterReason::Panicked));
}

#[actor_core::test(paused)]
async fn a_stop_or_a_kill_in_an_inline_handler_acts_when_it_returns(system: TestSystem) {
    let ledger = system.spawn(Ledger::default());
    let other = system.spawn(Ledger::default());
    system.settle().await;
    as_asker(async {
        assert_eq!(ledger.quit().await.unwrap(), IS_FAST);
        let refused = ledger.enter(1).await;
        assert!(matches!(refused, Err(AskError::Undelivered(_, Undelivered::Closed(_)))), "{refused:?}");
        assert_eq!(kind(&ledger.stopped().await), "normal");
        assert_eq!(other.perish().await.unwrap(), IS_FAST);
        assert_eq!(kind(&other.stopped().await), "killed");
    })
    .await;
}

/// Says by hand that it never waits, and does.
struct Liar;

impl Actor for Liar {}

struct Wait;

impl Handler<Wait> for Liar {
    type Reply = ();
    const INLINE: bool = true;

    async fn handle(&mut self, Wait: Wait, _ctx: &mut Context<Self>) {
        tokio::task::yield_now().await;
    }
}

#[actor_core::test(paused)]
async fn a_handler_that_is_marked_inline_and_waits_has_crashed(system: TestSystem) {
    let liar = system.spawn(Liar);
    system.settle().await;
    let told = liar.ask(Wait).await;
    if IS_FAST {
        let Err(AskError::Unanswered(Unanswered::Panicked(panic))) = told else { panic!("{told:?}") };
        assert_eq!(&*panic.text, "a handler that is marked inline waited");
        assert_eq!(kind(&liar.stopped().await), "panicked");
        system.allow_dead_letters();
    } else {
        told.unwrap();
    }
}

#[actor_core::test(paused)]
async fn who_asks_inline_all_the_time_gives_way_to_others(system: TestSystem) {
    let ledger = system.spawn(Ledger::default());
    system.settle().await;
    let asking = tokio::spawn(async move {
        for asked in 1..=10_000 {
            ledger.urgent().await.unwrap();
            ASKED.with(|count| count.set(asked));
        }
    });
    let beside = tokio::spawn(async move {
        let mut before = 0;
        while !asking.is_finished() {
            last_in_the_queue().await;
            let asked = ASKED.with(std::cell::Cell::get);
            // A unit of the budget for eight of them.
            assert!(asked - before <= 1_100, "{} in a row", asked - before);
            before = asked;
        }
        assert_eq!(before, 10_000);
    });
    beside.await.unwrap();
}

thread_local! {
    static ASKED: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

#[test]
fn from_another_runtime_or_a_plain_thread_an_inline_ask_is_answered_all_the_same() {
    let setup = actor_core::testing::Setup::new("elsewhere").workers(2);
    actor_core::testing::run(setup, |system: TestSystem| async move {
        let ledger = system.spawn(Ledger::default());
        system.settle().await;
        let asked = ledger.clone();
        let elsewhere = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let answer = runtime.block_on(as_asker(async { asked.enter(1).await.unwrap() }));
            (answer, asked.enter(2).blocking().unwrap().1)
        });
        let joined = tokio::task::spawn_blocking(move || elsewhere.join().unwrap()).await.unwrap();
        assert_eq!(joined, ((false, vec![1]), vec![1, 2]));
    });
}

#[actor_core::test(paused)]
async fn a_child_whose_stuck_incarnations_are_replaced_is_never_asked_inline(system: TestSystem) {
    let child = Child::new("ledger", Ledger::default).replace_stuck();
    let family = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
    let ledger = family.child::<Ledger>("ledger").unwrap();
    system.settle().await;
    as_asker(async { assert!(!ledger.enter(1).await.unwrap().0) }).await;
}

/// Asks the next one from inside its own handler, by polling once.
struct Link(Option<ActorRef<Link>>);

#[actor]
impl Link {
    /// How many are under way from here on.
    #[handler(inline)]
    fn depth(&mut self) -> u32 {
        let Some(next) = &self.0 else { return 1 };
        let asking = pin!(next.depth().into_future());
        match asking.poll(&mut std::task::Context::from_waker(Waker::noop())) {
            Poll::Ready(depth) => 1 + depth.unwrap(),
            // It was queued. Dropped now, it is skipped.
            Poll::Pending => 1,
        }
    }
}

#[actor_core::test(paused)]
async fn at_most_sixteen_inline_handlers_are_under_way_one_inside_another(system: TestSystem) {
    let mut last = system.spawn(Link(None));
    for _ in 0..19 {
        last = system.spawn(Link(Some(last)));
    }
    system.settle().await;
    let depth = last.depth().await.unwrap();
    assert_eq!(depth, if IS_FAST { 16 } else { 1 });
    system.settle().await;
    assert_eq!(system.stats().skipped_asks, 1);
}

#[actor_core::test(workers = 2)]
async fn askers_on_two_threads_and_tellers_lose_nothing(system: TestSystem) {
    let ledger = system.build(Ledger::default()).mailbox(Mailbox::unbounded()).spawn().unwrap();
    let askers: Vec<_> = (0..4_u32)
        .map(|asker| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                let mut before = 0;
                for round in 0..500 {
                    let own = asker * 1_000 + round;
                    if round % 3 == 0 {
                        ledger.enter(own).tell().await.unwrap();
                        continue;
                    }
                    let (_, entries) = ledger.enter(own).await.unwrap();
                    assert!(entries.len() > before, "nobody's entry goes");
                    before = entries.len();
                    let mine: Vec<_> = entries.iter().filter(|entry| **entry / 1_000 == asker).collect();
                    assert_eq!(mine.len() as u32, round + 1);
                    assert!(mine.is_sorted(), "in the order of sending");
                }
            })
        })
        .collect();
    for asker in askers {
        asker.await.unwrap();
    }
    assert_eq!(ledger.enter(0).await.unwrap().1.len(), 2_001);
}
