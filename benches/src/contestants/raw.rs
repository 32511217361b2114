//! The yardstick: what a careful person writes without a library. An enum, a channel of tokio's, a `oneshot` for each
//! reply, a task. No panic capture, no timeout, no name.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::harness::{Report, Tally, answer, timed, wide};
use crate::library::{self, Ask, Library, ROOM, Tell};
use crate::work::{self, Colour, Life, Parent, Span, Station, Sums, Visit};

pub(crate) struct Raw;

pub(crate) enum Message {
    Add(u64),
    Question(u64, oneshot::Sender<u64>),
    Yielding(u64, oneshot::Sender<u64>),
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
            Message::Question(number, reply) => _ = reply.send(answer(number)),
            Message::Yielding(number, reply) => {
                tokio::task::yield_now().await;
                let _ = reply.send(answer(number));
            }
            Message::Total(reply) => _ = reply.send(self.total),
        }
    }
}

fn start() -> (mpsc::UnboundedSender<Message>, JoinHandle<()>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        let mut actor = Actor::default();
        while let Some(message) = receiver.recv().await {
            actor.handle(message).await;
        }
    });
    (sender, task)
}

async fn asked<M>(actor: &mpsc::UnboundedSender<M>, message: impl FnOnce(oneshot::Sender<u64>) -> M) -> u64 {
    let (reply, answered) = oneshot::channel();
    actor.send(message(reply)).ok().unwrap();
    answered.await.unwrap()
}

impl Tell for mpsc::UnboundedSender<Message> {
    async fn tell(&self, number: u64) {
        self.send(Message::Add(number)).ok().unwrap();
    }

    async fn total(&self) -> u64 {
        asked(self, Message::Total).await
    }
}

impl Ask for mpsc::UnboundedSender<Message> {
    async fn ask(&self, number: u64) -> u64 {
        asked(self, |reply| Message::Question(number, reply)).await
    }

    async fn ask_yielding(&self, number: u64) -> u64 {
        asked(self, |reply| Message::Yielding(number, reply)).await
    }
}

impl Tell for mpsc::Sender<Message> {
    async fn tell(&self, number: u64) {
        self.send(Message::Add(number)).await.ok().unwrap();
    }

    async fn total(&self) -> u64 {
        let (reply, total) = oneshot::channel();
        self.send(Message::Total(reply)).await.ok().unwrap();
        total.await.unwrap()
    }
}

/// A channel of its own, or every message would have 256 bytes.
pub(crate) enum Wide {
    Add([u64; 32]),
    Total(oneshot::Sender<u64>),
}

impl Tell for mpsc::Sender<Wide> {
    async fn tell(&self, number: u64) {
        self.send(Wide::Add(wide(number))).await.ok().unwrap();
    }

    async fn total(&self) -> u64 {
        let (reply, total) = oneshot::channel();
        self.send(Wide::Total(reply)).await.ok().unwrap();
        total.await.unwrap()
    }
}

#[derive(Clone)]
pub(crate) struct Node(mpsc::UnboundedSender<Passing>);

enum Passing {
    Connect(Node),
    Hop(u64),
}

impl library::Node for Node {
    async fn connect(&self, next: Self) {
        self.0.send(Passing::Connect(next)).ok().unwrap();
    }

    async fn hop(&self, hops: u64) {
        self.0.send(Passing::Hop(hops)).ok().unwrap();
    }
}

type Branch = mpsc::UnboundedSender<Growth>;

enum Growth {
    Grow(Span, Branch),
    Sum(u64),
}

fn branch(parent: Parent<Branch>) -> Branch {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut sums = Sums::default();
        while let Some(message) = receiver.recv().await {
            let sum = match message {
                Growth::Grow(span, me) => grow(span, &me),
                Growth::Sum(sum) => sums.add(sum),
            };
            if let Some(parent) = sum.and_then(|sum| Some((parent.told(sum)?, sum))) {
                parent.0.send(Growth::Sum(parent.1)).ok().unwrap();
            }
        }
    });
    sender
}

/// Its sum, if it is a leaf.
fn grow(span: Span, me: &Branch) -> Option<u64> {
    let Some(parts) = span.parts() else { return Some(span.first) };
    for part in parts {
        let child = branch(Parent::Actor(me.clone()));
        child.send(Growth::Grow(part, child.clone())).ok().unwrap();
    }
    None
}

type Hall = mpsc::UnboundedSender<Entering>;

pub(crate) struct Entering(mpsc::UnboundedSender<Meeting>, Colour);

pub(crate) enum Meeting {
    Begin,
    With(Colour),
    Closed,
}

