//! coerce, without metrics and tracing features. It has no bounded mailbox, and no timeout of its own.
//!
//! Its actors are anonymous ones, which no scheduler keeps track of, and have numbers for ids, since making an id of its own
//! is dearer.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use coerce::actor::context::ActorContext;
use coerce::actor::message::{Handler, Message};
use coerce::actor::scheduler::ActorType;
use coerce::actor::system::ActorSystem;
use coerce::actor::{Actor, LocalActorRef};

use crate::harness::{Report, Tally, answer, wide};
use crate::library::{self, Ask, Library, Tell};
use crate::work::{self, Colour, Life, Parent, Span, Station, Sums, Visit};

pub(crate) struct Coerce {
    system: ActorSystem,
}

/// Returns when the actor has started.
async fn start<A: Actor>(system: &ActorSystem, actor: A) -> LocalActorRef<A> {
    // Unique, and no more: nobody looks anonymous actors up.
    static ID: AtomicU64 = AtomicU64::new(0);
    let id = ID.fetch_add(1, Ordering::Relaxed);
    system.new_actor(id, actor, ActorType::Anonymous).await.unwrap()
}

macro_rules! messages {
    ($($message:ty => $reply:ty),* $(,)?) => {
        $(impl Message for $message { type Result = $reply; })*
    };
}

messages! {
    Add => (), AddWide => (), Question => u64, Yielding => u64, Total => u64,
    Connect => (), Hop => (), Grow => (), Sum => (), Enter => (), Begin => (), Meet => (), Closed => (),
}

struct Add(u64);
struct AddWide([u64; 32]);
struct Question(u64);
struct Yielding(u64);
struct Total;

#[derive(Default)]
pub(crate) struct Server {
    total: u64,
}

impl Actor for Server {}

#[async_trait]
impl Handler<Add> for Server {
    async fn handle(&mut self, Add(number): Add, _ctx: &mut ActorContext) {
        self.total += number;
    }
}

#[async_trait]
impl Handler<AddWide> for Server {
    async fn handle(&mut self, AddWide(numbers): AddWide, _ctx: &mut ActorContext) {
        self.total += numbers[31];
    }
}

#[async_trait]
impl Handler<Question> for Server {
    async fn handle(&mut self, Question(number): Question, _ctx: &mut ActorContext) -> u64 {
        answer(number)
    }
}

#[async_trait]
impl Handler<Yielding> for Server {
    async fn handle(&mut self, Yielding(number): Yielding, _ctx: &mut ActorContext) -> u64 {
        tokio::task::yield_now().await;
        answer(number)
    }
}

#[async_trait]
impl Handler<Total> for Server {
    async fn handle(&mut self, Total: Total, _ctx: &mut ActorContext) -> u64 {
        self.total
    }
}

impl Tell for LocalActorRef<Server> {
    async fn tell(&self, number: u64) {
        self.notify(Add(number)).unwrap();
    }

    async fn total(&self) -> u64 {
        self.send(Total).await.unwrap()
    }
}

impl Ask for LocalActorRef<Server> {
    async fn ask(&self, number: u64) -> u64 {
        self.send(Question(number)).await.unwrap()
    }

    async fn ask_yielding(&self, number: u64) -> u64 {
        self.send(Yielding(number)).await.unwrap()
    }
}

#[derive(Clone)]
pub(crate) struct Wide(LocalActorRef<Server>);

impl Tell for Wide {
    async fn tell(&self, number: u64) {
        self.0.notify(AddWide(wide(number))).unwrap();
    }

    async fn total(&self) -> u64 {
        Tell::total(&self.0).await
    }
}

/// The actor of the spawn scenario.
struct Short {
    tally: Tally,
}

#[async_trait]
impl Actor for Short {
    async fn started(&mut self, _ctx: &mut ActorContext) {
        self.tally.started();
    }
}

#[async_trait]
impl Handler<Add> for Short {
    async fn handle(&mut self, Add(number): Add, _ctx: &mut ActorContext) {
        self.tally.handled(number);
    }
}

pub(crate) struct Node(Station<LocalActorRef<Self>>);

struct Connect(LocalActorRef<Node>);
struct Hop(u64);

impl Actor for Node {}

#[async_trait]
impl Handler<Connect> for Node {
    async fn handle(&mut self, Connect(next): Connect, _ctx: &mut ActorContext) {
        self.0.next = Some(next);
    }
}

#[async_trait]
impl Handler<Hop> for Node {
    async fn handle(&mut self, Hop(hops): Hop, _ctx: &mut ActorContext) {
        if let Some((next, left)) = self.0.pass(hops) {
            next.notify(Hop(left)).unwrap();
        }
    }
}

impl library::Node for LocalActorRef<Node> {
    async fn connect(&self, next: Self) {
        self.notify(Connect(next)).unwrap();
    }

    async fn hop(&self, hops: u64) {
        self.notify(Hop(hops)).unwrap();
    }
}

