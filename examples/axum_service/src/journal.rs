//! The journal: what has to outlive an actor. It stands where a database would.
//!
//! An actor's memory is gone with its incarnation, so whatever must survive a crash is written here before anybody hears
//! of it. The accounts reach it through a trait, so that the tests can make it slow, full or broken.

use std::collections::HashMap;
use std::future::ready;
use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

/// What a journal comes back with. Boxed, because a journal is chosen at run time.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send + 'a>>;

/// Keeps the balances. A write is atomic: either it has happened when its future is ready, or it never does.
pub trait Journal: Send + Sync + 'static {
    /// Opens an account with nothing in it; `false` if there is one of that name already.
    fn open<'a>(&'a self, account: &'a str) -> Later<'a, bool>;

    /// The balance of an account; `None` if it was never opened.
    fn balance<'a>(&'a self, account: &'a str) -> Later<'a, Option<u64>>;

    /// Replaces the balance of an account.
    fn record<'a>(&'a self, account: &'a str, balance: u64) -> Later<'a, ()>;
}

/// A journal in memory, for trying things out.
#[derive(Debug, Default)]
pub struct Memory(Mutex<HashMap<String, u64>>);

impl Memory {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, u64>) -> T) -> T {
        // Nothing in here panics half-way, so a poisoned map is still a sound one.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Journal for Memory {
    fn open<'a>(&'a self, account: &'a str) -> Later<'a, bool> {
        let is_new = self.with(|balances| {
            let is_new = !balances.contains_key(account);
            balances.entry(account.to_owned()).or_insert(0);
            is_new
        });
        Box::pin(ready(Ok(is_new)))
    }

    fn balance<'a>(&'a self, account: &'a str) -> Later<'a, Option<u64>> {
        Box::pin(ready(Ok(self.with(|balances| balances.get(account).copied()))))
    }

    fn record<'a>(&'a self, account: &'a str, balance: u64) -> Later<'a, ()> {
        self.with(|balances| balances.insert(account.to_owned(), balance));
        Box::pin(ready(Ok(())))
    }
}
