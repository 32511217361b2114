//! Writes a message and its `impl Handler`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Generics, parse_quote};

use super::{Scope, arguments, at, docs, joined, shown};
use crate::model::{Argument, Handler, Lane, Message, Mode};

pub(super) fn handler(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let message = message(scope, handler);
    let implementation = implementation(scope, handler);
    quote!(#message #implementation)
}

/// The message as a literal or as a pattern: both take the fields by the names of the arguments.
pub(super) fn message_with_fields(handler: &Handler) -> TokenStream {
    let name = &handler.message.name;
    let fields: Vec<_> = handler.fields().map(|field| &field.name).collect();
    if fields.is_empty() { quote!(#name) } else { quote!(#name { #(#fields),* }) }
}

fn message(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let Handler { vis, cfgs, method, message, .. } = handler;
    let block_cfgs = &scope.cfgs;
    let name = &message.name;
    let docs = docs::message(
        &handler.docs,
        &format!("The message of `{}::{}`.", shown(scope.block), method.unraw()),
    );
    let derives = (!message.derives.is_empty()).then(|| {
        let derives = &message.derives;
        quote!(#[derive(#(#derives),*)])
    });
    let (parameters, _, where_clause) = message.generics.split_for_impl();
    let fields: Vec<_> = handler
        .fields()
        .map(|field| {
            let (name, ty) = (&field.name, &field.ty);
            let docs = docs::or(&field.docs, &format!("The argument `{}`.", name.unraw()));
            quote!(#docs #vis #name: #ty)
        })
        .collect();
    let body =
        if fields.is_empty() { quote!(#where_clause;) } else { quote!(#where_clause { #(#fields,)* }) };
    quote_spanned! {at(method)=>
        #block_cfgs
        #(#cfgs)*
        #docs
        #derives
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
        #vis struct #name #parameters #body
    }
}

fn implementation(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let Handler { cfgs, method, .. } = handler;
    let block_cfgs = &scope.cfgs;
    let span = at(method);
    let core = scope.core_at(span);
    let name = &handler.message.name;
    let arguments = arguments(&handler.message.generics);
    let message = quote!(#name #arguments);
    let generics = joined(&bounded(scope, &handler.message), &handler.generics);
    let head = scope.impl_for(quote_spanned!(span=> #core::Handler<#message>), &generics, span);
    let reply = handler.reply.as_ref().map_or_else(|| quote!(()), ToTokens::to_token_stream);
    let handle = handle(scope, handler, &message, &reply);
    let terms = terms(scope, handler);
    let unclaimed = handler.reply.is_some().then(|| unclaimed(scope, method, &message, &reply));
    quote_spanned! {span=>
        #block_cfgs
        #(#cfgs)*
        #[automatically_derived]
        #[allow(clippy::used_underscore_binding, deprecated)]
        #head {
            type Reply = #reply;
            #terms
            #handle
            #unclaimed
        }
    }
}

/// What the options say of how the messages travel.
fn terms(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let core = scope.core;
    let lane = handler.terms.lane.map(|lane| {
        let lane = match lane {
            Lane::Normal => quote!(Normal),
            Lane::High => quote!(High),
        };
        quote!(const LANE: #core::Lane = #core::Lane::#lane;)
    });
    let timeout = handler.terms.timeout.as_ref().map(|timeout| {
        // A variable of that type: an expression of another is one error, at the user's tokens.
        let span = at(timeout);
        let local = Ident::new("timeout", Span::mixed_site());
        let typed = quote_spanned!(span=> let #local: ::core::time::Duration = #timeout;);
        quote! {
            fn ask_timeout() -> ::core::option::Option<::core::time::Duration> {
                #typed
                ::core::option::Option::Some(#local)
            }
        }
    });
    let abandoned =
        handler.terms.always_run.then(|| quote!(const ABANDONED: #core::Abandoned = #core::Abandoned::Run;));
    // The flag is for the test suites: all that can be inline is.
    let inline = handler.terms.inline.is_some() || cfg!(inline_asks) && matches!(handler.mode, Mode::Sync);
    let inline = inline.then(|| {
        quote!(
            const INLINE: bool = true;
        )
    });
    quote!(#lane #abandoned #inline #timeout)
}

/// The block's parameters, with the bounds that their being an actor's or a message's implies. Should the block lack
/// them, `impl Actor` says so, and the handlers need not say it again.
fn bounded(scope: &Scope<'_>, message: &Message) -> Generics {
    let mut generics = scope.block.generics.clone();
    for param in generics.type_params_mut() {
        let has = |bound: &str| param.bounds.iter().any(|known| known.to_token_stream().to_string() == bound);
        let (lives, sends) = (has("'static"), has("Send"));
        if !lives {
            param.bounds.push(parse_quote!('static));
        }
        if !sends && message.carries.contains(&param.ident) {
            param.bounds.push(parse_quote!(::core::marker::Send));
        }
    }
    generics
}

/// An async method's own future is what `handle` returns: an `async fn` around it would hold every message twice, once
/// for itself and once for the method. A method that is not async is called at once, and its reply is the future.
fn handle(
    scope: &Scope<'_>,
    handler: &Handler,
    message_type: &TokenStream,
    reply: &TokenStream,
) -> TokenStream {
    let method = &handler.method;
    let span = at(method);
    let core = scope.core_at(span);
    let local = Span::mixed_site().located_at(span);
    let message = Ident::new("message", local);
    let has_fields = handler.fields().next().is_some();
    let fields = message_with_fields(handler);
    let open = has_fields.then(|| quote!(let #fields = #message;));
    let message = if has_fields { message } else { Ident::new("_message", local) };
    let ctx = Ident::new(if handler.takes_context() { "ctx" } else { "_ctx" }, local);
    let arguments = handler.arguments.iter().map(|argument| match argument {
        Argument::Field(field) => field.name.to_token_stream(),
        Argument::Context(target) => scope.context(target),
    });
    // A parameter that only `T::Item` shows cannot be inferred.
    let generics = super::arguments(&handler.generics);
    let turbofish = handler.generics.lt_token.map(|_| quote!(::#generics));
    let call = quote_spanned!(span=> Self::#method #turbofish (self #(, #arguments)*));
    let takes = quote_spanned!(span=> &mut self, #message: #message_type, #ctx: &mut #core::Context<Self>);
    let future = quote_spanned!(span=> impl ::core::future::Future<Output = #reply> + ::core::marker::Send);
    let call = match handler.mode {
        Mode::Sync => quote_spanned!(span=> ::core::future::ready(#call)),
        Mode::Async => call,
        Mode::AsyncShared(receiver) => across_await(scope, &call, receiver),
    };
    quote_spanned! {span=>
        fn handle(#takes) -> #future {
            #[allow(unused_imports)]
            use #core::__private::{HeldSend as _, HeldUnsent as _};
            #open
            (&#core::__private::Held::<(Self, #message_type, #reply)>::new()).future(#call)
        }
    }
}

/// The future of an async `&self` method, if the actor is `Sync`. If it is not, the method found instead is one whose
/// bound says so in words, at the user's `&self`, and whose future satisfies the compiler in everything else.
fn across_await(scope: &Scope<'_>, call: &TokenStream, receiver: Span) -> TokenStream {
    let span = Span::call_site().located_at(receiver);
    let core = scope.core_at(span);
    quote_spanned! {span=>
        {
            #[allow(unused_imports)]
            use #core::__private::{BorrowedSync as _, BorrowedUnsync as _};
            (&#core::__private::Borrowed::<Self>::new()).across_await(#call)
        }
    }
}

/// What becomes of the reply if the message was told: an error is reported. Whether it is one, its type tells: the first
/// of three implementations that fits is found, one `&` deeper than the next.
fn unclaimed(
    scope: &Scope<'_>,
    method: &Ident,
    message: &TokenStream,
    reply_type: &TokenStream,
) -> TokenStream {
    let span = at(method);
    let core = scope.core_at(span);
    let local = Span::mixed_site().located_at(span);
    let [reply, failure, ctx] = ["reply", "failure", "ctx"].map(|name| Ident::new(name, local));
    quote_spanned! {span=>
        fn unclaimed(#reply: #reply_type, #ctx: &mut #core::Context<Self>) {
            #[allow(unused_imports)]
            use #core::__private::Failure as _;
            let #failure = (&&&#core::__private::Unclaimed(&#reply)).failure();
            #core::__private::report_unclaimed(#ctx, ::core::any::type_name::<#message>(), #failure);
        }
    }
}
