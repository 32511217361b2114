//! The till by macro.

use actor_core::prelude::*;

use crate::Short;

// ANCHOR: till
pub(crate) struct Till {
    pub(crate) cents: u64,
}

#[actor(mailbox = Mailbox::bounded(64))]
impl Till {
    #[on_stop]
    fn close(&mut self, reason: &StopReason) {
        println!("  closed with {}: {reason}", self.cents);
    }

    /// Takes out so much, and says what is left.
    #[handler]
    pub(crate) fn pay(&mut self, cents: u64) -> Result<u64, Short> {
        self.cents = self.cents.checked_sub(cents).ok_or(Short)?;
        Ok(self.cents)
    }

    #[handler]
    pub(crate) async fn audit(&mut self, ctx: &mut Context<Self>) -> String {
        tokio::task::yield_now().await;
        format!("{} in incarnation {}", self.cents, ctx.epoch())
    }
}
// ANCHOR_END: till

pub(crate) async fn use_it(till: ActorRef<Till>) -> Result<(), BoxError> {
    // ANCHOR: use
    println!("  {:?}", till.pay(30).await?);
    till.pay(100).tell().await?;
    println!("  {}", till.audit().await?);
    // ANCHOR_END: use
    Ok(())
}
