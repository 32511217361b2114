//! OTP, `gen_server_SUITE`: starting, stopping, crashing, calling and casting.
//!
//! Left out:
//! - `hibernate`, `get_state`, `replace_state`, `call_format_status`, `error_format_status`: there is no hibernation, and
//!   an actor's state is private to it, also to debuggers.
//! - `code_change`, `undef_code_change`: no hot code (contract, section 9).
//! - `abcast`, `multicall`, `multicall_down`, `call_remote*`, `cast_fast`'s second node, `stop8` to `stop10`: one
//!   system, one machine. Their local halves are here.
//! - `spec_init*`, `otp_5854`: a task does not become an actor (`enter_loop`), so nothing of it can be refused.
//! - `undef_handle_call`, `undef_handle_cast`, `undef_handle_info`, `undef_init`, `info`, bad return values: a message
//!   without a handler, or a reply of another type, does not compile.
//! - `stop2`, `stop3`: whoever stops an actor does not choose the reason, so it can be neither another one nor invalid.
//! - `call_with_huge_message_queue`: a caller has no mailbox that a reply would have to be searched in.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{LinkBroken, LookupError, Phase, SpawnError, StartFailure, Status, Unanswered, Undelivered};

use crate::kit::{
    Chronicle, Diary, End, Habit, Latch, Worker, WorkerNote, WorkerSeen, both_ways, child, kind, ms, occupy,
    secs,
};

/// Comes up as it is told.
#[derive(Clone, Copy)]
enum Birth {
    Refuses,
    Panics,
    Takes(Duration),
}

impl Actor for Birth {
    async fn on_start(&mut self, _ctx: &mut Context<Self>) -> Result<(), BoxError> {
        match *self {
            Self::Refuses => Err("stopped".into()),
            Self::Panics => panic!("on purpose"),
            Self::Takes(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
        }
    }
}

/// OTP gen_server_SUITE: start (anonymous)
#[test]
fn one_that_was_started_answers_until_it_stops_and_never_after() {
    both_ways(async |system: TestSystem| {
        let worker = system.start(Worker::new("w", &Diary::default())).await.unwrap();
        assert!(matches!(worker.status(), Status::Running));
        assert_eq!(worker.note(1).await.unwrap(), 1);
        worker.quit().await.unwrap();
        assert_eq!(kind(&worker.stopped().await), "normal");
        let error = worker.ask(WorkerNote { n: 2 }).await.unwrap_err();
        let AskError::Undelivered(message, Undelivered::Closed(StopReason::Normal)) = error else {
            panic!("{error}")
        };
        assert_eq!(message.into_inner().n, 2);
    });
}

/// OTP gen_server_SUITE: start (anonymous with timeout)
#[actor_core::test(paused)]
async fn a_start_within_the_bound_succeeds_and_a_longer_one_is_given_up(system: TestSystem) {
    system.start(Birth::Takes(ms(29_999))).await.unwrap();
    let begun = tokio::time::Instant::now();
    let error = system.start(Birth::Takes(secs(3_600))).await.unwrap_err();
    assert_eq!(begun.elapsed(), secs(30));
    assert!(error.to_string().contains("did not start within 30s"), "{error}");
}

/// OTP gen_server_SUITE: start (anonymous with stop)
#[test]
fn the_starter_of_one_that_does_not_come_up_gets_the_cause() {
    both_ways(async |system: TestSystem| {
        let error = system.start(Birth::Refuses).await.unwrap_err();
        assert!(error.to_string().ends_with("did not start: stopped"), "{error}");
        let error = system.start(Birth::Panics).await.unwrap_err();
        assert!(error.to_string().contains("did not start: panicked: on purpose"), "{error}");
    });
}

/// OTP gen_server_SUITE: start (local register, global register)
#[test]
fn a_name_is_given_once_and_is_free_again_when_its_owner_has_stopped() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let first = system.build(Worker::new("w", &diary)).name("server").start().await.unwrap();
        let second = system.build(Worker::new("w", &diary)).name("server").start().await;
        let Err(SpawnError::NameTaken(taken)) = second else { panic!("the name was given twice") };
        assert!(taken.to_string().contains("server"), "{taken}");
        assert_eq!(system.lookup::<Worker>("server").unwrap(), first);

        first.stop();
        first.stopped().await;
        assert!(matches!(system.lookup::<Worker>("server"), Err(LookupError::Unknown { .. })));
        let third = system.build(Worker::new("w", &diary)).name("server").start().await.unwrap();
        assert_ne!(third.id(), first.id());
    });
}

