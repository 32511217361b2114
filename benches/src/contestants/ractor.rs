//! ractor, without `message_span_propogation`, which carries a span in every message. It has no bounded mailbox.

use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};

use crate::harness::{Tally, answer, on_tokio, sum, timed};
use crate::scenario::{CLIENTS, Scenario};

enum Message {
    Add(u64),
    Question(u64, RpcReplyPort<u64>),
    Total(RpcReplyPort<u64>),
}

struct Server;

impl Actor for Server {
    type Msg = Message;
    type State = u64;
    type Arguments = ();

    async fn pre_start(&self, _this: ActorRef<Message>, (): ()) -> Result<u64, ActorProcessingErr> {
        Ok(0)
    }

    async fn handle(
        &self,
        _this: ActorRef<Message>,
        message: Message,
        total: &mut u64,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Add(number) => *total += number,
            Message::Question(number, reply) => reply.send(answer(number))?,
            Message::Total(reply) => reply.send(*total)?,
        }
        Ok(())
    }
}

/// The actor of the spawn scenario.
struct Short;

impl Actor for Short {
    type Msg = u64;
    type State = Tally;
    type Arguments = Tally;

    async fn pre_start(&self, _this: ActorRef<u64>, tally: Tally) -> Result<Tally, ActorProcessingErr> {
        tally.started();
        Ok(tally)
    }

    async fn handle(
        &self,
        _this: ActorRef<u64>,
        number: u64,
        tally: &mut Tally,
    ) -> Result<(), ActorProcessingErr> {
        tally.handled(number);
        Ok(())
    }
}

pub(crate) fn run(scenario: Scenario, count: u64, workers: usize) -> Option<Duration> {
    match scenario {
        Scenario::Tell => Some(on_tokio(workers, tell(count))),
        Scenario::TellBounded => None,
        Scenario::Ask => Some(on_tokio(workers, ask(count))),
        Scenario::AskClients => Some(on_tokio(workers, ask_clients(count))),
        Scenario::Spawn => Some(on_tokio(workers, spawn(count))),
    }
}

async fn start() -> ActorRef<Message> {
    Server::spawn(None, Server, ()).await.unwrap().0
}

async fn tell(count: u64) -> Duration {
    let server = start().await;
    timed(async {
        for number in 1..=count {
            server.cast(Message::Add(number)).unwrap();
        }
        assert_eq!(server.call(Message::Total, None).await.unwrap().unwrap(), sum(count));
    })
    .await
}

async fn question(server: &ActorRef<Message>, number: u64) {
    let answered = server.call(|reply| Message::Question(number, reply), None).await;
    assert_eq!(answered.unwrap().unwrap(), answer(number));
}

async fn ask(count: u64) -> Duration {
    let server = start().await;
    timed(async {
        for number in 1..=count {
            question(&server, number).await;
        }
    })
    .await
}

async fn ask_clients(count: u64) -> Duration {
    let server = start().await;
    timed(async {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let server = server.clone();
                tokio::spawn(async move {
                    for number in 1..=count / CLIENTS {
                        question(&server, number).await;
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
            let (actor, task) = Short::spawn(None, Short, tally.clone()).await.unwrap();
            actor.cast(number).unwrap();
            // `stop` would pass the message by.
            actor.drain().unwrap();
            task.await.unwrap();
        }
    })
    .await;
    tally.check(count);
    took
}
