//! Elixir, `partition_supervisor_test.exs`: a dynamic supervisor in several parts, for many children.
//!
//! Left out:
//! - `resize!/1`: the number of parts is fixed while they run.
//! - "with_arguments", "raises on bad with_arguments", "with via name", "with via tuple", "uses the atom name as id",
//!   "raises without name", "raises without child_spec", "raises with bad auto_shutdown": ways of writing a specification.
//! - `partitions/1`, `which_children/1` and `count_children/1` of the parts themselves: that there are parts is not seen from
//!   outside; listing and counting are of the children in all of them.

use std::collections::BTreeSet;

use actor_core::AdminError;
use actor_core::prelude::*;
use actor_core::testing::TestSystem;

use crate::kit::{Diary, Worker, both_ways, child, counts, flaky, kind, names, secs};

fn numbered(n: usize, diary: &Diary) -> Child<Worker> {
    let diary = diary.clone();
    Child::new(format!("child {n}"), move || Worker::new("w", &diary))
}

/// Elixir PartitionSupervisorTest: start_link/1 on success with atom name; which_children/1, count_children/1
#[test]
fn children_are_started_found_listed_counted_and_terminated_whichever_part_they_are_in() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().partitions(4).start(&system).await.unwrap();
        let mut wanted = BTreeSet::new();
        for n in 0..40 {
            let worker = dynamic.start_child(numbered(n, &diary)).await.unwrap();
            assert_eq!(dynamic.child::<Worker>(&format!("child {n}")).unwrap(), worker);
            wanted.insert(format!("child {n}"));
        }
        let listed = names(&dynamic).await;
        assert_eq!(listed.len(), 40);
        assert_eq!(BTreeSet::from_iter(listed), wanted);
        assert_eq!(counts(&dynamic).await, [40, 40, 0, 40]);
        let error = dynamic.start_child(numbered(7, &diary)).await.unwrap_err();
        assert!(matches!(error, AdminError::DuplicateName { .. }), "{error}");
        for n in 0..39 {
            dynamic.terminate_child(&format!("child {n}")).await.unwrap();
        }
        assert!(matches!(dynamic.terminate_child("child 0").await, Err(AdminError::Unknown { .. })));
        assert_eq!(names(&dynamic).await, ["child 39"]);
    });
}

/// Elixir PartitionSupervisorTest: start_link/1 raises on bad partitions
#[test]
fn no_parts_at_all_are_refused() {
    let panic = std::panic::catch_unwind(|| drop(DynamicSupervisor::new().partitions(0))).unwrap_err();
    let text = panic.downcast_ref::<&str>().map_or_else(
        || panic.downcast_ref::<String>().cloned().unwrap_or_default(),
        |text| (*text).to_owned(),
    );
    assert!(text.contains("at least one partition"), "{text}");
}

/// Elixir PartitionSupervisorTest: stop/1 is synchronous
#[test]
fn when_it_has_stopped_all_its_children_have_in_every_part() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().partitions(3).start(&system).await.unwrap();
        let mut workers = Vec::new();
        for n in 0..12 {
            workers.push(dynamic.start_child(numbered(n, &diary)).await.unwrap());
        }
        dynamic.stop();
        assert_eq!(kind(&dynamic.stopped().await), "normal");
        assert_eq!(diary.who("w stops: shutdown").len(), 12);
        for worker in workers {
            assert_eq!(kind(&worker.stopped().await), "shutdown");
        }
        assert!(matches!(dynamic.children().await, Err(AdminError::Closed)));
        assert_eq!(system.stats().actors, 0);
    });
}

/// Elixir PartitionSupervisorTest: start_link/1 on success with atom name (a part that gives up)
#[test]
fn a_part_that_gives_up_takes_its_own_children_with_it_and_comes_back_empty() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let parts = DynamicSupervisor::new().partitions(2).intensity(2, secs(60));
        let tree = Supervisor::one_for_one().supervisor("parts", parts).start(&system).await.unwrap();
        let dynamic = tree.dynamic("parts").unwrap();
        let mut workers = Vec::new();
        for n in 0..20 {
            workers.push(dynamic.start_child(numbered(n, &diary)).await.unwrap());
        }
        let bad = flaky("bad", &diary, |start| start > 1).restart(Restart::Permanent);
        let bad = dynamic.start_child(bad).await.unwrap();
        bad.crash().await.unwrap_err();
        assert_eq!(kind(&bad.stopped().await), "start failed");
        // Those in its part are shut down; those in the other have not noticed.
        while dynamic.child::<Worker>("bad").is_ok() || names(&dynamic).await.contains(&"bad".to_owned()) {
            tokio::task::yield_now().await;
        }
        let (mut gone, mut there) = (0, 0);
        for (n, worker) in workers.iter().enumerate() {
            if dynamic.child::<Worker>(&format!("child {n}")).is_ok() {
                assert_eq!(worker.note(1).await.unwrap(), 1);
                there += 1;
            } else {
                assert_eq!(kind(&worker.stopped().await), "shutdown");
                gone += 1;
            }
        }
        assert!(gone > 0 && there > 0, "{gone} gone, {there} there");
        // The part is back, and takes children again.
        let again = loop {
            match dynamic.start_child(child("bad", &diary)).await {
                Ok(again) => break again,
                Err(AdminError::Closed) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(again.note(1).await.unwrap(), 1);
        assert_eq!(counts(&dynamic).await[0], there + 1);
    });
}

/// Elixir PartitionSupervisorTest: start_link/1 on success with atom name (asked for by key)
#[test]
fn those_who_ask_for_a_key_at_once_get_the_same_child_of_the_same_part() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().partitions(4).start(&system).await.unwrap();
        let asking: Vec<_> = (0..20)
            .map(|n| {
                let (dynamic, child) = (dynamic.clone(), child("w", &diary));
                tokio::spawn(async move { dynamic.get_or_start(&format!("key {}", n % 2), || child).await })
            })
            .collect();
        let mut ids = BTreeSet::new();
        for worker in asking {
            ids.insert(format!("{:?}", worker.await.unwrap().unwrap().id()));
        }
        assert_eq!(ids.len(), 2);
        assert_eq!(
            BTreeSet::from_iter(names(&dynamic).await),
            BTreeSet::from(["key 0", "key 1"].map(String::from))
        );
        assert_eq!(diary.who("started").len(), 2);
    });
}
