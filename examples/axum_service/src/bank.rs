//! The bank: the supervised accounts, and how a request finds its own.

use std::fmt;
use std::sync::Arc;

use actor_core::prelude::*;
use actor_core::{DynamicRef, SupervisorError};
use tokio::time::timeout;

use crate::account::Account;
use crate::error::{Failure, Refusal};
use crate::journal::Journal;
use crate::transfer::{Moved, Transfer};

/// The bank. Clones are handles on the same one: it is the state of the router.
#[derive(Clone)]
pub struct Bank {
    system: System,
    accounts: DynamicRef,
    journal: Arc<dyn Journal>,
    limits: Limits,
}

/// How much, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a request waits for an account.
    pub patience: Duration,
    /// How many requests may wait for one account. Those beyond it wait outside, for as long as their patience lasts.
    pub mailbox: Mailbox,
    /// How long requests that are under way may take once the service is told to stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let mailbox = Mailbox::bounded(64);
        Self { patience: Duration::from_secs(2), mailbox, drain: Duration::from_secs(10) }
    }
}

/// Accounts crash one by one, and each for a cause of its own. A hundred within ten seconds is not that any more: then
/// the journal is broken, and the service had better end and be started again from outside.
const INTENSITY: (u32, Duration) = (100, Duration::from_secs(10));

impl Bank {
    /// Starts the supervisor of the accounts. The accounts follow when they are needed.
    ///
    /// # Errors
    ///
    /// In a system that shuts down.
    pub async fn start(
        system: &System,
        journal: Arc<dyn Journal>,
        limits: Limits,
    ) -> Result<Self, SupervisorError> {
        let (crashes, within) = INTENSITY;
        let accounts =
            DynamicSupervisor::new().name("accounts").intensity(crashes, within).start(system).await?;
        Ok(Self { system: system.clone(), accounts, journal, limits })
    }

    /// Opens an account.
    ///
    /// # Errors
    ///
    /// If the name is taken or no name.
    pub async fn open(&self, name: &str) -> Result<(), Failure> {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 32 || !name.chars().all(is_name) {
            return Err(Refusal::NoName.into());
        }
        let opened = timeout(self.limits.patience, self.journal.open(name)).await;
        let is_new = opened.map_err(|_| Failure::Late)?.map_err(Refusal::from)?;
        if is_new { Ok(()) } else { Err(Refusal::NameTaken.into()) }
    }

    /// The account called `name`, started if nobody has needed it yet.
    ///
    /// # Errors
    ///
    /// If there is none, or it does not come up.
    pub async fn account(&self, name: &str) -> Result<ActorRef<Account>, Failure> {
        if let Ok(account) = self.accounts.child(name) {
            return Ok(account);
        }
        // Looked up here, and not left to the factory, so that the names that strangers try start no actors.
        let found = timeout(self.limits.patience, self.journal.balance(name)).await;
        found.map_err(|_| Failure::Busy)?.map_err(Refusal::from)?.ok_or(Refusal::NoSuchAccount)?;
        let (key, journal): (Arc<str>, _) = (name.into(), self.journal.clone());
        let spec = || {
            Child::new(name, move || Account::load(key.clone(), journal.clone()))
                .restart(Restart::Transient)
                .mailbox(self.limits.mailbox)
        };
        // Another request may be faster; then both get the same one.
        Ok(self.accounts.get_or_start(name, spec).await?)
    }

    /// Moves `amount` from one account to another: both halves, or none.
    ///
    /// Dropping the future before the first half has begun calls it off; later it goes through to its end.
    ///
    /// # Errors
    ///
    /// If nothing was moved; or with [`Failure::is_unknown`] or as [`Failure::Unsettled`], if that is not sure.
    pub async fn transfer(&self, from: &str, to: &str, amount: u64) -> Result<Moved, Failure> {
        if from == to {
            return Err(Refusal::SameAccount.into());
        }
        let (from, to) = (self.account(from).await?, self.account(to).await?);
        let transfer = Transfer { from, to, amount, patience: self.limits.patience };
        let bound = transfer.bound();
        // The reference is the only owner: when it goes, the actor finishes what it has begun, and ends. A shutdown, too,
        // gives it the time to finish; the accounts are older, and so they are stopped after it.
        let transfer = self
            .system
            .build(transfer)
            .shutdown(Shutdown::After(bound))
            .spawn()
            .map_err(|_| Failure::Closing)?;
        match transfer.run().timeout(bound).await {
            // A transfer that ends half-way is not an account that does: nobody is left to give the money back.
            Err(AskError::Unanswered(_)) => Err(Failure::Unsettled),
            ran => ran?,
        }
    }

    /// The system that the bank lives in.
    #[must_use]
    pub fn system(&self) -> &System {
        &self.system
    }

    /// What it was started with.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }
}

impl fmt::Debug for Bank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bank")
            .field("accounts", &self.accounts)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
