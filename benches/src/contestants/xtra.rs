//! xtra, without `instrumentation`, which carries a span in every message. A tell is a detached send.
//!
//! Its mailbox is a heap by priority, and does not keep the order of messages of one priority. So what is told has a priority
//! above what is asked: the total comes after what it sums up.

use xtra::refcount::RefCounter;
use xtra::{Actor, Address, Context, Handler, Mailbox, WeakAddress, spawn_tokio};

use crate::harness::{Report, Tally, answer, wide};
use crate::library::{self, Ask, Library, ROOM, Tell};
use crate::work::{self, Colour, Life, Parent, Span, Station, Sums, Visit};

pub(crate) struct Xtra;

async fn tell<A, M, R>(address: &Address<A, R>, message: M)
where
    A: Handler<M>,
    M: Send + 'static,
    R: RefCounter,
{
    drop(address.send(message).priority(1).detach().await.unwrap());
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

impl Actor for Server {
    type Stop = ();

    async fn stopped(self) {}
}

impl Handler<Add> for Server {
    type Return = ();

    async fn handle(&mut self, Add(number): Add, _ctx: &mut Context<Self>) {
        self.total += number;
    }
}

impl Handler<AddWide> for Server {
    type Return = ();

    async fn handle(&mut self, AddWide(numbers): AddWide, _ctx: &mut Context<Self>) {
        self.total += numbers[31];
    }
}

impl Handler<Question> for Server {
    type Return = u64;

    async fn handle(&mut self, Question(number): Question, _ctx: &mut Context<Self>) -> u64 {
        answer(number)
    }
}

impl Handler<Yielding> for Server {
    type Return = u64;

    async fn handle(&mut self, Yielding(number): Yielding, _ctx: &mut Context<Self>) -> u64 {
        tokio::task::yield_now().await;
        answer(number)
    }
}

impl Handler<Total> for Server {
    type Return = u64;

    async fn handle(&mut self, Total: Total, _ctx: &mut Context<Self>) -> u64 {
        self.total
    }
}

impl Tell for Address<Server> {
    async fn tell(&self, number: u64) {
        tell(self, Add(number)).await;
    }

    async fn total(&self) -> u64 {
        self.send(Total).await.unwrap()
    }
}

impl Ask for Address<Server> {
    async fn ask(&self, number: u64) -> u64 {
        self.send(Question(number)).await.unwrap()
    }

    async fn ask_yielding(&self, number: u64) -> u64 {
        self.send(Yielding(number)).await.unwrap()
    }
}

#[derive(Clone)]
pub(crate) struct Wide(Address<Server>);

impl Tell for Wide {
    async fn tell(&self, number: u64) {
        tell(&self.0, AddWide(wide(number))).await;
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
    type Stop = ();

    async fn started(&mut self, _mailbox: &Mailbox<Self>) -> Result<(), ()> {
        self.tally.started();
        Ok(())
    }

    async fn stopped(self) {}
}

impl Handler<Add> for Short {
    type Return = ();

    async fn handle(&mut self, Add(number): Add, _ctx: &mut Context<Self>) {
        self.tally.handled(number);
    }
}

pub(crate) struct Node(Station<Address<Self>>);

struct Connect(Address<Node>);
struct Hop(u64);

impl Actor for Node {
    type Stop = ();

    async fn stopped(self) {}
}

impl Handler<Connect> for Node {
    type Return = ();

    async fn handle(&mut self, Connect(next): Connect, _ctx: &mut Context<Self>) {
        self.0.next = Some(next);
    }
}

impl Handler<Hop> for Node {
    type Return = ();

    async fn handle(&mut self, Hop(hops): Hop, _ctx: &mut Context<Self>) {
        if let Some((next, left)) = self.0.pass(hops) {
            tell(next, Hop(left)).await;
        }
    }
}

impl library::Node for Address<Node> {
    async fn connect(&self, next: Self) {
        // Asked, so that no token comes before it.
        self.send(Connect(next)).await.unwrap();
    }

    async fn hop(&self, hops: u64) {
        tell(self, Hop(hops)).await;
    }
}

struct Branch {
    parent: Parent<Address<Self>>,
    sums: Sums,
}

/// Carries the actor's own reference: it lives as long as its children have it.
struct Grow(Span, Address<Branch>);
struct Sum(u64);

impl Actor for Branch {
    type Stop = ();

    async fn stopped(self) {}
}

impl Branch {
    fn start(parent: Parent<Address<Self>>) -> Address<Self> {
        spawn_tokio(Self { parent, sums: Sums::default() }, Mailbox::unbounded())
    }

    async fn done(&self, sum: u64) {
        if let Some(parent) = self.parent.told(sum) {
            tell(parent, Sum(sum)).await;
        }
    }
}

impl Handler<Grow> for Branch {
    type Return = ();

    async fn handle(&mut self, Grow(span, this): Grow, _ctx: &mut Context<Self>) {
        let Some(parts) = span.parts() else { return self.done(span.first).await };
        for part in parts {
            let child = Self::start(Parent::Actor(this.clone()));
            tell(&child, Grow(part, child.clone())).await;
        }
    }
}

impl Handler<Sum> for Branch {
    type Return = ();

    async fn handle(&mut self, Sum(sum): Sum, _ctx: &mut Context<Self>) {
        if let Some(sum) = self.sums.add(sum) {
            self.done(sum).await;
        }
    }
}

pub(crate) struct Mall(work::Mall<WeakAddress<Creature>>);

struct Enter(WeakAddress<Creature>, Colour);

impl Actor for Mall {
    type Stop = ();

    async fn stopped(self) {}
}

impl Handler<Enter> for Mall {
    type Return = ();

    async fn handle(&mut self, Enter(guest, colour): Enter, _ctx: &mut Context<Self>) {
        match self.0.enter(guest, colour) {
            Visit::Waits => {}
            Visit::Meets(pair) => {
                for (creature, other) in pair {
                    tell(&creature, Meet(other)).await;
                }
            }
            Visit::Closed(creature) => tell(&creature, Closed).await,
        }
    }
}

pub(crate) struct Creature {
    mall: Address<Mall>,
    life: Life,
}

struct Begin;
struct Meet(Colour);
struct Closed;

impl Actor for Creature {
    type Stop = ();

    async fn stopped(self) {}
}

impl Creature {
    async fn enter(&self, ctx: &Context<Self>) {
        tell(&self.mall, Enter(ctx.mailbox().address(), self.life.colour)).await;
    }
}

impl Handler<Begin> for Creature {
    type Return = ();

    async fn handle(&mut self, Begin: Begin, ctx: &mut Context<Self>) {
        self.enter(ctx).await;
    }
}

impl Handler<Meet> for Creature {
    type Return = ();

    async fn handle(&mut self, Meet(other): Meet, ctx: &mut Context<Self>) {
        self.life.meet(other);
        self.enter(ctx).await;
    }
}

impl Handler<Closed> for Creature {
    type Return = ();

    async fn handle(&mut self, Closed: Closed, _ctx: &mut Context<Self>) {
        self.life.close();
    }
}

impl library::Creature for Address<Creature> {
    async fn begin(&self) {
        tell(self, Begin).await;
    }
}

impl Library for Xtra {
    const NAME: &'static str = "xtra";
    const PACKAGE: &'static str = "xtra";

    type Server = Address<Server>;
    type Bounded = Address<Server>;
    type Wide = Wide;
    type Node = Address<Node>;
    type Mall = Address<Mall>;
    type Creature = Address<Creature>;

    fn new() -> Self {
        Self
    }

    async fn server(&self) -> Address<Server> {
        self.unbounded().await
    }

    async fn unbounded(&self) -> Address<Server> {
        spawn_tokio(Server::default(), Mailbox::unbounded())
    }

    async fn bounded(&self) -> Option<Address<Server>> {
        Some(spawn_tokio(Server::default(), Mailbox::bounded(ROOM)))
    }

    async fn wide(&self) -> Wide {
        Wide(spawn_tokio(Server::default(), Mailbox::bounded(ROOM)))
    }

    async fn node(&self, number: u64, report: &Report) -> Address<Node> {
        spawn_tokio(Node(Station::new(number, report.clone())), Mailbox::unbounded())
    }

    /// `spawn_tokio` keeps the task's handle to itself; its end is the actor's.
    async fn live(&self, number: u64, tally: &Tally) {
        let (address, mailbox) = Mailbox::unbounded();
        let task = tokio::spawn(xtra::run(mailbox, Short { tally: tally.clone() }));
        tell(&address, Add(number)).await;
        drop(address);
        task.await.unwrap();
    }

    async fn skynet(&self, leaves: u64, report: Report) {
        let root = Branch::start(Parent::Scenario(report));
        tell(&root, Grow(Span::all(leaves), root.clone())).await;
    }

    async fn mall(&self, meetings: u64) -> Address<Mall> {
        spawn_tokio(Mall(work::Mall::new(meetings)), Mailbox::unbounded())
    }

    async fn creature(&self, mall: &Address<Mall>, colour: Colour, report: &Report) -> Address<Creature> {
        let creature = Creature { mall: mall.clone(), life: Life::new(colour, report.clone()) };
        spawn_tokio(creature, Mailbox::unbounded())
    }
}
