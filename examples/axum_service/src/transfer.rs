//! A transfer: the actor that moves money from one account to another.
//!
//! Why an actor of its own? The future of an HTTP handler is dropped when its client hangs up, which must not happen
//! between the two halves. A handler of an actor is never cut short by whoever asked. And it is not a handler of the
//! paying account, because two accounts that pay each other would wait for each other.
//!
//! The errors of an ask say whether the other side saw the message, and that is what decides about the money: if the
//! deposit will certainly not happen it goes back, if nobody can know it is not paid twice.

use actor_core::prelude::*;

use crate::account::Account;
use crate::error::Failure;

/// One transfer, to be run once.
pub(crate) struct Transfer {
    pub(crate) from: ActorRef<Account>,
    pub(crate) to: ActorRef<Account>,
    pub(crate) amount: u64,
    /// For each half.
    pub(crate) patience: Duration,
}

/// What both sides have after a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Moved {
    /// What is left on the side that paid.
    pub from: u64,
    /// What is there on the side that was paid.
    pub to: u64,
}

#[actor]
impl Transfer {
    #[handler]
    pub(crate) async fn run(&mut self) -> Result<Moved, Failure> {
        let moved = self.both_halves().await;
        if let Err(failure) = &moved {
            let Self { from, to, amount, .. } = self;
            if failure.is_unknown() {
                tracing::error!(from = %from.path(), to = %to.path(), amount, %failure, "look into this transfer");
            }
        }
        moved
    }

    async fn both_halves(&self) -> Result<Moved, Failure> {
        let from = self.from.withdraw(self.amount).timeout(self.patience).await??;
        let failure = match self.pay(&self.to, self.patience).await {
            Ok(to) => return Ok(Moved { from, to }),
            Err(failure) => failure,
        };
        if !failure.is_unknown() {
            self.pay(&self.from, REFUND_PATIENCE).await.map_err(|_| Failure::Unsettled)?;
        }
        Err(failure)
    }

    async fn pay(&self, account: &ActorRef<Account>, patience: Duration) -> Result<u64, Failure> {
        Ok(account.deposit(self.amount).timeout(patience).await??)
    }
}

impl Transfer {
    /// How long a transfer may take in all, a refund included. It has a second to spare, so that whoever waits this long
    /// hears how it ended, not that the time was over.
    pub(crate) fn bound(&self) -> Duration {
        self.patience * 2 + REFUND_PATIENCE + Duration::from_secs(1)
    }
}

/// A refund is worth a longer wait than a request: after it a person has to look.
const REFUND_PATIENCE: Duration = Duration::from_secs(5);