/// OTP gen_server_SUITE: otp_7669
#[test]
fn the_name_of_one_that_did_not_come_up_is_free_when_its_starter_hears() {
    both_ways(async |system: TestSystem| {
        for birth in [Birth::Refuses, Birth::Panics] {
            system.build(birth).name("server").start().await.unwrap_err();
            assert!(matches!(system.lookup::<Birth>("server"), Err(LookupError::Unknown { .. })));
            let diary = Diary::default();
            let next = system.build(Worker::new("w", &diary)).name("server").start().await.unwrap();
            next.stop();
            next.stopped().await;
        }
    });
}

/// OTP gen_server_SUITE: stop1
#[test]
fn a_stop_runs_the_hook_once_and_a_second_one_does_nothing() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let worker = system.start(Worker::new("w", &diary)).await.unwrap();
        worker.stop();
        worker.stop();
        assert_eq!(kind(&worker.stopped().await), "normal");
        worker.stop();
        assert_eq!(kind(&worker.stopped().await), "normal");
        assert_eq!(diary.lines(), ["w started", "w stops: normal"]);
    });
}

/// OTP gen_server_SUITE: stop4, stop6
#[test]
fn one_that_is_found_by_its_name_is_stopped_and_found_no_more() {
    both_ways(async |system: TestSystem| {
        system.build(Worker::new("w", &Diary::default())).name("to stop").start().await.unwrap().detach();
        let found = system.lookup::<Worker>("to stop").unwrap();
        found.stop();
        found.stopped().await;
        assert!(system.lookup::<Worker>("to stop").is_err());
    });
}

/// OTP gen_server_SUITE: crash
#[test]
fn an_orderly_end_is_no_crash_and_a_crash_tells_where_and_at_what() {
    both_ways(async |system: TestSystem| {
        for end in [End::Stop, End::Quit, End::Kill] {
            let worker = system.start(Worker::new("w", &Diary::default())).await.unwrap();
            end.of(&worker).await;
            assert_eq!(kind(&worker.stopped().await), end.kind());
        }
        let crashes = |system: &TestSystem| {
            let crash = |event| match event {
                Event::Crashed { reason, epoch: 1, .. } => Some(reason),
                _ => None,
            };
            system.happened().into_iter().filter_map(crash).collect::<Vec<_>>()
        };
        assert!(crashes(&system).is_empty());

        let worker = system.start(Worker::new("w", &Diary::default())).await.unwrap();
        let error = worker.crash().await.unwrap_err();
        let AskError::Unanswered(Unanswered::Panicked(told)) = error else { panic!("{error}") };
        worker.stopped().await;
        let [StopReason::Panicked(panic)] = &crashes(&system)[..] else { panic!("{:?}", system.trace()) };
        assert_eq!(panic, &told);
        assert_eq!(&*panic.text, "on purpose");
        assert!(panic.place.as_ref().unwrap().contains("kit.rs"), "{panic}");
        assert!(panic.message_type.unwrap().contains("WorkerCrash"), "{panic}");
    });
}

/// OTP gen_server_SUITE: terminate_crash_format, undef_in_terminate
#[test]
fn a_panic_in_the_stop_hook_becomes_the_reason_and_is_an_event() {
    both_ways(async |system: TestSystem| {
        let worker = system.start(Worker::with("w", &Diary::default(), Habit::Sour)).await.unwrap();
        worker.stop();
        let StopReason::Panicked(panic) = worker.stopped().await else { panic!("the panic was lost") };
        assert_eq!(&*panic.text, "sour");
        let in_hook = |event: &Event| matches!(event, Event::Panicked { place: "on_stop", .. });
        assert_eq!(system.happened().iter().filter(|event| in_hook(event)).count(), 1);
    });
}

/// OTP gen_server_SUITE: call (delayed answers)
#[actor_core::test(paused)]
async fn an_answer_may_take_its_time_within_the_callers_patience(system: TestSystem) {
    let worker = system.spawn(Worker::new("w", &Diary::default()));
    worker.work(ms(1)).await.unwrap();
    worker.work(ms(29)).timeout(ms(30)).await.unwrap();
    let error = worker.work(ms(31)).timeout(ms(30)).await.unwrap_err();
    assert!(
        matches!(error, AskError::Timeout { phase: Phase::Running, after } if after == ms(30)),
        "{error}"
    );
    // The server has not noticed.
    assert_eq!(worker.note(1).await.unwrap(), 1);
}

/// OTP gen_server_SUITE: reply_by_alias (a reply after the timeout)
#[actor_core::test(paused)]
async fn an_answer_that_comes_too_late_reaches_nobody(system: TestSystem) {
    let worker = system.spawn(Worker::new("w", &Diary::default()));
    worker.work(ms(20)).timeout(ms(10)).await.unwrap_err();
    // The late answer does not stand in for that of the next question.
    assert_eq!(worker.seen().await.unwrap(), []);
    assert!(system.dead_letters().is_empty());
}

