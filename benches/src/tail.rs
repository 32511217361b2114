//! What stands beside the means: how long the slowest asks take under load, how fast an actor dies that has much to do, and
//! how soon its successor answers.

use std::time::{Duration, Instant};

use crate::harness::{Place, answer};
use crate::library::{Ask, Library};

/// Clients that ask one actor, each as soon as it has its answer.
const CLIENTS: u64 = 64;

/// Asks of each. All together are enough for a thousandth of them to be some.
const ASKS: u64 = 500;

/// What is queued when the order to kill comes.
const BACKLOG: u64 = 100_000;

const RESTARTS: u64 = 100;

/// What [`rows`] measures, in nanoseconds.
pub(crate) const ROWS: [&str; 5] = [
    "ask, 64 clients, median",
    "ask, 64 clients, p99",
    "ask, 64 clients, p99.9",
    "kill to dead, 100,000 queued",
    "panic to the successor's answer",
];

/// One round.
pub(crate) fn rows<L: Library>(place: Place) -> [Option<f64>; 5] {
    let nanos = |took: Option<Duration>| took.map(|took| took.as_nanos() as f64);
    let [median, high, highest] = match L::run(place, latencies::<L>()) {
        Some(latencies) => latencies.map(|latency| nanos(Some(latency))),
        None => [None; 3],
    };
    let kill = L::run(place, async { L::new().kill(BACKLOG).await });
    let restarts = L::run(place, async { L::new().restart(RESTARTS).await });
    [median, high, highest, nanos(kill), nanos(restarts.map(|took| took / RESTARTS as u32))]
}

async fn latencies<L: Library>() -> Option<[Duration; 3]> {
    let library = L::new();
    let server = library.server().await;
    let client = |_| {
        let server = server.clone();
        L::task(async move {
            let mut latencies = Vec::with_capacity(ASKS as usize);
            for number in 1..=ASKS {
                let begun = Instant::now();
                assert_eq!(server.ask(number).await, answer(number));
                latencies.push(begun.elapsed());
            }
            latencies
        })
    };
    let clients: Vec<_> = (0..CLIENTS).map(client).collect();
    let mut latencies = Vec::new();
    for client in clients {
        latencies.extend(client.await.unwrap());
    }
    latencies.sort_unstable();
    Some([0.5, 0.99, 0.999].map(|part| latencies[(latencies.len() as f64 * part) as usize]))
}
