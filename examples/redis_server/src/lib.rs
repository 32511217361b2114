//! The parts of a Redis-compatible server that decide, without the actors that carry out.
//!
//! Everything here is a plain value that is handed bytes, commands and the time, and hands back requests,
//! replies and routes: no task, no socket, no clock. The actors around it stay thin, and all that Redis's
//! protocol asks for is tested without a runtime.
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
//! comes back empty, so a crash loses the keys of one shard and nothing else.

pub mod command;
pub mod keyspace;
mod number;
pub mod protocol;
pub mod reply;
pub mod server;
pub mod session;
pub mod settings;
pub mod shards;
