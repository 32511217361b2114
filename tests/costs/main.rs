//! What messages cost in allocations. A program of its own, since it counts with an allocator of its own.
//!
//! Each scenario runs once before it is counted: an actor keeps the room that its mail has once needed.

use actor_core::{Actor, ActorRef, Context, Handler, Mailbox, System};
use allocation_counter::measure;
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

/// The depth to which a tell costs nothing.
const DEPTH: u64 = 31;

#[derive(Default)]
struct Sum(u64);

struct Add(u64);
/// As much as lies in a mailbox without a box of its own.
struct AddSix([u64; 6]);
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
