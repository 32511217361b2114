//! actix, on the one thread that its actors live on: it takes no part with more workers.
//!
//! Its handlers are plain functions, and nothing of it crosses threads; that is what it is built for, and why it is fast.
//!
//! Long because each message needs an implementation for itself, and one for each actor that handles it.

use std::future::Future;

use actix::ActorContext;
use actix::prelude::{
    Actor, Addr, AsyncContext, Context, Handler, Message, ResponseFuture, SendError, System,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::harness::{Place, Report, Tally, answer, wide};
use crate::library::{self, Ask, Library, ROOM, TIMEOUT, Tell};
use crate::work::{self, Colour, Life, Parent, Span, Station, Sums, Visit};

pub(crate) struct Actix;

macro_rules! messages {
    ($($message:ty => $reply:ty),* $(,)?) => {
        $(impl Message for $message { type Result = $reply; })*
    };
}

messages! {
    Add => (), AddWide => (), Question => u64, Yielding => u64, Total => u64, Stop => (),
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

impl Handler<AddWide> for Server {
    type Result = ();

    fn handle(&mut self, AddWide(numbers): AddWide, _ctx: &mut Context<Self>) {
        self.total += numbers[31];
    }
}

impl Handler<Question> for Server {
    type Result = u64;

    fn handle(&mut self, Question(number): Question, _ctx: &mut Context<Self>) -> u64 {
        answer(number)
    }
}

impl Handler<Yielding> for Server {
    type Result = ResponseFuture<u64>;

    fn handle(&mut self, Yielding(number): Yielding, _ctx: &mut Context<Self>) -> ResponseFuture<u64> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            answer(number)
        })
    }
}

impl Handler<Total> for Server {
    type Result = u64;

    fn handle(&mut self, Total: Total, _ctx: &mut Context<Self>) -> u64 {
        self.total
    }
}

impl Tell for Addr<Server> {
    /// Heeds no bound.
    async fn tell(&self, number: u64) {
        self.do_send(Add(number));
    }

    async fn total(&self) -> u64 {
        self.send(Total).await.unwrap()
    }
}

impl Ask for Addr<Server> {
    async fn ask(&self, number: u64) -> u64 {
        self.send(Question(number)).await.unwrap()
    }

    async fn ask_within(&self, number: u64) -> u64 {
        self.send(Question(number)).timeout(TIMEOUT).await.unwrap()
    }

    async fn ask_yielding(&self, number: u64) -> u64 {
        self.send(Yielding(number)).await.unwrap()
    }
}

/// It has no tell that waits. Its quickest substitute on one thread is to let the actor run.
async fn send_waiting<M>(server: &Addr<Server>, mut message: M)
where
    M: Message<Result: Send> + Send + 'static,
    Server: Handler<M>,
{
    while let Err(refused) = server.try_send(message) {
        match refused {
            SendError::Full(back) => message = back,
            SendError::Closed(_) => panic!("the actor is alive"),
        }
        tokio::task::yield_now().await;
    }
}

#[derive(Clone)]
pub(crate) struct Bounded(Addr<Server>);

impl Tell for Bounded {
    async fn tell(&self, number: u64) {
        send_waiting(&self.0, Add(number)).await;
    }

    async fn total(&self) -> u64 {
        self.0.total().await
    }
}

#[derive(Clone)]
pub(crate) struct Wide(Addr<Server>);

impl Tell for Wide {
    async fn tell(&self, number: u64) {
        send_waiting(&self.0, AddWide(wide(number))).await;
    }

    async fn total(&self) -> u64 {
        self.0.total().await
    }
}

/// The actor of the spawn scenario.
struct Short {
    tally: Tally,
    ended: Option<oneshot::Sender<()>>,
}

struct Stop(oneshot::Sender<()>);

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

pub(crate) struct Node(Station<Addr<Self>>);

struct Connect(Addr<Node>);
struct Hop(u64);

impl Actor for Node {
    type Context = Context<Self>;
}

impl Handler<Connect> for Node {
    type Result = ();

    fn handle(&mut self, Connect(next): Connect, _ctx: &mut Context<Self>) {
        self.0.next = Some(next);
    }
}

impl Handler<Hop> for Node {
    type Result = ();

    fn handle(&mut self, Hop(hops): Hop, _ctx: &mut Context<Self>) {
        if let Some((next, left)) = self.0.pass(hops) {
            next.do_send(Hop(left));
        }
    }
}

impl library::Node for Addr<Node> {
    async fn connect(&self, next: Self) {
        self.do_send(Connect(next));
    }

    async fn hop(&self, hops: u64) {
        self.do_send(Hop(hops));
    }
}

struct Branch {
    parent: Parent<Addr<Self>>,
    sums: Sums,
}

struct Grow(Span);
struct Sum(u64);

impl Actor for Branch {
    type Context = Context<Self>;
}

