//! What is written for `generic.rs`, beside the block.

#[automatically_derived]
impl<T: Send + 'static, const N: usize> ::actor_core::Actor for Store<T, N>
where
    T: Clone,
{}
///The typed calls of `Store`: the methods of every reference to one.
#[repr(transparent)]
#[allow(
    dead_code,
    missing_copy_implementations,
    missing_debug_implementations,
    unreachable_pub
)]
pub struct StoreCalls<L, A>(L, ::core::marker::PhantomData<fn() -> A>);
#[automatically_derived]
unsafe impl<L, A> ::actor_core::__private::TransparentWrapper<L> for StoreCalls<L, A> {}
#[automatically_derived]
impl<T: Send + 'static, const N: usize> ::actor_core::__private::Typed for Store<T, N>
where
    T: Clone,
{
    type Calls<Link> = StoreCalls<Link, Store<T, N>>;
}
///The message of `Store::put`.
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
struct StorePut<T> {
    ///The argument `at`.
    at: usize,
    ///The argument `item`.
    item: T,
}
#[automatically_derived]
#[allow(clippy::used_underscore_binding, deprecated)]
impl<T: Send + 'static, const N: usize> ::actor_core::Handler<StorePut<T>>
for Store<T, N>
where
    T: Clone,
{
    type Reply = Option<T>;
    fn handle(
        &mut self,
        message: StorePut<T>,
        _ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<Output = Option<T>> + ::core::marker::Send {
        #[allow(unused_imports)]
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        let StorePut { at, item } = message;
        (&::actor_core::__private::Held::<(Self, StorePut<T>, Option<T>)>::new())
            .future(::core::future::ready(Self::put(self, at, item)))
    }
    fn unclaimed(reply: Option<T>, ctx: &mut ::actor_core::Context<Self>) {
        #[allow(unused_imports)]
        use ::actor_core::__private::Failure as _;
        let failure = (&&&::actor_core::__private::Unclaimed(&reply)).failure();
        ::actor_core::__private::report_unclaimed(
            ctx,
            ::core::any::type_name::<StorePut<T>>(),
            failure,
        );
    }
}
///The message of `Store::put_like`.
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
struct StorePutLike<U: Send + 'static> {
    ///The argument `items`.
    items: Vec<U>,
}
#[automatically_derived]
#[allow(clippy::used_underscore_binding, deprecated)]
impl<
    T: Send + 'static,
    const N: usize,
    U: Into<T> + Send + 'static,
> ::actor_core::Handler<StorePutLike<U>> for Store<T, N>
where
    T: Clone,
{
    type Reply = ();
    fn handle(
        &mut self,
        message: StorePutLike<U>,
        _ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send {
        #[allow(unused_imports)]
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        let StorePutLike { items } = message;
        (&::actor_core::__private::Held::<(Self, StorePutLike<U>, ())>::new())
            .future(Self::put_like::<U>(self, items))
    }
}
///The message of `Store::room`.
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
struct StoreRoom;
#[automatically_derived]
#[allow(clippy::used_underscore_binding, deprecated)]
impl<T: Send + 'static, const N: usize> ::actor_core::Handler<StoreRoom> for Store<T, N>
where
    T: Clone,
{
    type Reply = usize;
    fn handle(
        &mut self,
        _message: StoreRoom,
        _ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<Output = usize> + ::core::marker::Send {
        #[allow(unused_imports)]
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        (&::actor_core::__private::Held::<(Self, StoreRoom, usize)>::new())
            .future(::core::future::ready(Self::room(self)))
    }
    fn unclaimed(reply: usize, ctx: &mut ::actor_core::Context<Self>) {
        #[allow(unused_imports)]
        use ::actor_core::__private::Failure as _;
        let failure = (&&&::actor_core::__private::Unclaimed(&reply)).failure();
        ::actor_core::__private::report_unclaimed(
            ctx,
            ::core::any::type_name::<StoreRoom>(),
            failure,
        );
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
impl<
    Link: ::actor_core::__private::Link<Store<T, N>>,
    T: Send + 'static,
    const N: usize,
> StoreCalls<Link, Store<T, N>>
where
    T: Clone,
{
    ///Sends a [`StorePut`].
    fn put(
        &self,
        at: usize,
        item: T,
    ) -> ::actor_core::Request<'_, Store<T, N>, StorePut<T>, Link> {
        ::actor_core::__private::request(
            ::actor_core::__private::TransparentWrapper::peel_ref(self),
            StorePut { at, item },
        )
    }
    ///Sends a [`StorePutLike`].
    fn put_like<U: Into<T> + Send + 'static>(
        &self,
        items: Vec<U>,
    ) -> ::actor_core::Request<'_, Store<T, N>, StorePutLike<U>, Link> {
        ::actor_core::__private::request(
            ::actor_core::__private::TransparentWrapper::peel_ref(self),
            StorePutLike { items },
        )
    }
    ///Sends a [`StoreRoom`].
    fn room(&self) -> ::actor_core::Request<'_, Store<T, N>, StoreRoom, Link> {
        ::actor_core::__private::request(
            ::actor_core::__private::TransparentWrapper::peel_ref(self),
            StoreRoom,
        )
    }
}
