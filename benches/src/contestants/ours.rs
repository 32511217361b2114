//! Us, as users get it: panic capture, the default timeout, statistics, tracing compiled in without a subscriber.

use std::time::Duration;

use actor_core::{
    Actor, ActorRef, BoxError, Child, Context, Handler, Mailbox, Supervisor, System, WeakActorRef,
};

use crate::harness::{Report, Tally, answer, timed, wide};
use crate::library::{self, Ask, Library, ROOM, TIMEOUT, Tell};
use crate::work::{self, Colour, Life, Parent, Span, Station, Sums, Visit};

pub(crate) struct Ours {
    system: System,
}

struct Add(u64);
struct AddWide([u64; 32]);
struct Question(u64);
struct Inline(u64);
struct Yielding(u64);
struct Total;
struct Crash;

#[derive(Default)]
pub(crate) struct Server {
    total: u64,
}

impl Actor for Server {}

impl Handler<Add> for Server {
    type Reply = ();

    async fn handle(&mut self, Add(number): Add, _ctx: &mut Context<Self>) {
        self.total += number;
    }
}

impl Handler<AddWide> for Server {
    type Reply = ();

    async fn handle(&mut self, AddWide(numbers): AddWide, _ctx: &mut Context<Self>) {
        self.total += numbers[31];
    }
}

impl Handler<Question> for Server {
    type Reply = u64;

    async fn handle(&mut self, Question(number): Question, _ctx: &mut Context<Self>) -> u64 {
        answer(number)
    }
}

impl Handler<Inline> for Server {
    type Reply = u64;
    const INLINE: bool = true;

    async fn handle(&mut self, Inline(number): Inline, _ctx: &mut Context<Self>) -> u64 {
        answer(number)
    }
}

impl Handler<Yielding> for Server {
    type Reply = u64;

    async fn handle(&mut self, Yielding(number): Yielding, _ctx: &mut Context<Self>) -> u64 {
        tokio::task::yield_now().await;
        answer(number)
    }
}

impl Handler<Total> for Server {
    type Reply = u64;

    async fn handle(&mut self, Total: Total, _ctx: &mut Context<Self>) -> u64 {
        self.total
    }
}

impl Handler<Crash> for Server {
    type Reply = ();

    async fn handle(&mut self, Crash: Crash, _ctx: &mut Context<Self>) {
        panic!("a crash that was asked for");
    }
}

impl Tell for ActorRef<Server> {
    async fn tell(&self, number: u64) {
        ActorRef::tell(self, Add(number)).await.unwrap();
    }

    async fn total(&self) -> u64 {
        ActorRef::ask(self, Total).await.unwrap()
    }
}

impl Ask for ActorRef<Server> {
    async fn ask(&self, number: u64) -> u64 {
        ActorRef::ask(self, Question(number)).await.unwrap()
    }

    async fn ask_within(&self, number: u64) -> u64 {
        ActorRef::ask(self, Question(number)).timeout(TIMEOUT).await.unwrap()
    }

    async fn ask_inline(&self, number: u64) -> u64 {
        ActorRef::ask(self, Inline(number)).await.unwrap()
    }

    async fn ask_inline_within(&self, number: u64) -> u64 {
        ActorRef::ask(self, Inline(number)).timeout(TIMEOUT).await.unwrap()
    }

    async fn ask_yielding(&self, number: u64) -> u64 {
        ActorRef::ask(self, Yielding(number)).await.unwrap()
    }
}

#[derive(Clone)]
pub(crate) struct Wide(ActorRef<Server>);

