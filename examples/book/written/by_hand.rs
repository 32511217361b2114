//! The same till by hand.

use actor_core::prelude::*;

use crate::Short;

pub(crate) struct Till {
    pub(crate) cents: u64,
}

// ANCHOR: actor
impl Actor for Till {
    async fn on_stop(&mut self, reason: &StopReason, _ctx: &mut Context<Self>) {
        println!("  closed with {}: {reason}", self.cents);
    }

    fn mailbox() -> Mailbox {
        Mailbox::bounded(64)
    }
}
// ANCHOR_END: actor

// ANCHOR: pay
/// Takes out so much, and says what is left.
pub(crate) struct Pay(pub(crate) u64);

impl Handler<Pay> for Till {
    type Reply = Result<u64, Short>;

    async fn handle(&mut self, Pay(cents): Pay, _ctx: &mut Context<Self>) -> Self::Reply {
        self.cents = self.cents.checked_sub(cents).ok_or(Short)?;
        Ok(self.cents)
    }

    // If it was told rather than asked.
    fn unclaimed(reply: Self::Reply, ctx: &mut Context<Self>) {
        if let Err(error) = reply {
            ctx.report_unclaimed(std::any::type_name::<Pay>(), error.to_string());
        }
    }
}
// ANCHOR_END: pay

// ANCHOR: audit
pub(crate) struct Audit;

impl Handler<Audit> for Till {
    type Reply = String;

    async fn handle(&mut self, _: Audit, ctx: &mut Context<Self>) -> String {
        tokio::task::yield_now().await;
        format!("{} in incarnation {}", self.cents, ctx.epoch())
    }
}
// ANCHOR_END: audit

pub(crate) async fn use_it(till: ActorRef<Till>) -> Result<(), BoxError> {
    // ANCHOR: use
    println!("  {:?}", till.ask(Pay(30)).await?);
    till.tell(Pay(100)).await?;
    println!("  {}", till.ask(Audit).await?);
    // ANCHOR_END: use
    Ok(())
}
