//! What `#[actor]` writes for the till of `by_macro`, but for what is for lints only. It is not compiled: a test of
//! `actor-macros` holds it equal to the expansion.

// ANCHOR: actor
impl ::actor_core::Actor for Till {
    fn mailbox() -> ::actor_core::Mailbox {
        Mailbox::bounded(64)
    }
    fn on_stop(
        &mut self,
        reason: &::actor_core::StopReason,
        ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send {
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        (&::actor_core::__private::Held::<Self>::new()).future(async move {
            Self::close(self, reason);
        })
    }
}
// ANCHOR_END: actor

// ANCHOR: calls_type
#[doc = "The typed calls of `Till`: the methods of every reference to one."]
#[repr(transparent)]
pub struct TillCalls<L>(L);

unsafe impl<L> ::actor_core::__private::TransparentWrapper<L> for TillCalls<L> {}

impl ::actor_core::__private::Typed for Till {
    type Calls<Link> = TillCalls<Link>;
}
// ANCHOR_END: calls_type

// ANCHOR: pay
#[doc = " Takes out so much, and says what is left.\n\nThe message of `Till::pay`."]
pub(crate) struct TillPay {
    #[doc = "The argument `cents`."]
    pub(crate) cents: u64,
}

impl ::actor_core::Handler<TillPay> for Till {
    type Reply = Result<u64, Short>;
    fn handle(
        &mut self,
        message: TillPay,
        _ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<Output = Result<u64, Short>> + ::core::marker::Send
    {
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        let TillPay { cents } = message;
        (&::actor_core::__private::Held::<(Self, TillPay, Result<u64, Short>)>::new())
            .future(::core::future::ready(Self::pay(self, cents)))
    }
    fn unclaimed(reply: Result<u64, Short>, ctx: &mut ::actor_core::Context<Self>) {
        use ::actor_core::__private::Failure as _;
        let failure = (&&&::actor_core::__private::Unclaimed(&reply)).failure();
        ::actor_core::__private::report_unclaimed(
            ctx,
            ::core::any::type_name::<TillPay>(),
            failure,
        );
    }
}
// ANCHOR_END: pay

// ANCHOR: audit
#[doc = "The message of `Till::audit`."]
pub(crate) struct TillAudit;

impl ::actor_core::Handler<TillAudit> for Till {
    type Reply = String;
    fn handle(
        &mut self,
        _message: TillAudit,
        ctx: &mut ::actor_core::Context<Self>,
    ) -> impl ::core::future::Future<Output = String> + ::core::marker::Send {
        use ::actor_core::__private::{HeldSend as _, HeldUnsent as _};
        (&::actor_core::__private::Held::<(Self, TillAudit, String)>::new()).future(
            Self::audit(
                self,
                <Context<Self> as ::actor_core::__private::ContextOf<Self>>::context_of(
                    ctx,
                ),
            ),
        )
    }
    fn unclaimed(reply: String, ctx: &mut ::actor_core::Context<Self>) {
        use ::actor_core::__private::Failure as _;
        let failure = (&&&::actor_core::__private::Unclaimed(&reply)).failure();
        ::actor_core::__private::report_unclaimed(
            ctx,
            ::core::any::type_name::<TillAudit>(),
            failure,
        );
    }
}
// ANCHOR_END: audit

// ANCHOR: calls
impl<Link: ::actor_core::__private::Link<Till>> TillCalls<Link> {
    #[doc = " Takes out so much, and says what is left."]
    pub(crate) fn pay(
        &self,
        cents: u64,
    ) -> ::actor_core::Request<'_, Till, TillPay, Link> {
        ::actor_core::__private::request(
            ::actor_core::__private::TransparentWrapper::peel_ref(self),
            TillPay { cents },
        )
    }
    #[doc = "Sends a [`TillAudit`]."]
    pub(crate) fn audit(&self) -> ::actor_core::Request<'_, Till, TillAudit, Link> {
        ::actor_core::__private::request(
            ::actor_core::__private::TransparentWrapper::peel_ref(self),
            TillAudit,
        )
    }
}
// ANCHOR_END: calls
