//! An account: the actor that owns one balance.
//!
//! Its handlers run one at a time, so that "enough left?" and "take it" need no lock and no transaction. It writes to
//! the journal before it changes its own state or answers: whenever it crashes, its next incarnation begins with the
//! last balance that anybody has heard of, and goes on with the mail that waits.

use std::sync::Arc;

use actor_core::prelude::*;

use crate::error::Refusal;
use crate::journal::Journal;

/// One account. Its messages are `AccountDeposit`, `AccountWithdraw` and `AccountBalance`.
pub struct Account {
    name: Arc<str>,
    balance: u64,
    journal: Arc<dyn Journal>,
}

impl Account {
    /// The factory of every incarnation.
    pub(crate) async fn load(name: Arc<str>, journal: Arc<dyn Journal>) -> Result<Self, Refusal> {
        let balance = journal.balance(&name).await?.ok_or(Refusal::NoSuchAccount)?;
        Ok(Self { name, balance, journal })
    }

    async fn settle(&mut self, balance: u64) -> Result<u64, Refusal> {
        self.journal.record(&self.name, balance).await?;
        self.balance = balance;
        Ok(balance)
    }
}

#[actor]
impl Account {
    /// Puts `amount` in and answers what is there now.
    #[handler]
    pub async fn deposit(&mut self, amount: u64) -> Result<u64, Refusal> {
        let balance = self.balance.checked_add(amount).ok_or(Refusal::TooMuch)?;
        self.settle(balance).await
    }

    /// Takes `amount` out, if there is as much, and answers what is left.
    #[handler]
    pub async fn withdraw(&mut self, amount: u64) -> Result<u64, Refusal> {
        let balance = self.balance.checked_sub(amount).ok_or(Refusal::NotEnough { balance: self.balance })?;
        self.settle(balance).await
    }

    /// What is there.
    #[handler]
    pub fn balance(&self) -> u64 {
        self.balance
    }
}
