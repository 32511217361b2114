//! The ways to break the shop.

use actor_core::prelude::*;
use actor_core::{DynamicRef, Phase, SupervisorRef};
use tokio::time::Instant;

use crate::lab::{Lab, Outcome, settle};
use crate::pager::Watch;
use crate::shop::*;

// ANCHOR: till
pub(crate) async fn the_till_panics(lab: &mut Lab) -> Outcome {
    lab.begin("1a. a worker panics, and is restarted").await;
    let till: ActorRef<Till> = lab.shop.child("till")?;
    lab.pager.ask(Watch(till.downgrade())).await?;
    lab.show("sold", till.sell(40).await?, 40);

    let (bad, two, three) = tokio::join!(till.sell(-1), till.sell(2), till.sell(3));
    lab.show("the asker hears at once", bad.is_err(), true);
    lab.show("mail behind it is handled", (two?, three?), (2, 5));
    lab.show("by the next incarnation", till.epoch(), 2);
    lab.show("a restart is not an end", lab.pager.heard().await?, [""; 0]);
    lab.aftermath().await;
    Ok(())
}
// ANCHOR_END: till

// ANCHOR: dynamic
async fn anna(carts: &DynamicRef) -> Outcome<(ActorRef<Cart>, ActorRef<Checkout>)> {
    let cart = carts.get_or_start("anna", || Child::new("anna", || Cart)).await?;
    let weak = cart.downgrade();
    let pay = Child::new("anna-pays", move || Checkout { cart: weak.clone() });
    let checkout = carts.start_child(pay).await?;
    Ok((cart, checkout))
}
// ANCHOR_END: dynamic

// ANCHOR: cart
pub(crate) async fn a_cart_panics(lab: &mut Lab) -> Outcome {
    lab.begin("1b. a worker panics, and is not").await;
    let (cart, checkout) = anna(&lab.shop.dynamic("carts")?).await?;
    lab.pager.ask(Watch(cart.downgrade())).await?;
    lab.pager.ask(Watch(checkout.downgrade())).await?;

    cart.put("a wardrobe").tell().await?;
    let reason = cart.stopped().await;
    lab.show("it ended by a failure", reason.is_crash(), true);
    lab.show("and it stays away", cart.is_closed(), true);
    lab.show("who was linked goes with it", checkout.stopped().await.is_crash(), true);
    let heard = ["/shop/carts/anna died", "/shop/carts/anna-pays died"];
    lab.show("who watches is told", lab.pager.heard().await?, heard);
    lab.aftermath().await;
    Ok(())
}
// ANCHOR_END: cart

// ANCHOR: pool
pub(crate) async fn the_pool_panics(lab: &mut Lab) -> Outcome {
    lab.begin("2. a worker panics that others are built on").await;
    let storage = lab.shop.supervisor("storage")?;
    let (disk, pool, catalogue) = parts(&storage)?;
    pool.query("nonsense").await.unwrap_err();
    settle().await;
    let epochs = (disk.epoch(), pool.epoch(), catalogue.epoch());
    lab.show("it and those after it are new", epochs, (1, 2, 2));
    lab.show("by the same references", catalogue.goods().await?, ["apples", "pears"]);
    lab.aftermath().await;
    Ok(())
}

type Parts = (ActorRef<Disk>, ActorRef<Pool>, ActorRef<Catalogue>);

fn parts(storage: &SupervisorRef) -> Outcome<Parts> {
    Ok((storage.child("disk")?, storage.child("pool")?, storage.child("catalogue")?))
}
// ANCHOR_END: pool

// ANCHOR: bank
pub(crate) async fn the_bank_is_out(lab: &mut Lab) -> Outcome {
    lab.begin("3. a worker does not start again").await;
    let bank: ActorRef<Bank> = lab.shop.child("bank")?;
    let begun = Instant::now();
    lab.outage.of(2);
    bank.hang_up().await?;
    settle().await;

    lab.show("meanwhile it is", bank.status().to_string(), "restarting");
    let impatient = bank.pay(5).timeout(Duration::from_secs(1)).await;
    let Err(AskError::Timeout { phase, .. }) = impatient else { panic!("{impatient:?}") };
    lab.show("an ask that does not wait so long", phase, Phase::Queued);
    lab.show("and one that does", bank.pay(7).timeout(Duration::MAX).await?, "7 paid");
    lab.show("seconds: 1, 2 and 4", begun.elapsed().as_secs(), 7);
    lab.aftermath().await;
    Ok(())
}
// ANCHOR_END: bank

// ANCHOR: loop
pub(crate) async fn the_catalogue_panics_again_and_again(lab: &mut Lab) -> Outcome {
    lab.begin("4. a worker panics again and again").await;
    let storage = lab.shop.supervisor("storage")?;
    let (_, pool, catalogue) = parts(&storage)?;
    lab.pager.ask(Watch(pool.downgrade())).await?;
    lab.pager.ask(Watch(catalogue.downgrade())).await?;

    // Four bad orders wait in line, and a good one behind them. Three restarts are allowed.
    for what in ["figs", "figs", "figs", "figs", "pears"] {
        catalogue.order(what).tell().await?;
    }
    lab.show("it ended by a failure", catalogue.stopped().await.is_crash(), true);
    settle().await;
    let heard = ["/shop/storage/catalogue died", "/shop/storage/pool was ended"];
    lab.show("and took the others along", lab.pager.heard().await?, heard);
    lab.show("the old references are dead", catalogue.goods().await.is_err(), true);

    let (_, new_pool, new_catalogue) = parts(&storage)?;
    lab.show("others are in their places", new_catalogue == catalogue, false);
    let named: ActorRef<Pool> = lab.system.lookup("pool")?;
    lab.show("and have their names", named == new_pool, true);
    lab.show("the shop is open", new_catalogue.goods().await?, ["apples", "pears"]);
    lab.aftermath().await;
    Ok(())
}
// ANCHOR_END: loop

// ANCHOR: reports
pub(crate) async fn the_reports_ignore_a_stop(lab: &mut Lab) -> Outcome {
    lab.begin("5. a worker does not stop").await;
    let reports: ActorRef<Reports> = lab.shop.child("reports")?;
    reports.count_everything().tell().await?;
    settle().await;

    let report = lab.system.shutdown().await;
    lab.show("it had two seconds", report.took.as_secs(), 2);
    lab.show("then it was killed", &*report.killed, [reports.path().clone()]);
    lab.show("nobody is stuck", report.stuck.len(), 0);
    lab.say(&format!("  {report}"));
    lab.aftermath().await;
    Ok(())
}
// ANCHOR_END: reports
