//! What is written for `attributes.rs`, beside the block.

#[cfg(unix)]
#[automatically_derived]
impl ::actor_core::Actor for Bell {}
#[cfg(unix)]
///The typed calls of `Bell`: the methods of every reference to one.
#[repr(transparent)]
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    unreachable_pub
)]
pub struct BellCalls<L>(L);
#[cfg(unix)]
#[automatically_derived]
unsafe impl<L> ::actor_core::__private::TransparentWrapper<L> for BellCalls<L> {}
#[cfg(unix)]
#[automatically_derived]
impl ::actor_core::__private::Typed for Bell {
    type Calls<Link> = BellCalls<Link>;
}
#[cfg(unix)]
#[cfg_attr(windows, cfg(loud))]
///The message of `Bell::ring`.
#[derive(Clone, Debug)]
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
pub struct Ring {
    ///The argument `times`.
    pub times: u32,
}
#[cfg(unix)]
#[cfg_attr(windows, cfg(loud))]
#[automatically_derived]
#[allow(clippy::used_underscore_binding, deprecated)]
impl ::actor_core::Handler<Ring> for Bell {
    type Reply = ();
    fn handle(
        &mut self,
        message: Ring,
        _ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send {
        #[allow(unused_imports)]
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        let Ring { times } = message;
        (&::actor_core::__private::Held::<(Self, Ring, ())>::new())
            .future(::core::future::ready(Self::ring(self, times)))
    }
}
#[cfg(unix)]
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
impl<Link: ::actor_core::__private::Link<Bell>> BellCalls<Link> {
    #[cfg_attr(windows, cfg(loud))]
    ///Sends a [`Ring`].
    #[deprecated = "use `chime`"]
    #[cfg_attr(windows, doc = "Loud.")]
    pub fn ring(&self, times: u32) -> ::actor_core::Request<'_, Bell, Ring, Link> {
        ::actor_core::__private::request(
            ::actor_core::__private::TransparentWrapper::peel_ref(self),
            Ring { times },
        )
    }
}
