//! kameo, without default features: its `tracing` feature carries a span in every message.
//!
//! Long because each message needs an implementation for each actor that handles it.

use std::time::Duration;

use kameo::actor::{Actor, ActorRef, Spawn};
use kameo::error::Infallible;
use kameo::mailbox::{bounded, unbounded};
use kameo::message::{Context, Message};

use crate::harness::{Report, Tally, answer, timed, wide};
use crate::library::{self, Ask, Library, ROOM, TIMEOUT, Tell};
use crate::work::{self, Colour, Life, Parent, Span, Station, Sums, Visit};

pub(crate) struct Kameo;

struct Add(u64);
struct AddWide([u64; 32]);
struct Question(u64);
struct Yielding(u64);
struct Total;
struct Crash;

#[derive(Clone, Default)]
pub(crate) struct Server {
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

impl Message<AddWide> for Server {
    type Reply = ();

    async fn handle(&mut self, AddWide(numbers): AddWide, _ctx: &mut Context<Self, ()>) {
        self.total += numbers[31];
    }
}

impl Message<Question> for Server {
    type Reply = u64;

    async fn handle(&mut self, Question(number): Question, _ctx: &mut Context<Self, u64>) -> u64 {
        answer(number)
    }
}

impl Message<Yielding> for Server {
    type Reply = u64;

    async fn handle(&mut self, Yielding(number): Yielding, _ctx: &mut Context<Self, u64>) -> u64 {
        tokio::task::yield_now().await;
        answer(number)
    }
}

impl Message<Total> for Server {
    type Reply = u64;

    async fn handle(&mut self, Total: Total, _ctx: &mut Context<Self, u64>) -> u64 {
        self.total
    }
}

impl Message<Crash> for Server {
    type Reply = ();

    async fn handle(&mut self, Crash: Crash, _ctx: &mut Context<Self, ()>) {
        panic!("a crash that was asked for");
    }
}

/// Supervises a server by its defaults.
struct Keeper;

impl Actor for Keeper {
    type Args = ();
    type Error = Infallible;

