//! A million actors that have nothing to do: what they take, and how long their orderly end takes.
//!
//! Of us alone, since the others have no end of a whole system. Resident size, as Linux tells it, in a process that has done
//! nothing else.

use std::time::{Duration, Instant};

use actor_core::{Actor, Context, Handler, System};

use crate::harness::{Place, on_tokio};
use crate::memory::resident_bytes;

const ACTORS: usize = 1_000_000;

/// Until so many mailboxes are given back, which the system does not do all at once.
const REST: Duration = Duration::from_secs(20);

struct Idle(u64);

impl Actor for Idle {}

impl Handler<u64> for Idle {
    type Reply = ();

    async fn handle(&mut self, number: u64, _ctx: &mut Context<Self>) {
        self.0 += number;
    }
}

/// Prints what was seen, line by line, as it takes a while.
pub(crate) fn run(workers: usize, quick: bool) {
    let actors = if quick { ACTORS / 10 } else { ACTORS };
    on_tokio(Place::Workers(workers), async move {
        let before = resident_bytes();
        let says = |about: &str| {
            let (megabytes, each) =
                ((resident_bytes() - before) / 1e6, (resident_bytes() - before) / actors as f64);
            println!("{about}: {megabytes:.0} MB resident, {each:.0} bytes each");
        };
        let system = System::new("million");
        let mut all = Vec::with_capacity(actors);
        let begun = Instant::now();
        for _ in 0..actors {
            all.push(system.spawn(Idle(0)));
            // Each starts before the next is made: else the runtime's queue of a million tasks would be measured.
            tokio::task::yield_now().await;
        }
        println!("{actors} actors spawned in {:.2?}", begun.elapsed());
        says("never used");
        let begun = Instant::now();
        for actor in &all {
            actor.tell(1).await.expect("it lives");
            tokio::task::yield_now().await;
        }
        println!("told a message each in {:.2?}", begun.elapsed());
        says("at work");
        tokio::time::sleep(REST).await;
        says("at rest");
        let begun = Instant::now();
        let report = system.shutdown().await;
        println!("shut down in {:.2?}: {report}", begun.elapsed());
        assert!(report.stopped == actors && report.is_clean(), "{report}");
    });
}
