//! What is written for `lifecycle.rs`, beside the block.

#[automatically_derived]
impl ::actor_core::Actor for Db {
    fn mailbox() -> ::actor_core::Mailbox {
        Mailbox::bounded(16)
    }
    fn on_start(
        &mut self,
        ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<
        Output = ::core::result::Result<(), ::actor_core::BoxError>,
    > + ::core::marker::Send {
        #[allow(unused_imports)]
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        (&::actor_core::__private::Held::<Self>::new())
            .future(async move {
                let result = Self::open(
                        self,
                        <Context<
                            Self,
                        > as ::actor_core::__private::ContextOf<Self>>::context_of(ctx),
                    )
                    .await;
                ::actor_core::__private::IntoStart::into_start(result)
            })
    }
    fn on_stop(
        &mut self,
        reason: &::actor_core::StopReason,
        ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send {
        #[allow(unused_imports)]
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        (&::actor_core::__private::Held::<Self>::new())
            .future(async move {
                Self::close(self, reason);
            })
    }
}
///The typed calls of `Db`: the methods of every reference to one.
#[repr(transparent)]
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    unreachable_pub
)]
pub struct DbCalls<L>(L);
#[automatically_derived]
unsafe impl<L> ::actor_core::__private::TransparentWrapper<L> for DbCalls<L> {}
#[automatically_derived]
impl ::actor_core::__private::Typed for Db {
    type Calls<Link> = DbCalls<Link>;
}