struct Branch {
    parent: Parent<LocalActorRef<Self>>,
    sums: Sums,
}

struct Grow(Span);
struct Sum(u64);

impl Actor for Branch {}

impl Branch {
    fn new(parent: Parent<LocalActorRef<Self>>) -> Self {
        Self { parent, sums: Sums::default() }
    }

    fn done(&self, sum: u64, ctx: &mut ActorContext) {
        if let Some(parent) = self.parent.told(sum) {
            parent.notify(Sum(sum)).unwrap();
        }
        // Dropping its last reference does not end it.
        ctx.stop(None);
    }
}

#[async_trait]
impl Handler<Grow> for Branch {
    async fn handle(&mut self, Grow(span): Grow, ctx: &mut ActorContext) {
        let Some(parts) = span.parts() else { return self.done(span.first, ctx) };
        let this: LocalActorRef<Self> = ctx.actor_ref();
        for part in parts {
            let child = start(ctx.system(), Self::new(Parent::Actor(this.clone()))).await;
            child.notify(Grow(part)).unwrap();
        }
    }
}

#[async_trait]
impl Handler<Sum> for Branch {
    async fn handle(&mut self, Sum(sum): Sum, ctx: &mut ActorContext) {
        if let Some(sum) = self.sums.add(sum) {
            self.done(sum, ctx);
        }
    }
}

pub(crate) struct Mall(work::Mall<LocalActorRef<Creature>>);

struct Enter(LocalActorRef<Creature>, Colour);

impl Actor for Mall {}

#[async_trait]
impl Handler<Enter> for Mall {
    async fn handle(&mut self, Enter(guest, colour): Enter, _ctx: &mut ActorContext) {
        match self.0.enter(guest, colour) {
            Visit::Waits => {}
            Visit::Meets(pair) => {
                for (creature, other) in pair {
                    creature.notify(Meet(other)).unwrap();
                }
            }
            Visit::Closed(creature) => creature.notify(Closed).unwrap(),
        }
    }
}

pub(crate) struct Creature {
    mall: LocalActorRef<Mall>,
    life: Life,
}

struct Begin;
struct Meet(Colour);
struct Closed;

impl Actor for Creature {}

impl Creature {
    fn enter(&self, ctx: &ActorContext) {
        self.mall.notify(Enter(ctx.actor_ref(), self.life.colour)).unwrap();
    }
}

#[async_trait]
impl Handler<Begin> for Creature {
    async fn handle(&mut self, Begin: Begin, ctx: &mut ActorContext) {
        self.enter(ctx);
    }
}

#[async_trait]
impl Handler<Meet> for Creature {
    async fn handle(&mut self, Meet(other): Meet, ctx: &mut ActorContext) {
        self.life.meet(other);
        self.enter(ctx);
    }
}

#[async_trait]
impl Handler<Closed> for Creature {
    async fn handle(&mut self, Closed: Closed, _ctx: &mut ActorContext) {
        self.life.close();
    }
}

impl library::Creature for LocalActorRef<Creature> {
    async fn begin(&self) {
        self.notify(Begin).unwrap();
    }
}

impl Library for Coerce {
    const NAME: &'static str = "coerce";
    const PACKAGE: &'static str = "coerce";

    type Server = LocalActorRef<Server>;
    type Bounded = LocalActorRef<Server>;
    type Wide = Wide;
    type Node = LocalActorRef<Node>;
    type Mall = LocalActorRef<Mall>;
    type Creature = LocalActorRef<Creature>;

    fn new() -> Self {
        Self { system: ActorSystem::new() }
    }

    async fn server(&self) -> LocalActorRef<Server> {
        self.unbounded().await
    }

    async fn unbounded(&self) -> LocalActorRef<Server> {
        start(&self.system, Server::default()).await
    }

    async fn bounded(&self) -> Option<LocalActorRef<Server>> {
        None
    }

    async fn wide(&self) -> Wide {
        Wide(self.unbounded().await)
    }

    async fn node(&self, number: u64, report: &Report) -> LocalActorRef<Node> {
        start(&self.system, Node(Station::new(number, report.clone()))).await
    }

    async fn live(&self, number: u64, tally: &Tally) {
        let actor = start(&self.system, Short { tally: tally.clone() }).await;
        actor.notify(Add(number)).unwrap();
        actor.stop().await.unwrap();
    }

    async fn skynet(&self, leaves: u64, report: Report) {
        let root = start(&self.system, Branch::new(Parent::Scenario(report))).await;
        root.notify(Grow(Span::all(leaves))).unwrap();
    }

    async fn mall(&self, meetings: u64) -> LocalActorRef<Mall> {
        start(&self.system, Mall(work::Mall::new(meetings))).await
    }

    async fn creature(
        &self,
        mall: &LocalActorRef<Mall>,
        colour: Colour,
        report: &Report,
    ) -> LocalActorRef<Creature> {
        let creature = Creature { mall: mall.clone(), life: Life::new(colour, report.clone()) };
        start(&self.system, creature).await
    }
}
