//! Who is called at night: an actor that watches others and keeps what it hears of their ends.

use actor_core::prelude::*;

// ANCHOR: pager
#[derive(Default)]
pub(crate) struct Pager {
    heard: Vec<String>,
}

#[actor]
impl Pager {
    /// What it has heard since it was last asked.
    #[handler]
    pub(crate) fn heard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.heard)
    }
}

/// Watch this one, whatever it is.
pub(crate) struct Watch<A>(pub(crate) WeakActorRef<A>);

impl<A: Actor> Handler<Watch<A>> for Pager {
    type Reply = ();

    async fn handle(&mut self, Watch(actor): Watch<A>, ctx: &mut Context<Self>) {
        ctx.watch(&actor);
    }
}

impl Handler<Down> for Pager {
    type Reply = ();

    async fn handle(&mut self, down: Down, _ctx: &mut Context<Self>) {
        let end = if down.reason.is_orderly() { "was ended" } else { "died" };
        self.heard.push(format!("{} {end}", down.path));
    }
}
// ANCHOR_END: pager
