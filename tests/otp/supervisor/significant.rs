//! Significant children, whose own final end may be that of their supervisor.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{AdminError, AutoShutdown, Reconfigure, SpecError, SupervisorError};

use crate::kit::{
    Chronicle, Diary, End, Worker, both_ways, child, children, counts, kind, lives_again, names, secs,
};

fn significant(name: &'static str, diary: &Diary, restart: Restart) -> Child<Worker> {
    child(name, diary).restart(restart).significant()
}

/// OTP supervisor_SUITE: nonsignificant_temporary, nonsignificant_transient
#[test]
fn the_end_of_a_child_that_is_not_significant_ends_nobody_else() {
    both_ways(async |system: TestSystem| {
        for auto_shutdown in [AutoShutdown::Any, AutoShutdown::All] {
            for restart in [Restart::Temporary, Restart::Transient] {
                let diary = Diary::default();
                let tree = Supervisor::one_for_one()
                    .auto_shutdown(auto_shutdown)
                    .child(child("plain", &diary).restart(restart))
                    .child(significant("s", &diary, restart));
                let tree = tree.start(&system).await.unwrap();
                let [plain, s] = children(&tree, ["plain", "s"]);
                plain.quit().await.unwrap();
                plain.stopped().await;
                assert_eq!(counts(&tree).await[1], 1);
                assert_eq!(s.note(1).await.unwrap(), 1);
            }
        }
    });
}

/// OTP supervisor_SUITE: significant_temporary
#[test]
fn any_the_first_significant_child_to_end_ends_the_supervisor_and_its_siblings_in_reverse() {
    both_ways(async |system: TestSystem| {
        for end in End::NORMAL.into_iter().chain(End::ABNORMAL) {
            let diary = Diary::default();
            let tree = Supervisor::one_for_one()
                .auto_shutdown(AutoShutdown::Any)
                .child(child("a", &diary))
                .child(significant("s", &diary, Restart::Temporary))
                .child(significant("t", &diary, Restart::Temporary))
                .child(child("b", &diary));
            let tree = tree.start(&system).await.unwrap();
            let [a, s, t, b] = children(&tree, ["a", "s", "t", "b"]);
            end.of(&s).await;
            assert_eq!(kind(&tree.stopped().await), "shutdown");
            assert_eq!(kind(&s.stopped().await), end.kind());
            for worker in [&a, &t, &b] {
                assert_eq!(kind(&worker.stopped().await), "shutdown");
            }
            assert_eq!(diary.who("stops: shutdown"), ["b", "t", "a"]);
        }
    });
}

/// OTP supervisor_SUITE: significant_temporary (all_significant)
#[test]
fn all_the_last_significant_child_to_end_ends_the_supervisor() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one()
            .auto_shutdown(AutoShutdown::All)
            .child(significant("s", &diary, Restart::Temporary))
            .child(child("a", &diary))
            .child(significant("t", &diary, Restart::Temporary));
        let tree = tree.start(&system).await.unwrap();
        let [s, a, t] = children(&tree, ["s", "a", "t"]);
        t.crash().await.unwrap_err();
        t.stopped().await;
        assert_eq!(names(&tree).await, ["s", "a"]);
        s.quit().await.unwrap();
        assert_eq!(kind(&tree.stopped().await), "shutdown");
        assert_eq!(kind(&a.stopped().await), "shutdown");
    });
}

/// OTP supervisor_SUITE: significant_transient
#[test]
fn a_significant_transient_child_counts_when_it_ends_for_good_and_not_when_it_is_restarted() {
    both_ways(async |system: TestSystem| {
        for auto_shutdown in [AutoShutdown::Any, AutoShutdown::All] {
            let diary = Diary::default();
            let tree = Supervisor::one_for_one()
                .auto_shutdown(auto_shutdown)
                .child(significant("s", &diary, Restart::Transient))
                .child(child("a", &diary));
            let tree = tree.start(&system).await.unwrap();
            let [s, a] = children(&tree, ["s", "a"]);
            s.crash().await.unwrap_err();
            assert_eq!(s.seen().await.unwrap(), []);
            assert_eq!((s.epoch(), a.epoch()), (2, 1));
            s.quit().await.unwrap();
            assert_eq!(kind(&tree.stopped().await), "shutdown");
            assert_eq!(kind(&s.stopped().await), "normal");
            assert_eq!(kind(&a.stopped().await), "shutdown");
        }
    });
}