pub(crate) struct Creature(mpsc::UnboundedSender<Meeting>);

impl library::Creature for Creature {
    async fn begin(&self) {
        self.0.send(Meeting::Begin).ok().unwrap();
    }
}

impl Library for Raw {
    const NAME: &'static str = "raw";
    const PACKAGE: &'static str = "tokio";

    type Server = mpsc::UnboundedSender<Message>;
    type Bounded = mpsc::Sender<Message>;
    type Wide = mpsc::Sender<Wide>;
    type Node = Node;
    type Mall = Hall;
    type Creature = Creature;

    fn new() -> Self {
        Self
    }

    async fn server(&self) -> Self::Server {
        start().0
    }

    async fn unbounded(&self) -> Self::Server {
        start().0
    }

    async fn bounded(&self) -> Option<Self::Bounded> {
        let (sender, mut receiver) = mpsc::channel(ROOM);
        tokio::spawn(async move {
            let mut actor = Actor::default();
            while let Some(message) = receiver.recv().await {
                actor.handle(message).await;
            }
        });
        Some(sender)
    }

    async fn wide(&self) -> Self::Wide {
        let (sender, mut receiver) = mpsc::channel(ROOM);
        tokio::spawn(async move {
            let mut total = 0;
            while let Some(message) = receiver.recv().await {
                match message {
                    Wide::Add(numbers) => total += numbers[31],
                    Wide::Total(reply) => _ = reply.send(total),
                }
            }
        });
        sender
    }

    async fn node(&self, number: u64, report: &Report) -> Node {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let mut station = Station::new(number, report.clone());
        tokio::spawn(async move {
            while let Some(message) = receiver.recv().await {
                match message {
                    Passing::Connect(next) => station.next = Some(next),
                    Passing::Hop(hops) => {
                        if let Some((Node(next), left)) = station.pass(hops) {
                            next.send(Passing::Hop(left)).ok().unwrap();
                        }
                    }
                }
            }
        });
        Node(sender)
    }

    async fn live(&self, number: u64, tally: &Tally) {
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

    async fn skynet(&self, leaves: u64, report: Report) {
        let root = branch(Parent::Scenario(report));
        root.send(Growth::Grow(Span::all(leaves), root.clone())).ok().unwrap();
    }

    async fn mall(&self, meetings: u64) -> Hall {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let mut mall = work::Mall::new(meetings);
        tokio::spawn(async move {
            while let Some(Entering(guest, colour)) = receiver.recv().await {
                match mall.enter(guest, colour) {
                    Visit::Waits => {}
                    Visit::Meets(pair) => {
                        for (creature, other) in pair {
                            creature.send(Meeting::With(other)).ok().unwrap();
                        }
                    }
                    Visit::Closed(creature) => creature.send(Meeting::Closed).ok().unwrap(),
                }
            }
        });
        sender
    }

    async fn creature(&self, mall: &Hall, colour: Colour, report: &Report) -> Creature {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let (mall, me) = (mall.clone(), sender.clone());
        let mut life = Life::new(colour, report.clone());
        tokio::spawn(async move {
            while let Some(message) = receiver.recv().await {
                match message {
                    Meeting::Begin => {}
                    Meeting::With(other) => life.meet(other),
                    Meeting::Closed => {
                        life.close();
                        continue;
                    }
                }
                mall.send(Entering(me.clone(), life.colour)).ok().unwrap();
            }
        });
        Creature(sender)
    }

    /// Aborts the task, and waits until it has dropped its mailbox.
    async fn kill(&self, backlog: u64) -> Option<Duration> {
        let (actor, task) = start();
        actor.total().await;
        for number in 0..backlog {
            actor.tell(number).await;
        }
        let killed = timed(async {
            task.abort();
            let _ = task.await;
        });
        Some(killed.await)
    }

    /// Catches the panic around each message and starts with a new state: what the careful person would add first.
    async fn restart(&self, times: u64) -> Option<Duration> {
        let (sender, mut receiver) = mpsc::unbounded_channel::<Option<oneshot::Sender<u64>>>();
        tokio::spawn(async move {
            let mut life = 1;
            while let Some(message) = receiver.recv().await {
                let handle = || match message {
                    Some(reply) => _ = reply.send(life),
                    None => std::panic::panic_any("a crash that was asked for"),
                };
                if catch_unwind(AssertUnwindSafe(handle)).is_err() {
                    life += 1;
                }
            }
        });
        let restarts = timed(async {
            for time in 1..=times {
                sender.send(None).ok().unwrap();
                assert_eq!(asked(&sender, Some).await, time + 1);
            }
        });
        Some(restarts.await)
    }
}