impl Branch {
    fn new(parent: Parent<Addr<Self>>) -> Self {
        Self { parent, sums: Sums::default() }
    }

    fn done(&self, sum: u64, ctx: &mut Context<Self>) {
        if let Some(parent) = self.parent.told(sum) {
            parent.do_send(Sum(sum));
        }
        ctx.stop();
    }
}

impl Handler<Grow> for Branch {
    type Result = ();

    fn handle(&mut self, Grow(span): Grow, ctx: &mut Context<Self>) {
        let Some(parts) = span.parts() else { return self.done(span.first, ctx) };
        for part in parts {
            Self::new(Parent::Actor(ctx.address())).start().do_send(Grow(part));
        }
    }
}

impl Handler<Sum> for Branch {
    type Result = ();

    fn handle(&mut self, Sum(sum): Sum, ctx: &mut Context<Self>) {
        if let Some(sum) = self.sums.add(sum) {
            self.done(sum, ctx);
        }
    }
}

pub(crate) struct Mall(work::Mall<Addr<Creature>>);

struct Enter(Addr<Creature>, Colour);

impl Actor for Mall {
    type Context = Context<Self>;
}

impl Handler<Enter> for Mall {
    type Result = ();

    fn handle(&mut self, Enter(guest, colour): Enter, _ctx: &mut Context<Self>) {
        match self.0.enter(guest, colour) {
            Visit::Waits => {}
            Visit::Meets(pair) => {
                for (creature, other) in pair {
                    creature.do_send(Meet(other));
                }
            }
            Visit::Closed(creature) => creature.do_send(Closed),
        }
    }
}

pub(crate) struct Creature {
    mall: Addr<Mall>,
    life: Life,
}

struct Begin;
struct Meet(Colour);
struct Closed;

impl Actor for Creature {
    type Context = Context<Self>;
}

impl Handler<Begin> for Creature {
    type Result = ();

    fn handle(&mut self, Begin: Begin, ctx: &mut Context<Self>) {
        self.mall.do_send(Enter(ctx.address(), self.life.colour));
    }
}

impl Handler<Meet> for Creature {
    type Result = ();

    fn handle(&mut self, Meet(other): Meet, ctx: &mut Context<Self>) {
        self.life.meet(other);
        self.mall.do_send(Enter(ctx.address(), self.life.colour));
    }
}

impl Handler<Closed> for Creature {
    type Result = ();

    fn handle(&mut self, Closed: Closed, _ctx: &mut Context<Self>) {
        self.life.close();
    }
}

impl library::Creature for Addr<Creature> {
    async fn begin(&self) {
        self.do_send(Begin);
    }
}

impl Library for Actix {
    const NAME: &'static str = "actix";
    const PACKAGE: &'static str = "actix";

    type Server = Addr<Server>;
    type Bounded = Bounded;
    type Wide = Wide;
    type Node = Addr<Node>;
    type Mall = Addr<Mall>;
    type Creature = Addr<Creature>;

    fn new() -> Self {
        Self
    }

    /// Drives from a task beside its actors, as the others do.
    fn run<T: Send + 'static>(
        place: Place,
        work: impl Future<Output = Option<T>> + Send + 'static,
    ) -> Option<T> {
        match place {
            Place::Workers(2..) => None,
            Place::Workers(_) | Place::Here => System::new().block_on(async {
                tokio::task::spawn_local(work).await.expect("the contestant does not panic")
            }),
        }
    }

    fn task<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        tokio::task::spawn_local(work)
    }

    async fn server(&self) -> Addr<Server> {
        Server::default().start()
    }

    async fn unbounded(&self) -> Addr<Server> {
        Server::default().start()
    }

    async fn bounded(&self) -> Option<Bounded> {
        Some(Bounded(Server::default().start()))
    }

    async fn wide(&self) -> Wide {
        Wide(Server::default().start())
    }

    async fn node(&self, number: u64, report: &Report) -> Addr<Node> {
        Node(Station::new(number, report.clone())).start()
    }

    async fn live(&self, number: u64, tally: &Tally) {
        let actor = Short { tally: tally.clone(), ended: None }.start();
        actor.do_send(Add(number));
        let (ended, end) = oneshot::channel();
        actor.do_send(Stop(ended));
        end.await.unwrap();
    }

    async fn skynet(&self, leaves: u64, report: Report) {
        Branch::new(Parent::Scenario(report)).start().do_send(Grow(Span::all(leaves)));
    }

    async fn mall(&self, meetings: u64) -> Addr<Mall> {
        Mall(work::Mall::new(meetings)).start()
    }

    async fn creature(&self, mall: &Addr<Mall>, colour: Colour, report: &Report) -> Addr<Creature> {
        Creature { mall: mall.clone(), life: Life::new(colour, report.clone()) }.start()
    }
}