/// OTP supervisor_SUITE: significant_bystander
#[test]
fn a_significant_child_that_its_group_or_somebody_by_hand_has_ended_does_not_count() {
    both_ways(async |system: TestSystem| {
        for auto_shutdown in [AutoShutdown::Any, AutoShutdown::All] {
            for strategy in [Supervisor::one_for_all, Supervisor::rest_for_one] {
                let diary = Diary::default();
                let tree = strategy()
                    .auto_shutdown(auto_shutdown)
                    .child(child("a", &diary))
                    .child(significant("s", &diary, Restart::Temporary))
                    .child(child("b", &diary));
                let tree = tree.start(&system).await.unwrap();
                let [a, s, b] = children(&tree, ["a", "s", "b"]);
                a.crash().await.unwrap_err();
                lives_again(&b, 2).await;
                assert_eq!(kind(&s.stopped().await), "shutdown");
                assert_eq!(names(&tree).await, ["a", "b"]);

                let t = tree.start_child(significant("t", &diary, Restart::Transient)).await.unwrap();
                tree.terminate_child("t").await.unwrap();
                assert_eq!(kind(&t.stopped().await), "shutdown");
                assert_eq!(counts(&tree).await, [3, 2, 0, 3]);
                tree.stop();
                assert_eq!(kind(&tree.stopped().await), "normal");
            }
        }
    });
}

/// OTP supervisor_SUITE: significant_escalation
#[test]
fn a_supervisor_that_ends_with_its_significant_child_is_what_its_own_supervisor_decides_about() {
    both_ways(async |system: TestSystem| {
        let mut chronicle = Chronicle::of(&system);
        let diary = Diary::default();
        let nested = Supervisor::one_for_one().auto_shutdown(AutoShutdown::Any).child(significant(
            "s",
            &diary,
            Restart::Transient,
        ));
        let top = Supervisor::one_for_one()
            .name("top")
            .intensity(1, secs(3_600))
            .child(child("a", &diary))
            .supervisor("nested", nested);
        let top = top.start(&system).await.unwrap();
        let a: ActorRef<Worker> = top.child("a").unwrap();
        let s: ActorRef<Worker> = top.supervisor("nested").unwrap().child("s").unwrap();
        chronicle.started("/top/nested/s").await;
        s.quit().await.unwrap();
        // A supervisor below another one is permanent: it comes back with a new child.
        chronicle.started("/top/nested/s").await;
        let next: ActorRef<Worker> = top.supervisor("nested").unwrap().child("s").unwrap();
        assert_ne!(next, s);
        assert_eq!(a.epoch(), 1);
        // That was a restart: the second is one too many.
        next.quit().await.unwrap();
        assert_eq!(kind(&top.stopped().await), "shutdown");
        assert_eq!(kind(&a.stopped().await), "shutdown");
    });
}

/// OTP supervisor_SUITE: child_specs_map (significant children)
#[test]
fn a_significant_child_needs_an_end_that_is_final_and_a_supervisor_that_looks() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        for auto_shutdown in [AutoShutdown::Any, AutoShutdown::All] {
            let tree = Supervisor::one_for_one().auto_shutdown(auto_shutdown).child(significant(
                "s",
                &diary,
                Restart::Permanent,
            ));
            let error = tree.start(&system).await.unwrap_err();
            let SupervisorError::Spec(SpecError::SignificantPermanent { name }) = error else {
                panic!("{error}")
            };
            assert_eq!(name, "s");
        }
        for restart in [Restart::Transient, Restart::Temporary] {
            let tree = Supervisor::one_for_one().child(significant("s", &diary, restart));
            let error = tree.start(&system).await.unwrap_err();
            let SupervisorError::Spec(SpecError::SignificantWithoutAutoShutdown { name }) = error else {
                panic!("{error}")
            };
            assert_eq!(name, "s");
        }
        assert!(diary.lines().is_empty());
    });
}

/// OTP supervisor_SUITE: significant_simple (refused here, as a dynamic supervisor has no auto-shutdown)
#[test]
fn a_significant_child_of_a_dynamic_supervisor_is_refused() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        for restart in [Restart::Transient, Restart::Temporary] {
            let error = dynamic.start_child(significant("s", &diary, restart)).await.unwrap_err();
            assert!(
                matches!(error, AdminError::Spec(SpecError::SignificantWithoutAutoShutdown { .. })),
                "{error}"
            );
        }
        // What it would be by default is temporary, so this is not about the restart type either.
        let error = dynamic.start_child(child("s", &diary).significant()).await.unwrap_err();
        assert!(
            matches!(error, AdminError::Spec(SpecError::SignificantWithoutAutoShutdown { .. })),
            "{error}"
        );
        assert!(diary.lines().is_empty());
    });
}

