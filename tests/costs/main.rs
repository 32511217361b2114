//! What messages cost in allocations. A program of its own, since it counts with an allocator of its own.
//!
//! Each scenario runs once before it is counted: an actor keeps the room that its mail has once needed.

use std::time::Duration;

use actor_core::{Actor, ActorRef, Context, Handler, Mailbox, System};
use allocation_counter::measure;
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tokio::time::sleep;

/// The depth to which a tell costs nothing.
const DEPTH: u64 = 31;

#[derive(Default)]
struct Sum(u64);

struct Add(u64);
/// As much as lies in a mailbox without a box of its own.
struct AddSix([u64; 6]);
struct Look;
struct Total;
/// A handler that waits once.
struct Slowly(u64);

impl Actor for Sum {}

impl Handler<Add> for Sum {
    type Reply = ();

    async fn handle(&mut self, Add(number): Add, _ctx: &mut Context<Self>) {
        self.0 += number;
    }
}

impl Handler<AddSix> for Sum {
    type Reply = ();

    async fn handle(&mut self, AddSix(numbers): AddSix, _ctx: &mut Context<Self>) {
        self.0 += numbers.iter().sum::<u64>();
    }
}

impl Handler<Look> for Sum {
    type Reply = u64;
    const INLINE: bool = true;

    async fn handle(&mut self, Look: Look, _ctx: &mut Context<Self>) -> u64 {
        self.0
    }
}

impl Handler<Total> for Sum {
    type Reply = u64;

    async fn handle(&mut self, Total: Total, _ctx: &mut Context<Self>) -> u64 {
        self.0
    }
}

impl Handler<Slowly> for Sum {
    type Reply = u64;

    async fn handle(&mut self, Slowly(number): Slowly, _ctx: &mut Context<Self>) -> u64 {
        yield_now().await;
        self.0 += number;
        self.0
    }
}

/// How often the allocator is called while `scenario` runs for the second time.
fn allocations(scenario: impl AsyncFn(&ActorRef<Sum>)) -> u64 {
    let runtime: Runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let (system, sum) = runtime.block_on(async {
        let system = System::new("costs");
        let sum = system.build(Sum::default()).mailbox(Mailbox::unbounded()).spawn().unwrap();
        (system, sum)
    });
    runtime.block_on(scenario(&sum));
    let [nothing, counted] = [
        measure(|| runtime.block_on(yield_now())).count_total,
        measure(|| {
            runtime.block_on(async {
                yield_now().await;
                scenario(&sum).await;
            });
        })
        .count_total,
    ];
    runtime.block_on(system.shutdown());
    // Entered anew, the runtime allocates for the first task that gives way.
    counted - nothing
}

async fn until_handled(sum: &ActorRef<Sum>) {
    while sum.queue_len() > 0 {
        yield_now().await;
    }
    yield_now().await;
}

#[test]
fn a_tell_costs_no_allocation() {
    let told = allocations(async |sum| {
        for _ in 0..10 {
            for number in 0..DEPTH {
                sum.tell(Add(number)).await.unwrap();
            }
            until_handled(sum).await;
        }
    });
    assert_eq!(told, 0);
}

#[test]
fn nor_does_a_message_of_six_words_or_a_try() {
    let told = allocations(async |sum| {
        for number in 0..DEPTH {
            sum.try_tell(AddSix([number; 6])).unwrap();
        }
        until_handled(sum).await;
    });
    assert_eq!(told, 0);
}

#[test]
fn an_ask_costs_one_allocation_whether_its_handler_waits_or_not() {
    const ASKS: u64 = 100;
    let asked = allocations(async |sum| {
        for _ in 0..ASKS {
            sum.ask(Total).await.unwrap();
        }
    });
    assert_eq!(asked, ASKS);
    let asked = allocations(async |sum| {
        for number in 0..ASKS {
            sum.ask(Slowly(number)).await.unwrap();
        }
    });
    assert_eq!(asked, ASKS);
}

#[test]
fn an_ask_that_is_handled_inline_costs_none() {
    let asked = allocations(async |sum| {
        for _ in 0..100 {
            sum.ask(Look).await.unwrap();
        }
    });
    assert_eq!(asked, 0);
}

/// Bytes that an actor takes once it has handled a message and rested for so long.
fn bytes_after(rest: Duration) -> u64 {
    const ACTORS: u64 = 1_000;
    let runtime: Runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (system, mut kept) =
        runtime.block_on(async { (System::new("costs"), Vec::with_capacity(2 * ACTORS as usize)) });
    let mut used = || {
        runtime.block_on(async {
            for number in 0..ACTORS {
                let sum = system.spawn(Sum::default());
                sum.tell(Add(number)).await.unwrap();
                kept.push(sum);
            }
            sleep(rest).await;
        });
    };
    // What all share grows to its size.
    used();
    let bytes = measure(used).bytes_current as u64 / ACTORS;
    runtime.block_on(system.shutdown());
    bytes
}

#[test]
fn an_actor_that_has_rested_for_a_second_gives_the_memory_of_its_mailbox_back() {
    let [at_work, at_rest] = [200, 1_200].map(Duration::from_millis).map(bytes_after);
    assert!(at_rest < 1_000, "{at_rest}");
    assert!(at_rest + 300 < at_work, "{at_rest} of {at_work}");
}

/// What the allocator is asked for while so many actors are spawned and started, for each of them.
fn each_of(actors: u64) -> (u64, u64) {
    let runtime: Runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let (system, mut kept) =
        runtime.block_on(async { (System::new("costs"), Vec::with_capacity(2 * actors as usize)) });
    let mut spawn_all = || {
        runtime.block_on(async {
            for _ in 0..actors {
                kept.push(system.spawn(Sum::default()));
                yield_now().await;
            }
            yield_now().await;
        });
    };
    // What all share grows to its size.
    spawn_all();
    let spawned = measure(spawn_all);
    runtime.block_on(system.shutdown());
    (spawned.count_total / actors, spawned.bytes_current as u64 / actors)
}

#[test]
fn an_actor_that_was_never_used_is_three_allocations_and_less_than_950_bytes() {
    let (allocations, bytes) = each_of(1_000);
    assert_eq!(allocations, 3, "the logical actor, its owner's count and its task");
    assert!(bytes < 950, "{bytes}");
}

#[test]
fn a_spawn_a_message_and_a_stop_are_five_allocations() {
    const LIVES: u64 = 100;
    let runtime: Runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let system = runtime.block_on(async { System::new("costs") });
    let lives = || {
        runtime.block_on(async {
            for number in 0..LIVES {
                let sum = system.spawn(Sum::default());
                sum.tell(Add(number)).await.unwrap();
                sum.drain();
                sum.stopped().await;
            }
        });
    };
    lives();
    let allocations = measure(lives).count_total / LIVES;
    runtime.block_on(system.shutdown());
    assert_eq!(allocations, 5, "the actor's three, room for its mail and for its handler");
}