    async fn on_start((): (), _this: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

impl Tell for ActorRef<Server> {
    async fn tell(&self, number: u64) {
        ActorRef::tell(self, Add(number)).send().await.unwrap();
    }

    async fn total(&self) -> u64 {
        ActorRef::ask(self, Total).send().await.unwrap()
    }
}

impl Ask for ActorRef<Server> {
    async fn ask(&self, number: u64) -> u64 {
        ActorRef::ask(self, Question(number)).send().await.unwrap()
    }

    async fn ask_within(&self, number: u64) -> u64 {
        ActorRef::ask(self, Question(number)).reply_timeout(TIMEOUT).send().await.unwrap()
    }

    async fn ask_yielding(&self, number: u64) -> u64 {
        ActorRef::ask(self, Yielding(number)).send().await.unwrap()
    }
}

#[derive(Clone)]
pub(crate) struct Wide(ActorRef<Server>);

impl Tell for Wide {
    async fn tell(&self, number: u64) {
        self.0.tell(AddWide(wide(number))).send().await.unwrap();
    }

    async fn total(&self) -> u64 {
        Tell::total(&self.0).await
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

pub(crate) struct Node(Station<ActorRef<Self>>);

struct Connect(ActorRef<Node>);
struct Hop(u64);

impl Actor for Node {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(node: Self, _this: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(node)
    }
}

impl Message<Connect> for Node {
    type Reply = ();

    async fn handle(&mut self, Connect(next): Connect, _ctx: &mut Context<Self, ()>) {
        self.0.next = Some(next);
    }
}

impl Message<Hop> for Node {
    type Reply = ();

    async fn handle(&mut self, Hop(hops): Hop, _ctx: &mut Context<Self, ()>) {
        if let Some((next, left)) = self.0.pass(hops) {
            next.tell(Hop(left)).send().await.unwrap();
        }
    }
}

impl library::Node for ActorRef<Node> {
    async fn connect(&self, next: Self) {
        self.tell(Connect(next)).send().await.unwrap();
    }

    async fn hop(&self, hops: u64) {
        self.tell(Hop(hops)).send().await.unwrap();
    }
}

struct Branch {
    parent: Parent<ActorRef<Self>>,
    sums: Sums,
}

/// Carries the actor's own reference: it lives as long as its children have it.
struct Grow(Span, ActorRef<Branch>);
struct Sum(u64);

impl Actor for Branch {
    type Args = Parent<ActorRef<Self>>;
    type Error = Infallible;

    async fn on_start(parent: Self::Args, _this: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(Self { parent, sums: Sums::default() })
    }
}

impl Branch {
    async fn done(&self, sum: u64) {
        if let Some(parent) = self.parent.told(sum) {
            parent.tell(Sum(sum)).send().await.unwrap();
        }
    }
}

impl Message<Grow> for Branch {
    type Reply = ();

    async fn handle(&mut self, Grow(span, this): Grow, _ctx: &mut Context<Self, ()>) {
        let Some(parts) = span.parts() else { return self.done(span.first).await };
        for part in parts {
            let child = Self::spawn(Parent::Actor(this.clone()));
            child.tell(Grow(part, child.clone())).send().await.unwrap();
        }
    }
}

impl Message<Sum> for Branch {
    type Reply = ();

    async fn handle(&mut self, Sum(sum): Sum, _ctx: &mut Context<Self, ()>) {
        if let Some(sum) = self.sums.add(sum) {
            self.done(sum).await;
        }
    }
}

pub(crate) struct Mall(work::Mall<ActorRef<Creature>>);

struct Enter(ActorRef<Creature>, Colour);

impl Actor for Mall {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(mall: Self, _this: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(mall)
    }
}

impl Message<Enter> for Mall {
    type Reply = ();

    async fn handle(&mut self, Enter(guest, colour): Enter, _ctx: &mut Context<Self, ()>) {
        match self.0.enter(guest, colour) {
            Visit::Waits => {}
            Visit::Meets(pair) => {
                for (creature, other) in pair {
                    creature.tell(Meet(other)).send().await.unwrap();
                }
            }
            Visit::Closed(creature) => creature.tell(Closed).send().await.unwrap(),
        }
    }
}

pub(crate) struct Creature {
    mall: ActorRef<Mall>,
    life: Life,
}

struct Begin;
struct Meet(Colour);
struct Closed;

impl Actor for Creature {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(creature: Self, _this: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(creature)
    }
}

impl Creature {
    async fn enter(&self, ctx: &Context<Self, ()>) {
        self.mall.tell(Enter(ctx.actor_ref().clone(), self.life.colour)).send().await.unwrap();
    }
}

impl Message<Begin> for Creature {
    type Reply = ();

    async fn handle(&mut self, Begin: Begin, ctx: &mut Context<Self, ()>) {
        self.enter(ctx).await;
    }
}

impl Message<Meet> for Creature {
    type Reply = ();

    async fn handle(&mut self, Meet(other): Meet, ctx: &mut Context<Self, ()>) {
        self.life.meet(other);
        self.enter(ctx).await;
    }
}

impl Message<Closed> for Creature {
    type Reply = ();

    async fn handle(&mut self, Closed: Closed, _ctx: &mut Context<Self, ()>) {
        self.life.close();
    }
}

impl library::Creature for ActorRef<Creature> {
    async fn begin(&self) {
        self.tell(Begin).send().await.unwrap();
    }
}

impl Library for Kameo {
    const NAME: &'static str = "kameo";
    const PACKAGE: &'static str = "kameo";

    type Server = ActorRef<Server>;
    type Bounded = ActorRef<Server>;
    type Wide = Wide;
    type Node = ActorRef<Node>;
    type Mall = ActorRef<Mall>;
    type Creature = ActorRef<Creature>;

    fn new() -> Self {
        Self
    }

    /// Its default of 64 just holds the scenario's clients; the room of the others keeps waiting out of the picture.
    async fn server(&self) -> ActorRef<Server> {
        Server::spawn_with_mailbox(Server::default(), bounded(ROOM))
    }

    async fn unbounded(&self) -> ActorRef<Server> {
        Server::spawn_with_mailbox(Server::default(), unbounded())
    }

    async fn bounded(&self) -> Option<ActorRef<Server>> {
        Some(self.server().await)
    }

    async fn wide(&self) -> Wide {
        Wide(self.server().await)
    }

    async fn node(&self, number: u64, report: &Report) -> ActorRef<Node> {
        Node::spawn(Node(Station::new(number, report.clone())))
    }

    async fn live(&self, number: u64, tally: &Tally) {
        let actor = Short::spawn(tally.clone());
        actor.tell(Add(number)).send().await.unwrap();
        actor.stop_gracefully().await.unwrap();
        actor.wait_for_shutdown().await;
    }

    async fn skynet(&self, leaves: u64, report: Report) {
        let root = Branch::spawn(Parent::Scenario(report));
        root.tell(Grow(Span::all(leaves), root.clone())).send().await.unwrap();
    }

    async fn mall(&self, meetings: u64) -> ActorRef<Mall> {
        Mall::spawn(Mall(work::Mall::new(meetings)))
    }

    async fn creature(&self, mall: &ActorRef<Mall>, colour: Colour, report: &Report) -> ActorRef<Creature> {
        Creature::spawn(Creature { mall: mall.clone(), life: Life::new(colour, report.clone()) })
    }

    async fn kill(&self, backlog: u64) -> Option<Duration> {
        let server = self.unbounded().await;
        server.total().await;
        for number in 0..backlog {
            Tell::tell(&server, number).await;
        }
        let killed = timed(async {
            server.kill();
            server.wait_for_shutdown().await;
        });
        Some(killed.await)
    }

    async fn restart(&self, times: u64) -> Option<Duration> {
        let keeper = Keeper::spawn(());
        let server = Server::supervise(&keeper, Server::default());
        let server = server.restart_limit(u32::MAX, Duration::from_secs(1)).spawn().await;
        let restarts = timed(async {
            for _ in 0..times {
                ActorRef::tell(&server, Add(1)).send().await.unwrap();
                ActorRef::tell(&server, Crash).send().await.unwrap();
                // Asks that come while it restarts are sent back.
                while ActorRef::ask(&server, Total).send().await.ok() != Some(0) {
                    tokio::task::yield_now().await;
                }
            }
        });
        Some(restarts.await)
    }
}
