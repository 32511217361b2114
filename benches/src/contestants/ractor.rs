//! ractor, without `message_span_propogation`, which carries a span in every message. It has no bounded mailbox.

use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};

use crate::harness::{Report, Tally, answer, timed, wide};
use crate::library::{self, Ask, Library, TIMEOUT, Tell};
use crate::work::{self, Colour, Life, Parent, Span, Station, Sums, Visit};

pub(crate) struct Ractor;

pub(crate) enum Message {
    Add(u64),
    Question(u64, RpcReplyPort<u64>),
    Yielding(u64, RpcReplyPort<u64>),
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
            Message::Yielding(number, reply) => {
                tokio::task::yield_now().await;
                reply.send(answer(number))?;
            }
            Message::Total(reply) => reply.send(*total)?,
        }
        Ok(())
    }
}

impl Tell for ActorRef<Message> {
    async fn tell(&self, number: u64) {
        self.cast(Message::Add(number)).unwrap();
    }

    async fn total(&self) -> u64 {
        self.call(Message::Total, None).await.unwrap().unwrap()
    }
}

impl Ask for ActorRef<Message> {
    async fn ask(&self, number: u64) -> u64 {
        self.call(|reply| Message::Question(number, reply), None).await.unwrap().unwrap()
    }

    async fn ask_within(&self, number: u64) -> u64 {
        self.call(|reply| Message::Question(number, reply), Some(TIMEOUT)).await.unwrap().unwrap()
    }

    async fn ask_yielding(&self, number: u64) -> u64 {
        self.call(|reply| Message::Yielding(number, reply), None).await.unwrap().unwrap()
    }
}

/// An actor of its own, or every message would have 256 bytes.
struct WideServer;

pub(crate) enum Wide {
    Add([u64; 32]),
    Total(RpcReplyPort<u64>),
}

impl Actor for WideServer {
    type Msg = Wide;
    type State = u64;
    type Arguments = ();

    async fn pre_start(&self, _this: ActorRef<Wide>, (): ()) -> Result<u64, ActorProcessingErr> {
        Ok(0)
    }

    async fn handle(
        &self,
        _this: ActorRef<Wide>,
        message: Wide,
        total: &mut u64,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Wide::Add(numbers) => *total += numbers[31],
            Wide::Total(reply) => reply.send(*total)?,
        }
        Ok(())
    }
}

impl Tell for ActorRef<Wide> {
    async fn tell(&self, number: u64) {
        self.cast(Wide::Add(wide(number))).unwrap();
    }

    async fn total(&self) -> u64 {
        self.call(Wide::Total, None).await.unwrap().unwrap()
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

struct Node;

pub(crate) enum Passing {
    Connect(ActorRef<Self>),
    Hop(u64),
}

type Ring = Station<ActorRef<Passing>>;

impl Actor for Node {
    type Msg = Passing;
    type State = Ring;
    type Arguments = Ring;

    async fn pre_start(&self, _this: ActorRef<Passing>, station: Ring) -> Result<Ring, ActorProcessingErr> {
        Ok(station)
    }

    async fn handle(
        &self,
        _this: ActorRef<Passing>,
        message: Passing,
        station: &mut Ring,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Passing::Connect(next) => station.next = Some(next),
            Passing::Hop(hops) => {
                if let Some((next, left)) = station.pass(hops) {
                    next.cast(Passing::Hop(left))?;
                }
            }
        }
        Ok(())
    }
}

impl library::Node for ActorRef<Passing> {
    async fn connect(&self, next: Self) {
        self.cast(Passing::Connect(next)).unwrap();
    }

    async fn hop(&self, hops: u64) {
        self.cast(Passing::Hop(hops)).unwrap();
    }
}

struct Branch;

enum Growth {
    Grow(Span),
    Sum(u64),
}

impl Actor for Branch {
    type Msg = Growth;
    type State = (Parent<ActorRef<Growth>>, Sums);
    type Arguments = Parent<ActorRef<Growth>>;

    async fn pre_start(
        &self,
        _this: ActorRef<Growth>,
        parent: Self::Arguments,
    ) -> Result<Self::State, ActorProcessingErr> {
        Ok((parent, Sums::default()))
    }

