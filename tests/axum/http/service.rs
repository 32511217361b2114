//! The service under test: the bank on a port of its own, and the hands that a test needs.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use axum_service::{Bank, Ended, Limits, serve};
use hyper::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, yield_now};

use crate::client::{Answer, send};
use crate::journal::Held;

/// Never over by itself: a timeout of this length fires when the test moves the clock.
pub(crate) const AN_HOUR: Duration = Duration::from_secs(3_600);

pub(crate) struct Service {
    pub(crate) addr: SocketAddr,
    pub(crate) bank: Bank,
    pub(crate) journal: Arc<Held>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<io::Result<Ended>>,
}

impl Service {
    /// With room for one request beside the one that is handled.
    pub(crate) async fn start(system: &System) -> Self {
        Self::with(system, Mailbox::bounded(1)).await
    }

    pub(crate) async fn with(system: &System, mailbox: Mailbox) -> Self {
        let mut limits = Limits::default();
        (limits.patience, limits.mailbox) = (AN_HOUR, mailbox);
        let journal = Arc::new(Held::default());
        let bank = Bank::start(system, journal.clone(), limits).await.expect("the bank starts");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let addr = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel();
        // A test that drops its end does not stop the service.
        let stopped = async move {
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let ended = tokio::spawn(serve(listener, bank.clone(), stopped));
        Self { addr, bank, journal, stop, ended }
    }

    /// Opens accounts, each with a hundred in it.
    pub(crate) async fn open(&self, accounts: &[&str]) {
        for account in accounts {
            assert_eq!(self.post("/accounts", json!({ "name": account })).await.status, 201);
            assert_eq!(self.deposit(account, 100).await.status, 200);
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.addr, Method::GET, path, String::new()).await.expect("the service answers")
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.addr, Method::POST, path, body.to_string()).await.expect("the service answers")
    }

    pub(crate) async fn deposit(&self, account: &str, amount: u64) -> Answer {
        self.post(&format!("/accounts/{account}/deposit"), json!({ "amount": amount })).await
    }

    pub(crate) async fn balance(&self, account: &str) -> Value {
        self.get(&format!("/accounts/{account}")).await.body["balance"].clone()
    }

    /// A post that the test does not wait for yet.
    pub(crate) fn begin_post(&self, path: &str, body: Value) -> JoinHandle<Answer> {
        let (addr, path) = (self.addr, path.to_owned());
        tokio::spawn(async move {
            send(addr, Method::POST, &path, body.to_string()).await.expect("the service answers")
        })
    }

    pub(crate) fn begin_deposit(&self, account: &str, amount: u64) -> JoinHandle<Answer> {
        self.begin_post(&format!("/accounts/{account}/deposit"), json!({ "amount": amount }))
    }

    /// A deposit whose handler runs and does not end before the gate is opened.
    pub(crate) async fn occupy(&self, account: &str, amount: u64) -> JoinHandle<Answer> {
        self.journal.shut(account);
        let deposit = self.begin_deposit(account, amount);
        self.journal.arrival(account).await;
        deposit
    }

    /// Ready once so many messages wait in the mailbox of `account`.
    pub(crate) async fn queued(&self, account: &str, count: usize) {
        let account = self.bank.account(account).await.expect("the account is there");
        while account.queue_len() < count {
            yield_now().await;
        }
    }

    /// Tells the service to stop; ready once it takes no new connections.
    pub(crate) async fn begin_stop(self) -> JoinHandle<io::Result<Ended>> {
        self.stop.send(()).expect("the service waits for it");
        while tokio::net::TcpStream::connect(self.addr).await.is_ok() {
            yield_now().await;
        }
        self.ended
    }

    /// Waits for the end without asking for it.
    pub(crate) async fn ended(self) -> Ended {
        self.ended.await.expect("no panic").expect("no error")
    }
}

/// Lets `time` pass in a moment. Everybody has had their turn before and after.
pub(crate) async fn pass(system: &TestSystem, time: Duration) {
    system.settle().await;
    tokio::time::pause();
    tokio::time::advance(time).await;
    system.settle().await;
    tokio::time::resume();
}
