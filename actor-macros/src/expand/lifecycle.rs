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
    quote! {
        #(#cfgs)*
        async fn on_start(
            &mut self,
            #ctx: &mut #core::Context<Self>,
        ) -> ::core::result::Result<(), #core::BoxError> {
            let #result = #call;
            #convert
        }
    }
}

fn on_stop(scope: &Scope<'_>, hook: &Hook) -> TokenStream {
    let Scope { core, ctx, .. } = scope;
    let cfgs = &hook.cfgs;
    let call = call(scope, hook);
    let reason = reason(Span::mixed_site());
    quote! {
        #(#cfgs)*
        async fn on_stop(&mut self, #reason: &#core::StopReason, #ctx: &mut #core::Context<Self>) {
            #call;
        }
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
