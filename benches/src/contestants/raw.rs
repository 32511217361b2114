//! The yardstick: what a careful person writes without a library. An enum, a channel of tokio's, a `oneshot` for each
//! reply, a task. No panic capture, no timeout, no name.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::harness::{Tally, answer, on_tokio, sum, timed};
use crate::scenario::{CLIENTS, ROOM, Scenario};

enum Message {
    Add(u64),
    Question(u64, oneshot::Sender<u64>),
    Total(oneshot::Sender<u64>),
}

#[derive(Default)]
struct Actor {
    total: u64,
}

impl Actor {
    async fn handle(&mut self, message: Message) {
        match message {
            Message::Add(number) => self.total += number,
            // An asker that has gone needs no answer.
            Message::Question(number, reply) => drop(reply.send(answer(number))),
            Message::Total(reply) => drop(reply.send(self.total)),
        }
    }
}

pub(crate) fn run(scenario: Scenario, count: u64, workers: usize) -> Option<Duration> {
    Some(match scenario {
        Scenario::Tell => on_tokio(workers, tell(count)),
        Scenario::TellBounded => on_tokio(workers, tell_bounded(count)),
        Scenario::Ask => on_tokio(workers, ask(count)),
        Scenario::AskClients => on_tokio(workers, ask_clients(count)),
        Scenario::Spawn => on_tokio(workers, spawn(count)),
    })
}

fn start() -> mpsc::UnboundedSender<Message> {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut actor = Actor::default();
        while let Some(message) = receiver.recv().await {
            actor.handle(message).await;
        }
    });
    sender
}

async fn tell(count: u64) -> Duration {
    let actor = start();
    timed(async {
        for number in 1..=count {
            actor.send(Message::Add(number)).ok().unwrap();
        }
        let (reply, total) = oneshot::channel();
        actor.send(Message::Total(reply)).ok().unwrap();
        assert_eq!(total.await.unwrap(), sum(count));
    })
    .await
}

async fn tell_bounded(count: u64) -> Duration {
    let (sender, mut receiver) = mpsc::channel(ROOM);
    tokio::spawn(async move {
        let mut actor = Actor::default();
        while let Some(message) = receiver.recv().await {
            actor.handle(message).await;
        }
    });
    timed(async {
        for number in 1..=count {
            sender.send(Message::Add(number)).await.ok().unwrap();
        }
        let (reply, total) = oneshot::channel();
        sender.send(Message::Total(reply)).await.ok().unwrap();
        assert_eq!(total.await.unwrap(), sum(count));
    })
    .await
}

async fn question(actor: &mpsc::UnboundedSender<Message>, number: u64) {
    let (reply, answered) = oneshot::channel();
    actor.send(Message::Question(number, reply)).ok().unwrap();
    assert_eq!(answered.await.unwrap(), answer(number));
}

async fn ask(count: u64) -> Duration {
    let actor = start();
    timed(async {
        for number in 1..=count {
            question(&actor, number).await;
        }
    })
    .await
}

async fn ask_clients(count: u64) -> Duration {
    let actor = start();
    timed(async {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let actor = actor.clone();
                tokio::spawn(async move {
                    for number in 1..=count / CLIENTS {
                        question(&actor, number).await;
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
    let kept = tally.clone();
    let took = timed(async move {
        for number in 1..=count {
            let (sender, mut receiver) = mpsc::unbounded_channel();
            let tally = tally.clone();
            let task = tokio::spawn(async move {
                tally.started();
                while let Some(number) = receiver.recv().await {
                    tally.handled(number);
                }
            });
            sender.send(number).unwrap();
            drop(sender);
            task.await.unwrap();
        }
    })
    .await;
    kept.check(count);
    took
}