/// OTP gen_server_SUITE: call_remote1, call_remote2 (here without a network)
#[test]
fn a_caller_hears_when_the_server_ends_in_the_middle_of_its_call() {
    both_ways(async |system: TestSystem| {
        let worker = system.start(Worker::new("w", &Diary::default())).await.unwrap();
        let latch = Latch::closed();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let running = tokio::spawn(worker.hold(begun, latch.clone()).owned().into_future());
        has_begun.await.unwrap();
        let queued = tokio::spawn(worker.note(1).owned().into_future());
        while worker.queue_len() == 0 {
            tokio::task::yield_now().await;
        }
        worker.kill();
        let error = running.await.unwrap().unwrap_err();
        assert!(matches!(error, AskError::Unanswered(Unanswered::Killed)), "{error}");
        let error = queued.await.unwrap().unwrap_err();
        assert!(
            matches!(error, AskError::Undelivered(_, Undelivered::Closed(StopReason::Killed))),
            "{error}"
        );
        worker.stopped().await;
        let error = worker.ask(WorkerSeen).await.unwrap_err();
        assert!(
            matches!(error, AskError::Undelivered(_, Undelivered::Closed(StopReason::Killed))),
            "{error}"
        );
    });
}

/// OTP gen_server_SUITE: cast
#[test]
fn casts_are_handled_in_the_order_in_which_they_were_sent_and_before_a_later_call() {
    both_ways(async |system: TestSystem| {
        let worker = system.start(Worker::new("w", &Diary::default())).await.unwrap();
        for n in 0..50 {
            worker.note(n).tell().await.unwrap();
        }
        assert_eq!(worker.seen().await.unwrap(), Vec::from_iter(0..50));
        worker.quit().tell().await.unwrap();
        assert_eq!(kind(&worker.stopped().await), "normal");
    });
}

/// OTP gen_server_SUITE: cast_fast (here to one that has ended)
#[actor_core::test(paused)]
async fn a_cast_never_waits_for_the_handler_nor_for_one_that_is_gone(system: TestSystem) {
    system.allow_dead_letters();
    let worker = system.spawn(Worker::new("w", &Diary::default()));
    let latch = Latch::closed();
    occupy(&worker, &latch).await;
    let begun = tokio::time::Instant::now();
    worker.note(1).tell().await.unwrap();
    worker.kill();
    worker.stopped().await;
    assert!(matches!(worker.note(2).tell().await, Err(TellError::Closed(..))));
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

/// OTP gen_server_SUITE: send_request_receive_reqid_collection (answers collected out of order)
#[test]
fn requests_may_be_under_way_together_and_each_gets_its_own_answer() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let (one, two) = (
            system.start(Worker::new("1", &diary)).await.unwrap(),
            system.start(Worker::new("2", &diary)).await.unwrap(),
        );
        let mut asked = Vec::new();
        for _ in 0..10 {
            asked.push(tokio::spawn(one.note(0).owned().into_future()));
            asked.push(tokio::spawn(two.note(0).owned().into_future()));
        }
        let mut sum = 0;
        for answer in asked.into_iter().rev() {
            sum += answer.await.unwrap().unwrap();
        }
        assert_eq!(
            sum,
            2 * (1..=10).sum::<usize>(),
            "each of 1 to 10 from each of the two, in whatever order"
        );
    });
}

/// OTP gen_server_SUITE: spec_init_local_registered_parent (OTP-4820)
#[test]
fn the_stop_hook_runs_when_it_is_the_parent_that_ends() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(child("w", &diary)).start(&system).await.unwrap();
        let worker: ActorRef<Worker> = tree.child("w").unwrap();
        tree.stop();
        assert_eq!(kind(&worker.stopped().await), "shutdown");
        assert_eq!(diary.lines(), ["w started", "w stops: shutdown"]);
    });
}

/// OTP gen_server_SUITE: undef_terminate2 (no hook, abnormal end)
#[test]
fn one_without_hooks_ends_with_the_reason_of_its_crash() {
    struct Bare;
    struct Crash;
    impl Actor for Bare {}
    impl Handler<Crash> for Bare {
        type Reply = ();
        async fn handle(&mut self, _: Crash, _ctx: &mut Context<Self>) {
            panic!("on purpose");
        }
    }
    both_ways(async |system: TestSystem| {
        system.allow_dead_letters();
        let bare = system.start(Bare).await.unwrap();
        bare.tell(Crash).await.unwrap();
        assert_eq!(kind(&bare.stopped().await), "panicked");
    });
}

