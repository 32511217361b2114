//! What the code that the macros write calls. Not for people; it may change in any release.
//!
//! Each trait here lets a *type* decide what a macro, which sees only spelling, cannot know. Two of the choices use
//! method resolution: it takes the first candidate whose bounds hold, and tries a receiver as it is before it adds a `&`
//! and after that removes one.

use std::fmt::Display;
use std::future::{Future, Pending, pending};
use std::marker::PhantomData;

pub use bytemuck::TransparentWrapper;

pub use crate::mailbox::envelope::Envelope;
#[cfg(feature = "main")]
pub use crate::program::Program;
pub use crate::reference::{Link, Typed};
pub use crate::reply::Replier;
pub use crate::supervision::Keeper;

use crate::context::Context;
use crate::reason::BoxError;
use crate::request::Request;

/// What a typed call returns. Without a bound on `M`, a message that cannot be sent is one error, at its handler.
pub fn request<'a, A, M, L: Clone>(link: &'a L, message: M) -> Request<'a, A, M, L> {
    Request::new(link, message)
}

/// The target of a handler's `&mut` argument, which is the context or a mistake.
#[diagnostic::on_unimplemented(
    message = "`&mut {Self}` is not the context of `{A}`",
    label = "a handler's `&mut` argument is its context: `&mut Context<Self>`",
    note = "a message cannot borrow: take the value itself"
)]
pub trait ContextOf<A> {
    fn context_of(ctx: &mut Context<A>) -> &mut Self;
}

impl<A> ContextOf<A> for Context<A> {
    fn context_of(ctx: &mut Context<A>) -> &mut Self {
        ctx
    }
}

/// What an `#[on_start]` method may return.
#[diagnostic::on_unimplemented(
    message = "an `#[on_start]` method returns `()` or `Result<(), E>`, not `{Self}`",
    label = "neither `()` nor a `Result<(), E>` whose `E` is an error",
    note = "`E` is any error type, or anything else that turns into a `BoxError`, as a `String` does"
)]
pub trait IntoStart {
    fn into_start(self) -> Result<(), BoxError>;
}

impl IntoStart for () {
    fn into_start(self) -> Result<(), BoxError> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoStart for Result<(), E> {
    fn into_start(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// An actor that an async `&self` handler may borrow. Every `Sync` type is one; the trait is there for its message.
#[diagnostic::on_unimplemented(
    message = "an async `&self` handler needs `{Self}: Sync`: write `&mut self`",
    label = "borrowed across an await, where another thread may see it",
    note = "`&mut self` costs nothing: an actor handles one message at a time anyway"
)]
pub trait SharedAcrossAwait {}

#[diagnostic::do_not_recommend]
impl<A: Sync> SharedAcrossAwait for A {}

/// An actor borrowed by an async `&self` handler: `(&Borrowed::<A>::new()).across_await(future)`.
///
/// For an actor that is `Sync` this is [`BorrowedSync`], the identity. For any other it is [`BorrowedUnsync`]: its bound
/// is the one error, and the future that it returns has no other fault.
pub struct Borrowed<A>(PhantomData<fn() -> A>);

impl<A> Borrowed<A> {
    #[expect(clippy::new_without_default, reason = "nobody but the macros makes one")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

pub trait BorrowedSync {
    fn across_await<F>(&self, future: F) -> F {
        future
    }
}

impl<A: Sync> BorrowedSync for Borrowed<A> {}

pub trait BorrowedUnsync<A> {
    fn across_await<F: Future>(&self, _future: F) -> Pending<F::Output>
    where
        A: SharedAcrossAwait,
    {
        pending()
    }
}

impl<A> BorrowedUnsync<A> for &Borrowed<A> {}

/// What a handler's future holds: the actor and the message, and then the reply. `(&Held::<(A, M, R)>::new())
/// .future(future)` is the future itself if they can all change threads, as [`HeldSend`]. Else it is one without a fault,
/// as [`HeldUnsent`]: the type that cannot has its error already, where it is bound, and the future would only repeat it.
pub struct Held<T>(PhantomData<fn() -> T>);

impl<T> Held<T> {
    #[expect(clippy::new_without_default, reason = "nobody but the macros makes one")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

pub trait HeldSend {
    fn future<F>(&self, future: F) -> F {
        future
    }
}

impl<T: Send> HeldSend for Held<T> {}

pub trait HeldUnsent {
    fn future<F: Future>(&self, _future: F) -> Pending<F::Output> {
        pending()
    }
}

impl<T> HeldUnsent for &Held<T> {}

/// The reply of a message that was told: `(&&&Unclaimed(&reply)).failure()` is its error as text, if it is one.
pub struct Unclaimed<'a, T>(pub &'a T);

/// One trait with three implementations, one `&` deeper than the next: for an error with `Display`, for any other
/// `Result`, for what is no `Result`. One rather than three, because every handler imports it: the compiler is asked to
/// resolve it a thousand times in a crate with a thousand handlers.
pub trait Failure {
    fn failure(&self) -> Option<String>;
}

impl<T, E: Display> Failure for &&Unclaimed<'_, Result<T, E>> {
    fn failure(&self) -> Option<String> {
        self.0.as_ref().err().map(ToString::to_string)
    }
}

impl<T, E> Failure for &Unclaimed<'_, Result<T, E>> {
    fn failure(&self) -> Option<String> {
        self.0.as_ref().err().map(|_| std::any::type_name::<E>().to_owned())
    }
}

impl<T> Failure for Unclaimed<'_, T> {
    fn failure(&self) -> Option<String> {
        None
    }
}

/// Makes a failure that nobody waits for an event.
pub fn report_unclaimed<A>(ctx: &mut Context<A>, message_type: &'static str, failure: Option<String>) {
    if let Some(error) = failure {
        ctx.report_unclaimed(message_type, error);
    }
}
