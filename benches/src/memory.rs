//! What messages allocate and what idle actors keep, on one thread with nothing beside it.

use std::process::Command;
use std::time::Duration;
use tokio::task::unconstrained;

use crate::allocator;
use crate::harness::{Place, answer};
use crate::library::{Ask, Library, Tell};

/// Messages that are queued at once where the queue is short.
const SHORT: u64 = 31;

/// Messages that are queued at once where it is long.
const LONG: u64 = 100_000;

/// How often each is repeated.
const TIMES: u64 = 100;

/// Actors whose bytes the allocator counts; enough to make what all share vanish.
const COUNTED: u64 = 10_000;

/// Actors of which the process is seen to grow: by pages, so there are more of them.
const RESIDENT: u64 = 50_000;

/// "A second of rest", and what a clock is late.
const REST: Duration = Duration::from_millis(1_200);

/// Names of what [`allocations`], [`counted`] and [`resident`] measure, in this order.
pub(crate) const ROWS: [&str; 7] = [
    "heap allocations per tell, 31 queued",
    "heap allocations per tell, 100,000 queued",
    "heap allocations per ask",
    "bytes per idle actor, never used, by allocator",
    "bytes per idle actor, after a message and a second, by allocator",
    "bytes per idle actor, never used, resident",
    "bytes per idle actor, after a message and a second, resident",
];

/// How a library fares in each of the [`ROWS`].
pub(crate) fn rows<L: Library>() -> [Option<f64>; 7] {
    let [tell, backlog, ask] = split(L::run(Place::Here, allocations::<L>()));
    let [fresh, rested] = split(L::run(Place::Here, counted::<L>()));
    let [new_pages, pages] = split(resident_elsewhere(L::NAME));
    [tell, backlog, ask, fresh, rested, new_pages, pages]
}

fn split<const N: usize>(values: Option<[f64; N]>) -> [Option<f64>; N] {
    values.map_or([None; N], |values| values.map(Some))
}

/// Lets the actors of this thread run until they have nothing to do, as they soon have with so little queued.
async fn settle() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

async fn allocations<L: Library>() -> Option<[f64; 3]> {
    let library = L::new();
    let server = library.unbounded().await;
    let burst = async || {
        for number in 1..=SHORT {
            server.tell(number).await;
        }
        settle().await;
    };
    // Whatever is kept for the next time is there after the second.
    burst().await;
    burst().await;
    allocator::begin();
    for _ in 0..TIMES {
        burst().await;
    }
    let tells = allocator::end();

    allocator::begin();
    // Else a tell that takes part in tokio's budget would let the receiver run.
    unconstrained(async {
        for number in 1..=LONG {
            server.tell(number).await;
        }
    })
    .await;
    let backlog = allocator::end();
    server.total().await;

    let server = library.server().await;
    let asks = async || {
        for number in 1..=TIMES {
            assert_eq!(server.ask(number).await, answer(number));
        }
    };
    asks().await;
    allocator::begin();
    asks().await;
    let asked = allocator::end();

    Some([
        tells.allocations as f64 / (SHORT * TIMES) as f64,
        backlog.allocations as f64 / LONG as f64,
        asked.allocations as f64 / TIMES as f64,
    ])
}

async fn counted<L: Library>() -> Option<[f64; 2]> {
    idle::<L>(COUNTED, allocator::begin, || allocator::so_far().bytes as f64).await
}

/// Measures in this process, which has done nothing else.
pub(crate) fn resident<L: Library>() -> Option<[f64; 2]> {
    L::run(Place::Here, idle::<L>(RESIDENT, || (), resident_bytes))
}

/// Makes actors, and takes what they cost when they have started and again when they have rested after a message.
async fn idle<L: Library>(
    actors: u64,
    begin: impl FnOnce() + Send,
    cost: impl Fn() -> f64 + Send,
) -> Option<[f64; 2]> {
    let library = L::new();
    // The first actor pays for what all share.
    let first = library.server().await;
    first.total().await;
    let mut servers = Vec::with_capacity(actors as usize);
    servers.resize(actors as usize, None);
    begin();
    let before = cost();
    for server in &mut servers {
        *server = Some(library.server().await);
    }
    settle().await;
    let fresh = cost();
    for server in servers.iter().flatten() {
        server.tell(1).await;
    }
    settle().await;
    tokio::time::sleep(REST).await;
    let rested = cost();
    allocator::end();
    for server in servers.iter().flatten() {
        assert_eq!(server.total().await, 1);
    }
    Some([fresh, rested].map(|cost| (cost - before) / actors as f64))
}

/// In a fresh process, where no earlier memory is used again.
fn resident_elsewhere(name: &str) -> Option<[f64; 2]> {
    let own = std::env::current_exe().ok()?;
    let output = Command::new(own).args(["resident", name]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut numbers = text.split_whitespace().map(str::parse);
    Some([numbers.next()?.ok()?, numbers.next()?.ok()?])
}

/// As Linux tells; 0 elsewhere.
pub(crate) fn resident_bytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() * 1024.0
}
