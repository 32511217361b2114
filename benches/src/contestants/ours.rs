//! Us, as users get it: panic capture, the default timeout, statistics, tracing compiled in without a subscriber.

use std::time::Duration;

use actor_core::{Actor, BoxError, Context, Handler, Mailbox, System};

use crate::harness::{Tally, answer, on_tokio, sum, timed};
use crate::scenario::{CLIENTS, ROOM, Scenario};

struct Add(u64);
struct Question(u64);
struct Total;

#[derive(Default)]
struct Server {
    total: u64,
}

impl Actor for Server {}

impl Handler<Add> for Server {
    type Reply = ();

    async fn handle(&mut self, Add(number): Add, _ctx: &mut Context<Self>) {
        self.total += number;
    }
}

impl Handler<Question> for Server {
    type Reply = u64;

    async fn handle(&mut self, Question(number): Question, _ctx: &mut Context<Self>) -> u64 {
        answer(number)
    }
}

impl Handler<Total> for Server {
    type Reply = u64;

    async fn handle(&mut self, Total: Total, _ctx: &mut Context<Self>) -> u64 {
        self.total
    }
}

/// The actor of the spawn scenario.
struct Short {
    tally: Tally,
}

impl Actor for Short {
    async fn on_start(&mut self, _ctx: &mut Context<Self>) -> Result<(), BoxError> {
        self.tally.started();
        Ok(())
    }
}

impl Handler<Add> for Short {
    type Reply = ();

    async fn handle(&mut self, Add(number): Add, _ctx: &mut Context<Self>) {
        self.tally.handled(number);
    }
}

pub(crate) fn run(scenario: Scenario, count: u64, workers: usize) -> Option<Duration> {
    Some(match scenario {
        Scenario::Tell => on_tokio(workers, tell(count, Mailbox::unbounded())),
        Scenario::TellBounded => on_tokio(workers, tell(count, Mailbox::bounded(ROOM))),
        Scenario::Ask => on_tokio(workers, ask(count)),
        Scenario::AskClients => on_tokio(workers, ask_clients(count)),
        Scenario::Spawn => on_tokio(workers, spawn(count)),
    })
}

async fn tell(count: u64, mailbox: Mailbox) -> Duration {
    let system = System::new("benches");
    let server = system.build(Server::default()).mailbox(mailbox).spawn().unwrap();
    timed(async {
        for number in 1..=count {
            server.tell(Add(number)).await.unwrap();
        }
        assert_eq!(server.ask(Total).await.unwrap(), sum(count));
    })
    .await
}

async fn ask(count: u64) -> Duration {
    let system = System::new("benches");
    let server = system.spawn(Server::default());
    timed(async {
        for number in 1..=count {
            assert_eq!(server.ask(Question(number)).await.unwrap(), answer(number));
        }
    })
    .await
}

async fn ask_clients(count: u64) -> Duration {
    let system = System::new("benches");
    let server = system.spawn(Server::default());
    timed(async {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let server = server.clone();
                tokio::spawn(async move {
                    for number in 1..=count / CLIENTS {
                        assert_eq!(server.ask(Question(number)).await.unwrap(), answer(number));
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
    })
    .await
}

async fn spawn(count: u64) -> Duration {
    let system = System::new("benches");
    let tally = Tally::default();
    let took = timed(async {
        for number in 1..=count {
            let actor = system.spawn(Short { tally: tally.clone() });
            actor.tell(Add(number)).await.unwrap();
            actor.drain();
            actor.stopped().await;
        }
    })
    .await;
    tally.check(count);
    took
}
