//! A small bank over HTTP: axum in front, one actor per account behind.
//!
//! ```text
//!   http.rs ──► bank.rs ──► account.rs   one actor per account, started when it is first needed
//!      │            └─────► transfer.rs  one actor per transfer, which ends with it
//!   error.rs                    │
//!   (the one place           journal.rs  what has to outlive a crash
//!    with statuses)
//!   server.rs                            begins and ends all of it, in order
//! ```
//!
//! | Request | Body | Answer |
//! |---|---|---|
//! | `POST /accounts` | `{"name": "ann"}` | 201 `{"name": "ann", "balance": 0}` |
//! | `GET /accounts/ann` | | `{"name": "ann", "balance": 0}` |
//! | `POST /accounts/ann/deposit` | `{"amount": 5}` | `{"name": "ann", "balance": 5}` |
//! | `POST /accounts/ann/withdraw` | `{"amount": 2}` | `{"name": "ann", "balance": 3}` |
//! | `POST /transfers` | `{"from": "ann", "to": "bob", "amount": 1}` | `{"from": 2, "to": 1}` |
//!
//! What it guarantees: an account never goes below zero; a balance that was answered is in the journal, so that a crash
//! loses none; every request is answered within a bound; a failed request says whether anything has happened, in its
//! status. What it does not do: survive the end of the process with the journal in memory, nor make a request safe to
//! send twice.

mod account;
mod bank;
mod error;
mod http;
mod journal;
mod server;
mod transfer;

pub use account::Account;
pub use bank::{Bank, Limits};
pub use error::{Failure, Refusal};
pub use http::router;
pub use journal::{Journal, Later, Memory};
pub use server::{Ended, serve};
pub use transfer::Moved;
