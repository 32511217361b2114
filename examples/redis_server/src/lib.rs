//! A Redis-compatible server out of actors.
//!
//! ```text
//!   Supervisor shards ─────── Shard × N       the keys, and the timer that expires them   (shards)
//!   Supervisor pubsub ─────── Channels        who listens to what                         (pubsub)
//!   DynamicSupervisor
//!     connections ─────────── Connection × n  one for each client                         (connection)
//!   Supervisor front ──────── Listener        accepts                                     (listener)
//! ```
//!
//! [`Server`] builds that tree. Everything that decides is a plain value, which is handed bytes, commands and the time,
//! and hands back requests, replies and routes: no task, no socket, no clock. The actors around it stay thin, and all
//! that Redis's protocol asks for is tested without a runtime.
//!
//! ```text
//!  bytes ─► protocol ─► session ─► shards ─► keyspace ─► shards ─► reply ─► bytes
//!           cut into    parsed by  routed    one shard's  joined    encoded
//!           requests    command              data
//! ```
//!
//! # What is kept, and what is lost
//!
//! Data lives in memory alone: there is no persistence, no replication and no eviction. A shard that crashes
//! comes back empty, so a crash loses the keys of one shard and nothing else; `README.md` has it in full.

pub mod command;
pub mod connection;
pub mod keyspace;
mod listener;
mod number;
pub mod protocol;
pub mod pubsub;
pub mod reply;
pub mod server;
pub mod session;
pub mod settings;
pub mod shards;
mod vital;

pub use server::Server;