    async fn handle(
        &self,
        this: ActorRef<Growth>,
        message: Growth,
        (parent, sums): &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        let sum = match message {
            Growth::Grow(span) => match span.parts() {
                None => Some(span.first),
                Some(parts) => {
                    for part in parts {
                        let (child, _) = Self::spawn(None, Self, Parent::Actor(this.clone())).await?;
                        child.cast(Growth::Grow(part))?;
                    }
                    None
                }
            },
            Growth::Sum(sum) => sums.add(sum),
        };
        if let Some(sum) = sum {
            if let Some(parent) = parent.told(sum) {
                parent.cast(Growth::Sum(sum))?;
            }
            // Dropping its last reference does not end it.
            this.stop(None);
        }
        Ok(())
    }
}

struct Mall;

pub(crate) struct Enter(ActorRef<Meeting>, Colour);

impl Actor for Mall {
    type Msg = Enter;
    type State = work::Mall<ActorRef<Meeting>>;
    type Arguments = Self::State;

    async fn pre_start(
        &self,
        _this: ActorRef<Enter>,
        mall: Self::State,
    ) -> Result<Self::State, ActorProcessingErr> {
        Ok(mall)
    }

    async fn handle(
        &self,
        _this: ActorRef<Enter>,
        Enter(guest, colour): Enter,
        mall: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        match mall.enter(guest, colour) {
            Visit::Waits => {}
            Visit::Meets(pair) => {
                for (creature, other) in pair {
                    creature.cast(Meeting::With(other))?;
                }
            }
            Visit::Closed(creature) => creature.cast(Meeting::Closed)?,
        }
        Ok(())
    }
}

struct Creature;

pub(crate) enum Meeting {
    Begin,
    With(Colour),
    Closed,
}

impl Actor for Creature {
    type Msg = Meeting;
    type State = (ActorRef<Enter>, Life);
    type Arguments = Self::State;

    async fn pre_start(
        &self,
        _this: ActorRef<Meeting>,
        creature: Self::State,
    ) -> Result<Self::State, ActorProcessingErr> {
        Ok(creature)
    }

    async fn handle(
        &self,
        this: ActorRef<Meeting>,
        message: Meeting,
        (mall, life): &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Meeting::Begin => {}
            Meeting::With(other) => life.meet(other),
            Meeting::Closed => {
                life.close();
                return Ok(());
            }
        }
        mall.cast(Enter(this, life.colour))?;
        Ok(())
    }
}

impl library::Creature for ActorRef<Meeting> {
    async fn begin(&self) {
        self.cast(Meeting::Begin).unwrap();
    }
}

impl Library for Ractor {
    const NAME: &'static str = "ractor";
    const PACKAGE: &'static str = "ractor";

    type Server = ActorRef<Message>;
    type Bounded = ActorRef<Message>;
    type Wide = ActorRef<Wide>;
    type Node = ActorRef<Passing>;
    type Mall = ActorRef<Enter>;
    type Creature = ActorRef<Meeting>;

    fn new() -> Self {
        Self
    }

    async fn server(&self) -> ActorRef<Message> {
        Server::spawn(None, Server, ()).await.unwrap().0
    }

    async fn unbounded(&self) -> ActorRef<Message> {
        self.server().await
    }

    async fn bounded(&self) -> Option<ActorRef<Message>> {
        None
    }

    async fn wide(&self) -> ActorRef<Wide> {
        WideServer::spawn(None, WideServer, ()).await.unwrap().0
    }

    async fn node(&self, number: u64, report: &Report) -> ActorRef<Passing> {
        Node::spawn(None, Node, Station::new(number, report.clone())).await.unwrap().0
    }

    async fn live(&self, number: u64, tally: &Tally) {
        let (actor, task) = Short::spawn(None, Short, tally.clone()).await.unwrap();
        actor.cast(number).unwrap();
        // `stop` would pass the message by.
        actor.drain().unwrap();
        task.await.unwrap();
    }

    async fn skynet(&self, leaves: u64, report: Report) {
        let (root, _) = Branch::spawn(None, Branch, Parent::Scenario(report)).await.unwrap();
        root.cast(Growth::Grow(Span::all(leaves))).unwrap();
    }

    async fn mall(&self, meetings: u64) -> ActorRef<Enter> {
        Mall::spawn(None, Mall, work::Mall::new(meetings)).await.unwrap().0
    }

    async fn creature(&self, mall: &ActorRef<Enter>, colour: Colour, report: &Report) -> ActorRef<Meeting> {
        let creature = (mall.clone(), Life::new(colour, report.clone()));
        Creature::spawn(None, Creature, creature).await.unwrap().0
    }

    async fn kill(&self, backlog: u64) -> Option<Duration> {
        let (server, task) = Server::spawn(None, Server, ()).await.unwrap();
        server.total().await;
        for number in 0..backlog {
            server.tell(number).await;
        }
        let killed = timed(async {
            server.kill();
            task.await.unwrap();
        });
        Some(killed.await)
    }
}