/// OTP gen_server_SUITE: crash (of a supervised server, seen by its supervisor)
#[test]
fn a_supervised_server_that_does_not_come_up_again_tells_why_in_its_end() {
    both_ways(async |system: TestSystem| {
        let mut chronicle = Chronicle::of(&system);
        let diary = Diary::default();
        let nested =
            Supervisor::one_for_one()
                .intensity(0, secs(5))
                .child(crate::kit::flaky("w", &diary, |start| start == 2));
        let tree = Supervisor::one_for_one().name("top").supervisor("nested", nested);
        let tree = tree.start(&system).await.unwrap();
        let worker: ActorRef<Worker> = tree.supervisor("nested").unwrap().child("w").unwrap();
        worker.crash().await.unwrap_err();
        // No restart is allowed, so the crash is the end; the next start fails the nested supervisor's own.
        assert_eq!(kind(&worker.stopped().await), "panicked");
        let reason = chronicle
            .next(|event| match event {
                Event::Restarting { actor, reason, .. } if actor.path.as_str() == "/top/nested" => {
                    Some(reason)
                }
                _ => None,
            })
            .await;
        assert_eq!(kind(&reason), "shutdown");
        let reason = chronicle
            .next(|event| match event {
                Event::Restarting { actor, reason, .. } if actor.path.as_str() == "/top/nested" => {
                    Some(reason)
                }
                _ => None,
            })
            .await;
        let StopReason::StartFailed(StartFailure::Child { name, reason }) = reason else {
            panic!("{reason}")
        };
        assert_eq!((&*name, kind(&reason)), ("w", "start failed"));
        assert_eq!(chronicle.started("/top/nested/w").await, 1);
    });
}

/// Holds links.
struct Linked(Diary);

#[actor]
impl Linked {
    #[on_stop]
    fn finish(&mut self, reason: &StopReason) {
        self.0.note(format!("stops: {}", kind(reason)));
    }
    #[handler]
    fn link(&mut self, to: ActorRef<Worker>, ctx: &mut Context<Self>) {
        ctx.link(&to);
    }
    #[handler]
    fn unlink(&mut self, from: ActorRef<Worker>, ctx: &mut Context<Self>) {
        ctx.unlink(&from);
    }
    #[handler]
    fn life(&self, ctx: &mut Context<Self>) -> u64 {
        ctx.epoch()
    }
    #[handler]
    fn crash(&mut self) {
        panic!("on purpose");
    }
    #[handler]
    fn quit(&mut self, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

/// An actor and a server that it is linked with.
async fn linked(system: &TestSystem) -> (ActorRef<Linked>, ActorRef<Worker>, Diary) {
    let diary = Diary::default();
    let linked = system.start(Linked(diary.clone())).await.unwrap();
    let server = system.start(Worker::new("server", &diary)).await.unwrap();
    linked.link(server.clone()).await.unwrap();
    diary.take();
    (linked, server, diary)
}

/// OTP gen_server_SUITE: start (anonymous linked)
#[test]
fn a_linked_server_that_ends_as_it_should_leaves_the_other_alone() {
    both_ways(async |system: TestSystem| {
        for end in End::NORMAL {
            let (linked, server, _) = linked(&system).await;
            end.of(&server).await;
            server.stopped().await;
            // A link has fired when the end is known; the answer comes behind whatever it did.
            assert_eq!(linked.life().await.unwrap(), 1);
            assert!(matches!(linked.status(), Status::Running));
        }
    });
}

/// OTP gen_server_SUITE: crash (linked)
#[test]
fn a_linked_server_that_fails_takes_the_other_with_it_and_says_so() {
    both_ways(async |system: TestSystem| {
        for end in End::ABNORMAL {
            let (linked, server, diary) = linked(&system).await;
            end.of(&server).await;
            let StopReason::Failed(error) = linked.stopped().await else { panic!("{:?}", system.trace()) };
            let broken = error.downcast_ref::<LinkBroken>().expect("that it was a link");
            assert_eq!(&broken.path, server.path());
            assert_eq!(kind(&broken.reason), end.kind());
            assert!(diary.lines().contains(&"stops: failed".to_owned()), "its hook has run");
        }
    });
}

/// OTP gen_server_SUITE: crash (the other way round: a link has no direction)
#[test]
fn whoever_made_the_link_takes_the_server_with_it_too() {
    both_ways(async |system: TestSystem| {
        let (linked, server, _) = linked(&system).await;
        linked.quit().await.unwrap();
        linked.stopped().await;
        assert_eq!(server.note(1).await.unwrap(), 1);

        let (linked, server, _) = self::linked(&system).await;
        linked.crash().await.unwrap_err();
        assert_eq!(kind(&server.stopped().await), "failed");
    });
}

/// OTP gen_server_SUITE: crash (exit_shutdown, linked)
#[test]
fn a_linked_server_that_is_shut_down_stops_the_other_and_that_is_no_crash() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let linked = system.start(Linked(diary.clone())).await.unwrap();
        let tree = Supervisor::one_for_one().child(child("server", &diary)).start(&system).await.unwrap();
        linked.link(tree.child("server").unwrap()).await.unwrap();
        tree.terminate_child("server").await.unwrap();
        assert_eq!(kind(&linked.stopped().await), "shutdown");
        assert!(!system.happened().iter().any(|event| matches!(event, Event::Crashed { .. })));
    });
}