/// OTP supervisor_SUITE: significant_upgrade_any_all, significant_upgrade_all_any
#[test]
fn the_rule_for_significant_children_can_be_changed_for_the_ends_to_come() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one()
            .auto_shutdown(AutoShutdown::Any)
            .child(significant("s", &diary, Restart::Temporary))
            .child(significant("t", &diary, Restart::Temporary))
            .child(significant("u", &diary, Restart::Temporary));
        let tree = tree.start(&system).await.unwrap();
        let [s, t, u] = children(&tree, ["s", "t", "u"]);
        tree.reconfigure(Reconfigure::new().auto_shutdown(AutoShutdown::All)).await.unwrap();
        s.quit().await.unwrap();
        s.stopped().await;
        assert_eq!(names(&tree).await, ["t", "u"]);
        tree.reconfigure(Reconfigure::new().auto_shutdown(AutoShutdown::Any)).await.unwrap();
        assert_eq!(names(&tree).await, ["t", "u"], "an end that is past does not count");
        t.quit().await.unwrap();
        assert_eq!(kind(&tree.stopped().await), "shutdown");
        assert_eq!(kind(&u.stopped().await), "shutdown");
    });
}

/// OTP supervisor_SUITE: significant_upgrade_any_never, significant_upgrade_all_never
#[test]
fn without_the_rule_significant_children_end_like_others_and_new_ones_are_refused() {
    both_ways(async |system: TestSystem| {
        for auto_shutdown in [AutoShutdown::Any, AutoShutdown::All] {
            let diary = Diary::default();
            let tree = Supervisor::one_for_one().auto_shutdown(auto_shutdown).child(significant(
                "s",
                &diary,
                Restart::Transient,
            ));
            let tree = tree.start(&system).await.unwrap();
            tree.reconfigure(Reconfigure::new().auto_shutdown(AutoShutdown::Never)).await.unwrap();
            let error = tree.start_child(significant("t", &diary, Restart::Transient)).await.unwrap_err();
            assert!(
                matches!(error, AdminError::Spec(SpecError::SignificantWithoutAutoShutdown { .. })),
                "{error}"
            );
            let s: ActorRef<Worker> = tree.child("s").unwrap();
            s.quit().await.unwrap();
            s.stopped().await;
            assert_eq!(counts(&tree).await, [1, 0, 0, 1]);
            tree.restart_child("s").await.unwrap();
            assert_eq!(counts(&tree).await, [1, 1, 0, 1]);
        }
    });
}

/// OTP supervisor_SUITE: significant_upgrade_never_any, significant_upgrade_never_all
#[test]
fn the_rule_can_be_given_to_a_running_supervisor_for_significant_children_that_are_added() {
    both_ways(async |system: TestSystem| {
        for auto_shutdown in [AutoShutdown::Any, AutoShutdown::All] {
            let diary = Diary::default();
            let tree = Supervisor::one_for_one().child(child("a", &diary)).start(&system).await.unwrap();
            tree.reconfigure(Reconfigure::new().auto_shutdown(auto_shutdown)).await.unwrap();
            let s = tree.start_child(significant("s", &diary, Restart::Temporary)).await.unwrap();
            s.quit().await.unwrap();
            assert_eq!(kind(&tree.stopped().await), "shutdown");
        }
    });
}

/// OTP supervisor_SUITE: significant_upgrade_child
#[test]
fn a_significant_child_cannot_be_made_permanent() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().auto_shutdown(AutoShutdown::Any).child(significant(
            "s",
            &diary,
            Restart::Transient,
        ));
        let tree = tree.start(&system).await.unwrap();
        let error = tree.reconfigure(Reconfigure::new().restart("s", Restart::Permanent)).await.unwrap_err();
        assert!(matches!(error, AdminError::Spec(SpecError::SignificantPermanent { .. })), "{error}");
        tree.reconfigure(Reconfigure::new().restart("s", Restart::Temporary)).await.unwrap();
        let s: ActorRef<Worker> = tree.child("s").unwrap();
        s.crash().await.unwrap_err();
        assert_eq!(kind(&tree.stopped().await), "shutdown");
    });
}
