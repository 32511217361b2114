//! A task that its actor cannot live without.
//!
//! What [`Context::spawn`] starts ends with the actor, and harms nobody if it panics. An actor that stands for its task,
//! as a connection does, has to end the other way round too: left behind, it would be a name without a voice.

use actor_core::prelude::*;

/// Runs `task`, and stops the actor when it ends, be it by a panic.
pub(crate) fn spawn<A: Actor>(ctx: &Context<A>, task: impl Future<Output = ()> + Send + 'static) {
    let bond = Bond(ctx.this());
    ctx.spawn(async move {
        // Moved in, so that it is dropped with the task wherever that stands.
        let _bond = bond;
        task.await;
    });
}

struct Bond<A: Actor>(WeakActorRef<A>);

impl<A: Actor> Drop for Bond<A> {
    fn drop(&mut self) {
        self.0.stop();
    }
}
