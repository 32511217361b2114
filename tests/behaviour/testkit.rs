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

#[test]
fn a_test_whose_actors_had_to_be_killed_at_the_end_fails() {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        run(Setup::new("leaves a handler waiting").paused(), |system: TestSystem| async move {
            let worker = system.spawn(Worker::default());
            let (open, waiting) = gate();
            worker.hold(waiting).tell().await.unwrap();
            system.settle().await;
            worker.detach();
            std::mem::forget(open);
        });
    }));
    let text = outcome.unwrap_err().downcast::<String>().unwrap();
    assert!(text.contains("the shutdown was not clean"), "{text}");
    assert!(text.contains("what happened:") && text.contains("Worker-"), "{text}");
}

#[actor_core::test]
async fn a_test_may_return_a_result(system: TestSystem) -> Result<(), AskError<crate::kit::WorkerNote>> {
    assert_eq!(system.spawn(Worker::default()).note(1).await?, 1);
    Ok(())
}
