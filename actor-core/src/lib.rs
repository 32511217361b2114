//! Actors on tokio: typed mailboxes, supervision that restarts what fails, references that stay valid.
//!
//! ```
//! use actor_core::prelude::*;
//!
//! struct Counter {
//!     count: u64,
//! }
//!
//! struct Add(u64);
//!
//! impl Actor for Counter {}
//!
//! impl Handler<Add> for Counter {
//!     type Reply = u64;
//!
//!     async fn handle(&mut self, Add(n): Add, _ctx: &mut Context<Self>) -> u64 {
//!         self.count += n;
//!         self.count
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let system = System::new("hello");
//! let counter = system.spawn(Counter { count: 0 });
//! counter.tell(Add(40)).await?;
//! assert_eq!(counter.ask(Add(2)).await?, 42);
//! system.shutdown().await;
//! # Ok(()) }
//! ```
//!
//! # What it promises
//!
//! - An actor is one *logical* thing. References, names and watches survive a restart and reach the next incarnation.
//! - At most once, first in first out. An accepted message is handled or reported as a dead letter; nothing vanishes.
//! - Every wait has a bound: asks, starts, stops, kills and the shutdown of a system.
//! - Panics are contained, at the actor.
//!
//! `SEMANTICS.md` in the repository has the whole contract, with the test that holds each line.
//!
//! # Where to start
//!
//! [`System`] spawns actors; [`Actor`] and [`Handler`] define them, by hand or with [`actor`]; [`ActorRef`] sends;
//! [`Supervisor`] restarts; [`testing`] makes time stand still.

// With the reference queue in its place, the fast one is not used.
#![cfg_attr(plain_queue, allow(dead_code, unused_imports))]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod actor;
mod cell;
mod context;
mod dead_letter;
mod deadline;
mod erased;
mod error;
mod event;
mod fence;
mod identity;
mod incarnation;
mod lifecycle;
mod mailbox;
mod message;
mod monitor;
mod ownership;
#[cfg(feature = "main")]
mod program;
#[expect(unsafe_code, reason = "here and nowhere else")]
mod raw;
mod reason;
mod reference;
mod registry;
mod reply;
mod request;
mod rest;
mod roll;
mod rt;
mod run;
mod stats;
mod supervision;
mod system;
#[cfg(feature = "testing")]
pub mod testing;
mod timer;
mod watch;
mod watchdog;

pub use actor::Actor;
#[cfg(feature = "main")]
pub use actor_macros::main;
#[cfg(feature = "testing")]
pub use actor_macros::test;
pub use actor_macros::{Actor, actor, handler, handlers, on_start, on_stop};
pub use context::Context;
pub use dead_letter::{DeadLetter, LetterReason};
pub use error::{AskError, Phase, Returned, TellError, Unanswered, Undelivered};
pub use event::{Event, Events, Subject};
pub use identity::{ActorId, Path};
pub use lifecycle::{Shutdown, Status};
pub use mailbox::{Lane, Mailbox, Overflow};
pub use message::{Abandoned, Handler, MessageOf};
pub use reason::{BoxError, GaveUp, Panic, StartFailure, StopReason};
pub use reference::{ActorRef, Recipient, Strong, Weak, WeakActorRef};
pub use registry::{LookupError, NameTaken};
pub use request::{Ask, Request, Tell};
pub use stats::ActorStats;
pub use supervision::{
    AdminError, AutoShutdown, Backoff, Child, ChildCount, ChildInfo, ChildKind, ChildStatus, DynamicRef,
    DynamicSupervisor, Intensity, IntoActor, Mail, Nested, Reconfigure, Restart, SpecError, Supervisor,
    SupervisorError, SupervisorRef,
};
pub use system::{ActorBuilder, ShutdownReport, SpawnError, Stats, System, SystemBuilder, Tree};
pub use timer::Timer;
pub use watch::{Down, LinkBroken};

/// Everything that most programs need.
pub mod prelude {
    pub use std::time::Duration;

    pub use crate::{
        Actor, ActorRef, AskError, Backoff, BoxError, Child, Context, Down, DynamicSupervisor, Event,
        Handler, Mailbox, Overflow, Phase, Recipient, Restart, Shutdown, StopReason, Supervisor, System,
        TellError, Unanswered, Undelivered, WeakActorRef, actor, handler, handlers, on_start, on_stop,
    };
}
