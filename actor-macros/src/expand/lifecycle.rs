//! Writes `impl Actor`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::{Scope, at};
use crate::model::{Hook, HookArgument, Lifecycle};

pub(super) fn actor(scope: &Scope<'_>, lifecycle: &Lifecycle) -> TokenStream {
    let Scope { core, cfgs, .. } = scope;
    let span = at(&scope.block.actor.name);
    let place = scope.core_at(span);
    let head = scope.impl_for(quote_spanned!(span=> #place::Actor), &scope.block.generics, span);
    let mailbox = lifecycle.mailbox.as_ref().map(|mailbox| {
        quote! {
            fn mailbox() -> #core::Mailbox {
                #mailbox
            }
        }
    });
    let on_start = lifecycle.on_start.as_ref().map(|hook| on_start(scope, hook));
    let on_stop = lifecycle.on_stop.as_ref().map(|hook| on_stop(scope, hook));
    quote_spanned! {span=>
        #cfgs
        #[automatically_derived]
        #head {
            #mailbox
            #on_start
            #on_stop
        }
    }
}

fn on_start(scope: &Scope<'_>, hook: &Hook) -> TokenStream {
    let Scope { core, ctx, .. } = scope;
    let cfgs = &hook.cfgs;
    let call = call(scope, hook);
    // The conversion is spanned at the method: it has the return type, should that be none that can be converted.
    let span = at(&hook.method);
    let place = scope.core_at(span);
    let result = Ident::new("result", Span::mixed_site().located_at(span));
    let convert = quote_spanned!(span=> #place::__private::IntoStart::into_start(#result));
    let output = quote!(::core::result::Result<(), #core::BoxError>);
    let body = future(scope, hook, &quote!(let #result = #call; #convert));
    quote_spanned! {span=>
        #(#cfgs)*
        fn on_start(
            &mut self,
            #ctx: &mut #core::Context<Self>,
        ) -> impl ::core::future::Future<Output = #output> + ::core::marker::Send {
            #body
        }
    }
}

fn on_stop(scope: &Scope<'_>, hook: &Hook) -> TokenStream {
    let Scope { core, ctx, .. } = scope;
    let cfgs = &hook.cfgs;
    let call = call(scope, hook);
    let reason = reason(Span::mixed_site());
    let body = future(scope, hook, &quote!(#call;));
    quote_spanned! {at(&hook.method)=>
        #(#cfgs)*
        fn on_stop(
            &mut self,
            #reason: &#core::StopReason,
            #ctx: &mut #core::Context<Self>,
        ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send {
            #body
        }
    }
}

/// The future of a hook: if the actor cannot change threads, that is told already.
fn future(scope: &Scope<'_>, hook: &Hook, body: &TokenStream) -> TokenStream {
    let span = at(&hook.method);
    let core = scope.core_at(span);
    quote_spanned! {span=>
        #[allow(unused_imports)]
        use #core::__private::{HeldSend as _, HeldUnsent as _};
        (&#core::__private::Held::<Self>::new()).future(async move { #body })
    }
}

fn call(scope: &Scope<'_>, hook: &Hook) -> TokenStream {
    let method = &hook.method;
    let arguments = hook.arguments.iter().map(|argument| match argument {
        HookArgument::Context(target) => scope.context(target),
        HookArgument::Reason(span) => {
            let reason = reason(Span::mixed_site().located_at(*span));
            quote!(#reason)
        }
    });
    let wait = hook.is_async.then(|| quote!(.await));
    quote_spanned!(at(method)=> Self::#method(self #(, #arguments)*) #wait)
}

fn reason(span: Span) -> Ident {
    Ident::new("reason", span)
}
