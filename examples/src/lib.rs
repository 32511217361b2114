//! The examples, in the order in which to read them. This crate itself is only their index.
//!
//! | Example | What it shows | Run it with |
//! |---|---|---|
//! | `counter` | One actor, tell and ask: the program of the first page | `cargo run --example counter` |
//! | `counter_by_hand` | The same without a macro: what `#[actor]` writes | `cargo run --example counter_by_hand` |
//! | `quickstart` | Errors, names, timeouts, a crash, backpressure, shutdown | `cargo run --example quickstart` |
//! | `supervision_lab` | A shop that is broken in five ways, and what its supervisors do | `cargo run --example supervision_lab` |
//! | `axum_service` | A web service with actors behind its routes | `cargo run --example axum_service` |
//! | `redis_server` | A server that `redis-cli` can talk to | `cargo run --release --example redis_server` |
//!
//! The first three are programs of one file; the programs of the book are in `examples/book`. The last two are crates of their own: a library, which the tests in
//! `tests/axum` and `tests/redis` drive over real connections, and a small `main.rs`.
//!
//! The book takes its listings from these files, between the `ANCHOR` comments, so what it prints is what runs.
