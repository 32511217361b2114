//! kameo, without default features: its `tracing` feature carries a span in every message.

use std::time::Duration;

use kameo::actor::{Actor, ActorRef, Spawn};
use kameo::error::Infallible;
use kameo::mailbox::{MailboxReceiver, MailboxSender, bounded, unbounded};
use kameo::message::{Context, Message};

use crate::harness::{Tally, answer, on_tokio, sum, timed};
use crate::scenario::{CLIENTS, ROOM, Scenario};

struct Add(u64);
struct Question(u64);
struct Total;

#[derive(Default)]
struct Server {
    total: u64,
}

impl Actor for Server {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(server: Self, _this: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(server)
    }
}

impl Message<Add> for Server {
    type Reply = ();

    async fn handle(&mut self, Add(number): Add, _ctx: &mut Context<Self, ()>) {
        self.total += number;
    }
}

impl Message<Question> for Server {
    type Reply = u64;

    async fn handle(&mut self, Question(number): Question, _ctx: &mut Context<Self, u64>) -> u64 {
        answer(number)
    }
}

impl Message<Total> for Server {
    type Reply = u64;

    async fn handle(&mut self, Total: Total, _ctx: &mut Context<Self, u64>) -> u64 {
        self.total
    }
}

/// The actor of the spawn scenario.
struct Short {
    tally: Tally,
}

impl Actor for Short {
    type Args = Tally;
    type Error = Infallible;

    async fn on_start(tally: Tally, _this: ActorRef<Self>) -> Result<Self, Infallible> {
        tally.started();
        Ok(Self { tally })
    }
}

impl Message<Add> for Short {
    type Reply = ();

    async fn handle(&mut self, Add(number): Add, _ctx: &mut Context<Self, ()>) {
        self.tally.handled(number);
    }
}

pub(crate) fn run(scenario: Scenario, count: u64, workers: usize) -> Option<Duration> {
    Some(match scenario {
        Scenario::Tell => on_tokio(workers, tell(count, unbounded())),
        Scenario::TellBounded => on_tokio(workers, tell(count, bounded(ROOM))),
        Scenario::Ask => on_tokio(workers, ask(count)),
        Scenario::AskClients => on_tokio(workers, ask_clients(count)),
        Scenario::Spawn => on_tokio(workers, spawn(count)),
    })
}

async fn tell(count: u64, mailbox: (MailboxSender<Server>, MailboxReceiver<Server>)) -> Duration {
    let server = Server::spawn_with_mailbox(Server::default(), mailbox);
    timed(async {
        for number in 1..=count {
            server.tell(Add(number)).send().await.unwrap();
        }
        assert_eq!(server.ask(Total).send().await.unwrap(), sum(count));
    })
    .await
}

async fn ask(count: u64) -> Duration {
    let server = Server::spawn(Server::default());
    timed(async {
        for number in 1..=count {
            assert_eq!(server.ask(Question(number)).send().await.unwrap(), answer(number));
        }
    })
    .await
}

async fn ask_clients(count: u64) -> Duration {
    // Its default of 64 just holds all clients; the room of the others keeps waiting out of the picture.
    let server = Server::spawn_with_mailbox(Server::default(), bounded(ROOM));
    timed(async {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let server = server.clone();
                tokio::spawn(async move {
                    for number in 1..=count / CLIENTS {
                        assert_eq!(server.ask(Question(number)).send().await.unwrap(), answer(number));
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
    let tally = Tally::default();
    let took = timed(async {
        for number in 1..=count {
            let actor = Short::spawn(tally.clone());
            actor.tell(Add(number)).send().await.unwrap();
            actor.stop_gracefully().await.unwrap();
            actor.wait_for_shutdown().await;
        }
    })
    .await;
    tally.check(count);
    took
}
