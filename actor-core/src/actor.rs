//! What an actor is: a type with two hooks and a mailbox.

use std::future::Future;

use crate::context::Context;
use crate::mailbox::Mailbox;
use crate::reason::{BoxError, StopReason};

/// A value that owns its state and handles one message at a time.
///
/// Both hooks have defaults, so `impl Actor for Counter {}` is an actor. What it can be told is said by its
/// [`Handler`](crate::Handler) implementations.
///
/// # Examples
///
/// ```
/// use actor_core::prelude::*;
///
/// struct Greeter;
/// impl Actor for Greeter {}
///
/// struct Greet(String);
/// impl Handler<Greet> for Greeter {
///     type Reply = String;
///     async fn handle(&mut self, Greet(name): Greet, _ctx: &mut Context<Self>) -> String {
///         format!("hello {name}")
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let system = System::new("greetings");
/// let greeter = system.spawn(Greeter);
/// assert_eq!(greeter.ask(Greet("you".into())).await?, "hello you");
/// system.shutdown().await;
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an actor",
    label = "not an actor",
    note = "write `impl Actor for {Self} {{}}` or `#[derive(Actor)]`, or put `#[actor]` on its impl block"
)]
pub trait Actor: Sized + Send + 'static {
    /// Runs before the first message, in the actor's own task. It and the factory have 30 s together.
    ///
    /// # Errors
    ///
    /// An error or a panic here means that the incarnation never lived: it ends with
    /// [`StopReason::StartFailed`], without `on_stop`.
    fn on_start(&mut self, ctx: &mut Context<Self>) -> impl Future<Output = Result<(), BoxError>> + Send {
        let _ = ctx;
        async { Ok(()) }
    }

    /// Runs after the last message, before the state is dropped, for 5 s at most; then its future is dropped.
    ///
    /// It runs whatever ended the actor, a panic in a handler included, but not after a kill, nor if `on_start` had not
    /// succeeded.
    ///
    /// # Panics
    ///
    /// A panic here is caught and becomes the reason, unless the actor was ending because of another failure.
    fn on_stop(&mut self, reason: &StopReason, ctx: &mut Context<Self>) -> impl Future<Output = ()> + Send {
        let _ = (reason, ctx);
        async {}
    }

    /// How many messages may wait for an actor of this type. A builder or a child specification can say otherwise.
    fn mailbox() -> Mailbox {
        Mailbox::default()
    }
}
