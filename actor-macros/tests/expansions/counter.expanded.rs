//! What is written for `counter.rs`, beside the block.

#[automatically_derived]
impl ::actor_core::Actor for Counter {}
///The typed calls of `Counter`: the methods of every reference to one.
#[repr(transparent)]
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    unreachable_pub
)]
pub struct CounterCalls<L>(L);
#[automatically_derived]
unsafe impl<L> ::actor_core::__private::TransparentWrapper<L> for CounterCalls<L> {}
#[automatically_derived]
impl ::actor_core::__private::Typed for Counter {
    type Calls<Link> = CounterCalls<Link>;
}
/** Adds `n`.

The message of `Counter::add`.*/
#[allow(
    clippy::pub_underscore_fields,
    clippy::type_complexity,
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_snake_case,
    private_interfaces,
    rustdoc::broken_intra_doc_links,
    unreachable_pub
)]
pub struct CounterAdd {
    /// How many.
    pub n: u64,
}
#[automatically_derived]
#[allow(clippy::used_underscore_binding, deprecated)]
impl ::actor_core::Handler<CounterAdd> for Counter {
    type Reply = u64;
    fn handle(
        &mut self,
        message: CounterAdd,
        _ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<Output = u64> + ::core::marker::Send {
        #[allow(unused_imports)]
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        let CounterAdd { n } = message;
        (&::actor_core::__private::Held::<(Self, CounterAdd, u64)>::new())
            .future(Self::add(self, n))
    }
    fn unclaimed(reply: u64, ctx: &mut ::actor_core::Context<Self>) {
        #[allow(unused_imports)]
        use ::actor_core::__private::Failure as _;
        let failure = (&&&::actor_core::__private::Unclaimed(&reply)).failure();
        ::actor_core::__private::report_unclaimed(
            ctx,
            ::core::any::type_name::<CounterAdd>(),
            failure,
        );
    }
}
///The message of `Counter::total`.
#[allow(
    clippy::pub_underscore_fields,
    clippy::type_complexity,
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_snake_case,
    private_interfaces,
    rustdoc::broken_intra_doc_links,
    unreachable_pub
)]
struct CounterTotal;
#[automatically_derived]
#[allow(clippy::used_underscore_binding, deprecated)]
impl ::actor_core::Handler<CounterTotal> for Counter {
    type Reply = u64;
    fn handle(
        &mut self,
        _message: CounterTotal,
        _ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<Output = u64> + ::core::marker::Send {
        #[allow(unused_imports)]
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        (&::actor_core::__private::Held::<(Self, CounterTotal, u64)>::new())
            .future(::core::future::ready(Self::total(self)))
    }
    fn unclaimed(reply: u64, ctx: &mut ::actor_core::Context<Self>) {
        #[allow(unused_imports)]
        use ::actor_core::__private::Failure as _;
        let failure = (&&&::actor_core::__private::Unclaimed(&reply)).failure();
        ::actor_core::__private::report_unclaimed(
            ctx,
            ::core::any::type_name::<CounterTotal>(),
            failure,
        );
    }
}
///The message of `Counter::check`.
#[allow(
    clippy::pub_underscore_fields,
    clippy::type_complexity,
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_snake_case,
    private_interfaces,
    rustdoc::broken_intra_doc_links,
    unreachable_pub
)]
struct CounterCheck {
    ///The argument `limit`.
    limit: u64,
}
#[automatically_derived]
#[allow(clippy::used_underscore_binding, deprecated)]
impl ::actor_core::Handler<CounterCheck> for Counter {
    type Reply = Result<(), Exceeded>;
    fn handle(
        &mut self,
        message: CounterCheck,
        ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<
        Output = Result<(), Exceeded>,
    > + ::core::marker::Send {
        #[allow(unused_imports)]
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        let CounterCheck { limit } = message;
        (&::actor_core::__private::Held::<
            (Self, CounterCheck, Result<(), Exceeded>),
        >::new())
            .future({
                #[allow(unused_imports)]
                use ::actor_core::__private::{BorrowedSync as _, BorrowedUnsync as _};
                (&::actor_core::__private::Borrowed::<Self>::new())
                    .across_await(
                        Self::check(
                            self,
                            <Context<
                                Self,
                            > as ::actor_core::__private::ContextOf<
                                Self,
                            >>::context_of(ctx),
                            limit,
                        ),
                    )
            })
    }
    fn unclaimed(reply: Result<(), Exceeded>, ctx: &mut ::actor_core::Context<Self>) {
        #[allow(unused_imports)]
        use ::actor_core::__private::Failure as _;
        let failure = (&&&::actor_core::__private::Unclaimed(&reply)).failure();
        ::actor_core::__private::report_unclaimed(
            ctx,
            ::core::any::type_name::<CounterCheck>(),
            failure,
        );
    }
}
///The message of `Counter::reset`.
#[allow(
    clippy::pub_underscore_fields,
    clippy::type_complexity,
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    non_snake_case,
    private_interfaces,
    rustdoc::broken_intra_doc_links,
    unreachable_pub
)]
struct CounterReset;
#[automatically_derived]
#[allow(clippy::used_underscore_binding, deprecated)]
impl ::actor_core::Handler<CounterReset> for Counter {
    type Reply = ();
    fn handle(
        &mut self,
        _message: CounterReset,
        _ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send {
        #[allow(unused_imports)]
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        (&::actor_core::__private::Held::<(Self, CounterReset, ())>::new())
            .future(::core::future::ready(Self::reset(self)))
    }
}
#[allow(
    clippy::too_many_arguments,
    clippy::type_complexity,
    clippy::used_underscore_binding,
    clippy::wrong_self_convention,
    dead_code,
    non_snake_case,
    private_bounds,
    private_interfaces,
    unreachable_pub
)]
impl<Link: ::actor_core::__private::Link<Counter>> CounterCalls<Link> {
    /// Adds `n`.
    ///
    /// The second paragraph is for the call alone.
    pub fn add(&self, n: u64) -> ::actor_core::Request<'_, Counter, CounterAdd, Link> {
        ::actor_core::__private::request(
            ::actor_core::__private::TransparentWrapper::peel_ref(self),
            CounterAdd { n },
        )
    }
    ///Sends a [`CounterTotal`].
    fn total(&self) -> ::actor_core::Request<'_, Counter, CounterTotal, Link> {
        ::actor_core::__private::request(
            ::actor_core::__private::TransparentWrapper::peel_ref(self),
            CounterTotal,
        )
    }
    ///Sends a [`CounterCheck`].
    fn check(
        &self,
        limit: u64,
    ) -> ::actor_core::Request<'_, Counter, CounterCheck, Link> {
        ::actor_core::__private::request(
            ::actor_core::__private::TransparentWrapper::peel_ref(self),
            CounterCheck { limit },
        )
    }
    ///Sends a [`CounterReset`].
    fn reset(&self) -> ::actor_core::Request<'_, Counter, CounterReset, Link> {
        ::actor_core::__private::request(
            ::actor_core::__private::TransparentWrapper::peel_ref(self),
            CounterReset,
        )
    }
}