impl Tell for Wide {
    async fn tell(&self, number: u64) {
        self.0.tell(AddWide(wide(number))).await.unwrap();
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

pub(crate) struct Node(Station<ActorRef<Self>>);

struct Connect(ActorRef<Node>);
struct Hop(u64);

impl Actor for Node {}

impl Handler<Connect> for Node {
    type Reply = ();

    async fn handle(&mut self, Connect(next): Connect, _ctx: &mut Context<Self>) {
        self.0.next = Some(next);
    }
}

impl Handler<Hop> for Node {
    type Reply = ();

    async fn handle(&mut self, Hop(hops): Hop, _ctx: &mut Context<Self>) {
        if let Some((next, left)) = self.0.pass(hops) {
            next.tell(Hop(left)).await.unwrap();
        }
    }
}

impl library::Node for ActorRef<Node> {
    async fn connect(&self, next: Self) {
        self.tell(Connect(next)).await.unwrap();
    }

    async fn hop(&self, hops: u64) {
        self.tell(Hop(hops)).await.unwrap();
    }
}

struct Branch {
    parent: Parent<ActorRef<Self>>,
    sums: Sums,
}

/// Carries the actor's own reference: it lives as long as its children have it.
struct Grow(Span, ActorRef<Branch>);
struct Sum(u64);

impl Actor for Branch {}

impl Branch {
    fn new(parent: Parent<ActorRef<Self>>) -> Self {
        Self { parent, sums: Sums::default() }
    }

    async fn done(&self, sum: u64) {
        if let Some(parent) = self.parent.told(sum) {
            parent.tell(Sum(sum)).await.unwrap();
        }
    }
}

impl Handler<Grow> for Branch {
    type Reply = ();

    async fn handle(&mut self, Grow(span, this): Grow, ctx: &mut Context<Self>) {
        let Some(parts) = span.parts() else { return self.done(span.first).await };
        for part in parts {
            let child = ctx.system().spawn(Self::new(Parent::Actor(this.clone())));
            child.tell(Grow(part, child.clone())).await.unwrap();
        }
    }
}

impl Handler<Sum> for Branch {
    type Reply = ();

    async fn handle(&mut self, Sum(sum): Sum, _ctx: &mut Context<Self>) {
        if let Some(sum) = self.sums.add(sum) {
            self.done(sum).await;
        }
    }
}

pub(crate) struct Mall(work::Mall<WeakActorRef<Creature>>);

struct Enter(WeakActorRef<Creature>, Colour);

impl Actor for Mall {}

impl Handler<Enter> for Mall {
    type Reply = ();

    async fn handle(&mut self, Enter(guest, colour): Enter, _ctx: &mut Context<Self>) {
        match self.0.enter(guest, colour) {
            Visit::Waits => {}
            Visit::Meets(pair) => {
                for (creature, other) in pair {
                    creature.tell(Meet(other)).await.unwrap();
                }
            }
            Visit::Closed(creature) => creature.tell(Closed).await.unwrap(),
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

impl Actor for Creature {}

impl Creature {
    async fn enter(&self, ctx: &Context<Self>) {
        self.mall.tell(Enter(ctx.this(), self.life.colour)).await.unwrap();
    }
}

impl Handler<Begin> for Creature {
    type Reply = ();

    async fn handle(&mut self, Begin: Begin, ctx: &mut Context<Self>) {
        self.enter(ctx).await;
    }
}

impl Handler<Meet> for Creature {
    type Reply = ();

    async fn handle(&mut self, Meet(other): Meet, ctx: &mut Context<Self>) {
        self.life.meet(other);
        self.enter(ctx).await;
    }
}

impl Handler<Closed> for Creature {
    type Reply = ();

    async fn handle(&mut self, Closed: Closed, _ctx: &mut Context<Self>) {
        self.life.close();
    }
}

impl library::Creature for ActorRef<Creature> {
    async fn begin(&self) {
        self.tell(Begin).await.unwrap();
    }
}

impl Ours {
    fn with(&self, mailbox: Mailbox) -> ActorRef<Server> {
        self.system.build(Server::default()).mailbox(mailbox).spawn().unwrap()
    }
}

impl Library for Ours {
    const NAME: &'static str = "ours";
    const PACKAGE: &'static str = "actor-core";

    type Server = ActorRef<Server>;
    type Bounded = ActorRef<Server>;
    type Wide = Wide;
    type Node = ActorRef<Node>;
    type Mall = ActorRef<Mall>;
    type Creature = ActorRef<Creature>;

    fn new() -> Self {
        Self { system: System::new("benches") }
    }

    async fn server(&self) -> ActorRef<Server> {
        self.system.spawn(Server::default())
    }

    async fn unbounded(&self) -> ActorRef<Server> {
        self.with(Mailbox::unbounded())
    }

    async fn bounded(&self) -> Option<ActorRef<Server>> {
        Some(self.with(Mailbox::bounded(ROOM)))
    }

    async fn wide(&self) -> Wide {
        Wide(self.with(Mailbox::bounded(ROOM)))
    }

    async fn node(&self, number: u64, report: &Report) -> ActorRef<Node> {
        self.system.spawn(Node(Station::new(number, report.clone())))
    }

    async fn live(&self, number: u64, tally: &Tally) {
        let actor = self.system.spawn(Short { tally: tally.clone() });
        actor.tell(Add(number)).await.unwrap();
        actor.drain();
        actor.stopped().await;
    }

    async fn skynet(&self, leaves: u64, report: Report) {
        let root = self.system.spawn(Branch::new(Parent::Scenario(report)));
        root.tell(Grow(Span::all(leaves), root.clone())).await.unwrap();
    }

    async fn mall(&self, meetings: u64) -> ActorRef<Mall> {
        self.system.spawn(Mall(work::Mall::new(meetings)))
    }

    async fn creature(&self, mall: &ActorRef<Mall>, colour: Colour, report: &Report) -> ActorRef<Creature> {
        self.system.spawn(Creature { mall: mall.clone(), life: Life::new(colour, report.clone()) })
    }

    async fn kill(&self, backlog: u64) -> Option<Duration> {
        let server = self.unbounded().await;
        server.total().await;
        for number in 0..backlog {
            // Not the tell that waits: it would let the server run now and then.
            server.try_tell(Add(number)).unwrap();
        }
        let killed = timed(async {
            server.kill();
            server.stopped().await;
        });
        Some(killed.await)
    }

    async fn restart(&self, times: u64) -> Option<Duration> {
        let child = Child::new("server", Server::default);
        // As often as it takes, where the default would give up.
        let supervisor = Supervisor::one_for_one().intensity(u32::MAX, Duration::from_secs(1)).child(child);
        let supervisor = supervisor.start(&self.system).await.unwrap();
        let server: ActorRef<Server> = supervisor.child("server").unwrap();
        let restarts = timed(async {
            for _ in 0..times {
                ActorRef::tell(&server, Add(1)).await.unwrap();
                ActorRef::tell(&server, Crash).await.unwrap();
                assert_eq!(server.total().await, 0, "the successor begins anew");
            }
        });
        Some(restarts.await)
    }
}