/// OTP gen_server_SUITE: start (linking with one that is gone: noproc)
#[test]
fn a_link_with_one_that_has_failed_fires_at_once_and_with_one_that_was_done_never() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        for (end, fires) in [(End::Quit, false), (End::Crash, true)] {
            let server = system.start(Worker::new("server", &diary)).await.unwrap();
            end.of(&server).await;
            server.stopped().await;
            let linked = system.start(Linked(diary.clone())).await.unwrap();
            linked.link(server).await.unwrap();
            if fires {
                assert_eq!(kind(&linked.stopped().await), "failed");
            } else {
                assert_eq!(linked.life().await.unwrap(), 1);
            }
        }
    });
}

/// OTP gen_server_SUITE: start (linked; unlinked again)
#[test]
fn a_link_that_was_undone_does_not_fire_from_either_side() {
    both_ways(async |system: TestSystem| {
        let (one, server, _) = linked(&system).await;
        one.unlink(server.clone()).await.unwrap();
        server.crash().await.unwrap_err();
        server.stopped().await;
        assert_eq!(one.life().await.unwrap(), 1);

        let (two, server, _) = linked(&system).await;
        // Linked twice is linked once.
        two.link(server.clone()).await.unwrap();
        two.unlink(server.clone()).await.unwrap();
        two.crash().await.unwrap_err();
        two.stopped().await;
        assert_eq!(server.note(1).await.unwrap(), 1);
    });
}

/// OTP gen_server_SUITE: crash (linked, below supervisors: the link is between logical actors)
#[test]
fn a_restart_fires_no_link_and_breaks_none_and_a_fired_link_is_a_failure_to_the_others_supervisor() {
    both_ways(async |system: TestSystem| {
        let mut chronicle = Chronicle::of(&system);
        let (diary, notes) = (Diary::default(), Diary::default());
        let tree = Supervisor::one_for_one()
            .name("top")
            .child(Child::new("linked", move || Linked(notes.clone())))
            .supervisor(
                "nested",
                Supervisor::one_for_one().intensity(2, secs(60)).child(child("server", &diary)),
            );
        let tree = tree.start(&system).await.unwrap();
        let linked: ActorRef<Linked> = tree.child("linked").unwrap();
        let server: ActorRef<Worker> = tree.supervisor("nested").unwrap().child("server").unwrap();
        linked.link(server.clone()).await.unwrap();
        chronicle.started("/top/nested/server").await;

        // Each is restarted once, and the other does not notice.
        server.crash().await.unwrap_err();
        assert_eq!(server.note(1).await.unwrap(), 1);
        assert_eq!(linked.life().await.unwrap(), 1);
        linked.crash().await.unwrap_err();
        assert_eq!(linked.life().await.unwrap(), 2);
        assert_eq!((server.seen().await.unwrap(), server.epoch()), (vec![1], 2));

        // The server ends for good: the other one fails, and is restarted.
        server.crash().await.unwrap_err();
        server.seen().await.unwrap();
        server.crash().await.unwrap_err();
        assert_eq!(kind(&server.stopped().await), "panicked");
        while linked.epoch() < 3 {
            tokio::task::yield_now().await;
        }
        // That was that: the link has fired, and the server of today is not the one that it was with.
        assert_eq!(chronicle.started("/top/nested/server").await, 2);
        assert_eq!(chronicle.started("/top/nested/server").await, 3);
        assert_eq!(chronicle.started("/top/nested/server").await, 1);
        let next: ActorRef<Worker> = tree.supervisor("nested").unwrap().child("server").unwrap();
        assert_ne!(next, server);
        next.crash().await.unwrap_err();
        next.seen().await.unwrap();
        assert_eq!(linked.life().await.unwrap(), 3);
    });
}
