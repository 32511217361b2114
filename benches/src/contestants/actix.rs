//! actix, on the one thread that its actors live on: it takes no part with more workers.
//!
//! Its handlers are plain functions, and nothing of it crosses threads; that is what it is built for, and why it is fast.

use std::future::Future;
use std::time::Duration;

use actix::ActorContext;
use actix::prelude::{Actor, Addr, Context, Handler, Message, SendError, System};
use tokio::sync::oneshot;

use crate::harness::{Tally, answer, sum, timed};
use crate::scenario::{CLIENTS, ROOM, Scenario};

struct Add(u64);
struct Question(u64);
struct Total;
struct Stop(oneshot::Sender<()>);

impl Message for Add {
    type Result = ();
}

impl Message for Question {
    type Result = u64;
}

impl Message for Total {
    type Result = u64;
}

impl Message for Stop {
    type Result = ();
}

#[derive(Default)]
struct Server {
    total: u64,
}

impl Actor for Server {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(ROOM);
    }
}

impl Handler<Add> for Server {
    type Result = ();

    fn handle(&mut self, Add(number): Add, _ctx: &mut Context<Self>) {
        self.total += number;
    }
}

impl Handler<Question> for Server {
    type Result = u64;

    fn handle(&mut self, Question(number): Question, _ctx: &mut Context<Self>) -> u64 {
        answer(number)
    }
}

impl Handler<Total> for Server {
    type Result = u64;

    fn handle(&mut self, Total: Total, _ctx: &mut Context<Self>) -> u64 {
        self.total
    }
}

/// The actor of the spawn scenario.
struct Short {
    tally: Tally,
    ended: Option<oneshot::Sender<()>>,
}

impl Actor for Short {
    type Context = Context<Self>;

    fn started(&mut self, _ctx: &mut Context<Self>) {
        self.tally.started();
    }

    fn stopped(&mut self, _ctx: &mut Context<Self>) {
        if let Some(ended) = self.ended.take() {
            ended.send(()).unwrap();
        }
    }
}

impl Handler<Add> for Short {
    type Result = ();

    fn handle(&mut self, Add(number): Add, _ctx: &mut Context<Self>) {
        self.tally.handled(number);
    }
}

impl Handler<Stop> for Short {
    type Result = ();

    fn handle(&mut self, Stop(ended): Stop, ctx: &mut Context<Self>) {
        self.ended = Some(ended);
        ctx.stop();
    }
}

pub(crate) fn run(scenario: Scenario, count: u64, workers: usize) -> Option<Duration> {
    if workers > 1 {
        return None;
    }
    Some(match scenario {
        Scenario::Tell => on_actix(tell(count)),
        Scenario::TellBounded => on_actix(tell_bounded(count)),
        Scenario::Ask => on_actix(ask(count)),
        Scenario::AskClients => on_actix(ask_clients(count)),
        Scenario::Spawn => on_actix(spawn(count)),
    })
}

/// Drives from a task beside its actors, as the others do.
fn on_actix(run: impl Future<Output = Duration> + 'static) -> Duration {
    System::new()
        .block_on(async { tokio::task::spawn_local(run).await.expect("the contestant does not panic") })
}

async fn tell(count: u64) -> Duration {
    let server = Server::default().start();
    timed(async {
        for number in 1..=count {
            // Heeds no bound.
            server.do_send(Add(number));
        }
        assert_eq!(server.send(Total).await.unwrap(), sum(count));
    })
    .await
}

async fn tell_bounded(count: u64) -> Duration {
    let server = Server::default().start();
    timed(async {
        for number in 1..=count {
            tell_waiting(&server, Add(number)).await;
        }
        assert_eq!(server.send(Total).await.unwrap(), sum(count));
    })
    .await
}

/// It has no tell that waits. Its quickest substitute on one thread is to let the actor run.
async fn tell_waiting(server: &Addr<Server>, mut message: Add) {
    while let Err(refused) = server.try_send(message) {
        match refused {
            SendError::Full(back) => message = back,
            SendError::Closed(_) => panic!("the actor is alive"),
        }
        tokio::task::yield_now().await;
    }
}

async fn ask(count: u64) -> Duration {
    let server = Server::default().start();
    timed(async {
        for number in 1..=count {
            assert_eq!(server.send(Question(number)).await.unwrap(), answer(number));
        }
    })
    .await
}

async fn ask_clients(count: u64) -> Duration {
    let server = Server::default().start();
    timed(async {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let server = server.clone();
                tokio::task::spawn_local(async move {
                    for number in 1..=count / CLIENTS {
                        assert_eq!(server.send(Question(number)).await.unwrap(), answer(number));
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
            let actor = Short { tally: tally.clone(), ended: None }.start();
            actor.do_send(Add(number));
            let (ended, end) = oneshot::channel();
            actor.do_send(Stop(ended));
            end.await.unwrap();
        }
    })
    .await;
    tally.check(count);
    took
}
