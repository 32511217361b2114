//! The service under test: a small web shop. Each part of it breaks in a way of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use actor_core::prelude::*;
use actor_core::{SupervisorError, SupervisorRef};

// ANCHOR: tree
pub(crate) async fn open(
    system: &System,
    outage: &Outage,
) -> Result<SupervisorRef, SupervisorError> {
    let storage = Supervisor::rest_for_one()
        .child(Child::new("disk", || Disk))
        .child(Child::new("pool", || Pool).registered("pool"))
        .child(Child::new("catalogue", Catalogue::default));

    let outage = outage.clone();
    let redial = Backoff::exponential(Duration::from_secs(1), Duration::from_secs(30));
    let bank = Child::new("bank", move || Bank::dial(&outage)).backoff(redial);

    let grace = Shutdown::After(Duration::from_secs(2));
    Supervisor::one_for_one()
        .name("shop")
        .child(Child::new("till", Till::default))
        .supervisor("storage", storage)
        .child(bank)
        .child(Child::new("reports", || Reports).shutdown(grace))
        .supervisor("carts", DynamicSupervisor::new())
        .start(system)
        .await
}
// ANCHOR_END: tree

// ANCHOR: till
/// Adds up what has been sold.
#[derive(Default)]
pub(crate) struct Till {
    sum: i32,
}

#[actor]
impl Till {
    #[handler]
    pub(crate) fn sell(&mut self, price: i32) -> i32 {
        assert!(price > 0, "nothing is sold for {price}");
        self.sum += price;
        self.sum
    }
}
// ANCHOR_END: till

// ANCHOR: storage
/// What everything else in storage stands on. It does next to nothing, so it does not break.
pub(crate) struct Disk;

impl Actor for Disk {}

/// The connections to the database.
pub(crate) struct Pool;

#[actor]
impl Pool {
    #[handler]
    pub(crate) fn query(&mut self, sql: &'static str) -> Vec<&'static str> {
        match sql {
            "goods" => vec!["apples", "pears"],
            _ => panic!("the connection broke"),
        }
    }
}

/// The goods, read from the database when it starts.
#[derive(Default)]
pub(crate) struct Catalogue {
    goods: Vec<&'static str>,
}

#[actor]
impl Catalogue {
    #[on_start]
    async fn read(&mut self, ctx: &mut Context<Self>) -> Result<(), BoxError> {
        let pool: ActorRef<Pool> = ctx.system().lookup("pool")?;
        self.goods = pool.query("goods").await?;
        Ok(())
    }

    #[handler]
    pub(crate) fn goods(&self) -> Vec<&'static str> {
        self.goods.clone()
    }

    #[handler]
    pub(crate) fn order(&self, what: &'static str) {
        assert!(self.goods.contains(&what), "there are no {what}");
    }
}
// ANCHOR_END: storage

// ANCHOR: bank
/// How often the bank is still not going to answer.
#[derive(Clone, Default)]
pub(crate) struct Outage(Arc<AtomicU32>);

impl Outage {
    pub(crate) fn of(&self, calls: u32) {
        self.0.store(calls, Relaxed);
    }

    fn is_over(&self) -> bool {
        self.0.fetch_update(Relaxed, Relaxed, |calls| calls.checked_sub(1)).is_err()
    }
}

/// A line to the bank.
pub(crate) struct Bank;

#[actor]
impl Bank {
    fn dial(outage: &Outage) -> Result<Self, &'static str> {
        if outage.is_over() { Ok(Self) } else { Err("no answer") }
    }

    #[handler]
    pub(crate) fn pay(&mut self, amount: u32) -> String {
        format!("{amount} paid")
    }

    #[handler]
    pub(crate) fn hang_up(&mut self, ctx: &mut Context<Self>) {
        ctx.fail("the bank has hung up");
    }
}
// ANCHOR_END: bank

// ANCHOR: reports
/// Counts everything that was ever sold, and listens to nobody meanwhile.
pub(crate) struct Reports;

#[actor]
impl Reports {
    #[handler]
    pub(crate) async fn count_everything(&mut self) {
        tokio::time::sleep(Duration::from_secs(3_600)).await;
    }
}
// ANCHOR_END: reports

// ANCHOR: carts
/// What one customer wants to buy.
pub(crate) struct Cart;

#[actor]
impl Cart {
    #[handler]
    pub(crate) fn put(&mut self, what: &'static str) {
        panic!("no room for {what}");
    }
}

/// One customer about to pay. Without the cart there is nothing to pay for.
pub(crate) struct Checkout {
    pub(crate) cart: WeakActorRef<Cart>,
}

#[actor]
impl Checkout {
    #[on_start]
    fn begin(&mut self, ctx: &mut Context<Self>) {
        ctx.link(&self.cart);
    }
}
// ANCHOR_END: carts
