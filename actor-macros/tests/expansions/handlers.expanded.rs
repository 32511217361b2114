//! What is written for `handlers.rs`, beside the block.

///The message of `Counter::set`.
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
pub(crate) struct CounterSet {
    ///The argument `count`.
    pub(crate) count: u64,
}
#[automatically_derived]
#[allow(clippy::used_underscore_binding, deprecated)]
impl my::actors::Handler<CounterSet> for super::Counter {
    type Reply = ();
    fn handle(
        &mut self,
        message: CounterSet,
        _ctx: &mut my::actors::Context<Self>,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send {
        #[allow(unused_imports)]
        use my::actors::__private::{HeldSend as _, HeldUnsent as _};
        let CounterSet { count } = message;
        (&my::actors::__private::Held::<(Self, CounterSet, ())>::new())
            .future(::core::future::ready(Self::set(self, count)))
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
impl<Link: my::actors::__private::Link<super::Counter>> super::CounterCalls<Link> {
    ///Sends a [`CounterSet`].
    pub(crate) fn set(
        &self,
        count: u64,
    ) -> my::actors::Request<'_, super::Counter, CounterSet, Link> {
        my::actors::__private::request(
            my::actors::__private::TransparentWrapper::peel_ref(self),
            CounterSet { count },
        )
    }
}
