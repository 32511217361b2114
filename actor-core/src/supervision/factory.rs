//! Where a child's state comes from: factories of every shape, behind one object-safe trait.

use async_trait::async_trait;

use crate::actor::Actor;
use crate::reason::BoxError;

/// What a factory may return: an actor, a `Result` with one, or a future of either.
///
/// The parameter tells the shapes apart; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "a factory cannot return `{Self}`",
    label = "`{Self}` is no actor, nor does it become one",
    note = "a child's factory returns an actor, a `Result<Actor, E>` whose `E` is an error, or a future of either"
)]
pub trait IntoActor<Shape>: Send {
    /// The actor that comes out.
    type Actor: Actor;

    #[doc(hidden)]
    fn into_actor(self) -> impl Future<Output = Result<Self::Actor, BoxError>> + Send;
}

#[doc(hidden)]
pub struct Value;
#[doc(hidden)]
pub struct Fallible;
#[doc(hidden)]
pub struct Eventual<Shape>(std::marker::PhantomData<Shape>);

#[diagnostic::do_not_recommend]
impl<A: Actor> IntoActor<Value> for A {
    type Actor = A;

    async fn into_actor(self) -> Result<A, BoxError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<A: Actor, E: Into<BoxError> + Send> IntoActor<Fallible> for Result<A, E> {
    type Actor = A;

    async fn into_actor(self) -> Result<A, BoxError> {
        self.map_err(Into::into)
    }
}

#[diagnostic::do_not_recommend]
impl<Shape, F> IntoActor<Eventual<Shape>> for F
where
    F: Future + Send,
    F::Output: IntoActor<Shape>,
{
    type Actor = <F::Output as IntoActor<Shape>>::Actor;

    async fn into_actor(self) -> Result<Self::Actor, BoxError> {
        self.await.into_actor().await
    }
}

/// A factory with its shape forgotten. It runs in the child's own task, inside the fence.
#[async_trait]
pub(super) trait Factory<A>: Send + Sync {
    async fn make(&self) -> Result<A, BoxError>;
}

pub(super) struct Shaped<F, Shape> {
    factory: F,
    shape: std::marker::PhantomData<fn() -> Shape>,
}

impl<F, Shape> Shaped<F, Shape> {
    pub(super) fn new(factory: F) -> Self {
        Self { factory, shape: std::marker::PhantomData }
    }
}

#[async_trait]
impl<A, F, B, Shape> Factory<A> for Shaped<F, Shape>
where
    A: Actor,
    F: Fn() -> B + Send + Sync,
    B: IntoActor<Shape, Actor = A>,
{
    async fn make(&self) -> Result<A, BoxError> {
        (self.factory)().into_actor().await
    }
}
