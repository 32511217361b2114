//! A journal that a test holds in its hand: writes wait, fail or panic when it says so.

use std::collections::{HashMap, HashSet};
use std::io;

use axum_service::{Journal, Later, Memory};
use tokio::sync::watch;

/// A journal in memory with a gate for each account.
#[derive(Default)]
pub(crate) struct Held {
    memory: Memory,
    gates: watch::Sender<Gates>,
}

#[derive(Default)]
struct Gates {
    shut: HashSet<String>,
    /// Where a write has come to a gate that was shut.
    arrived: HashSet<String>,
    /// What happens to the next write that comes through.
    trouble: HashMap<String, Trouble>,
}

#[derive(Clone, Copy)]
pub(crate) enum Trouble {
    Panic,
    Error,
}

impl Held {
    /// From now on, writes to `account` wait.
    pub(crate) fn shut(&self, account: &str) {
        self.gates.send_modify(|gates| _ = gates.shut.insert(account.to_owned()));
    }

    /// Those that wait go on.
    pub(crate) fn open_gate(&self, account: &str) {
        self.gates.send_modify(|gates| _ = gates.shut.remove(account));
    }

    /// Ready once a write to `account` has come to its gate: its handler runs, and stays there.
    pub(crate) async fn arrival(&self, account: &str) {
        let arrived = |gates: &Gates| gates.arrived.contains(account);
        drop(self.gates.subscribe().wait_for(arrived).await.expect("the journal holds the sender"));
    }

    /// The next write to `account` that comes through its gate ends like this, and writes nothing.
    pub(crate) fn spoil(&self, account: &str, trouble: Trouble) {
        self.gates.send_modify(|gates| _ = gates.trouble.insert(account.to_owned(), trouble));
    }

    async fn pass_gate(&self, account: &str) -> io::Result<()> {
        let is_shut = |gates: &Gates| gates.shut.contains(account);
        let mut gates = self.gates.subscribe();
        if is_shut(&gates.borrow_and_update()) {
            self.gates.send_modify(|gates| _ = gates.arrived.insert(account.to_owned()));
            drop(gates.wait_for(|gates| !is_shut(gates)).await.expect("the journal holds the sender"));
        }
        let mut trouble = None;
        self.gates.send_modify(|gates| trouble = gates.trouble.remove(account));
        match trouble {
            None => Ok(()),
            Some(Trouble::Error) => Err(io::Error::other("the disk is full")),
            Some(Trouble::Panic) => panic!("the journal has a bug"),
        }
    }
}

impl Journal for Held {
    fn open<'a>(&'a self, account: &'a str) -> Later<'a, bool> {
        self.memory.open(account)
    }

    fn balance<'a>(&'a self, account: &'a str) -> Later<'a, Option<u64>> {
        self.memory.balance(account)
    }

    fn record<'a>(&'a self, account: &'a str, balance: u64) -> Later<'a, ()> {
        Box::pin(async move {
            self.pass_gate(account).await?;
            self.memory.record(account, balance).await
        })
    }
}
