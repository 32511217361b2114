//! Writes the typed calls: the type that an actor's references deref to, and its methods.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse_quote;

use super::handler::message_with_fields;
use super::{Scope, arguments, at, docs, shown};
use crate::model::Handler;

/// The calls type itself.
///
/// It is `pub` whatever the actor is, since it stands in an associated type of a public trait. The link is private:
/// the methods reach it through `peel_ref`, so that `counter.0` is nothing.
pub(super) fn declaration(scope: &Scope<'_>) -> TokenStream {
    let Scope { block, actor, cfgs, .. } = scope;
    let link = &block.link;
    let calls = &block.actor.calls.segments.last().expect("a path has a last segment").ident;
    let path = &block.actor.calls;
    let docs = format!("The typed calls of `{}`: the methods of every reference to one.", shown(block));
    let (parameters, fields, arguments) = if block.actor.is_generic {
        (quote!(L, A), quote!(L, ::core::marker::PhantomData<fn() -> A>), quote!(#link, #actor))
    } else {
        (quote!(L), quote!(L), quote!(#link))
    };
    let span = at(&block.actor.name);
    let core = scope.core_at(span);
    let head = scope.impl_for(quote_spanned!(span=> #core::__private::Typed), &scope.block.generics, span);
    quote_spanned! {span=>
        #cfgs
        #[doc = #docs]
        #[repr(transparent)]
        #[allow(dead_code, missing_copy_implementations, missing_debug_implementations, unreachable_pub)]
        pub struct #calls<#parameters>(#fields);

        // SAFETY: the struct is transparent over its first field; the other, if there is one, has no size.
        #cfgs
        #[automatically_derived]
        unsafe impl<#parameters> #core::__private::TransparentWrapper<L> for #calls<#parameters> {}

        #cfgs
        #[automatically_derived]
        #head {
            type Calls<#link> = #path<#arguments>;
        }
    }
}

/// The methods of the calls type, one for each handler.
pub(super) fn calls(scope: &Scope<'_>, handlers: &[Handler]) -> TokenStream {
    let Scope { core, block, actor, cfgs, .. } = scope;
    if handlers.is_empty() {
        return TokenStream::new();
    }
    let (link, path) = (&block.link, &block.actor.calls);
    let mut generics = block.generics.clone();
    generics.params.insert(0, parse_quote!(#link: #core::__private::Link<#actor>));
    let (parameters, _, where_clause) = generics.split_for_impl();
    let arguments = if block.actor.is_generic { quote!(#link, #actor) } else { quote!(#link) };
    let methods = handlers.iter().map(|handler| call(scope, handler));
    quote! {
        #cfgs
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
        impl #parameters #path<#arguments> #where_clause {
            #(#methods)*
        }
    }
}

fn call(scope: &Scope<'_>, handler: &Handler) -> TokenStream {
    let Scope { block, actor, .. } = scope;
    let span = at(&handler.method);
    let core = scope.core_at(span);
    let Handler { vis, cfgs, method, message, generics, .. } = handler;
    let (link, name) = (&block.link, &message.name);
    let docs = docs::or(&handler.docs, &format!("Sends a [`{name}`]."));
    let (parameters, _, where_clause) = generics.split_for_impl();
    let message_arguments = arguments(&message.generics);
    let takes = handler.fields().map(|field| {
        let (name, ty) = (&field.name, &field.ty);
        quote!(#name: #ty)
    });
    let message = message_with_fields(handler);
    quote_spanned! {span=>
        #(#cfgs)*
        #docs
        #vis fn #method #parameters(&self #(, #takes)*) -> #core::Request<'_, #actor, #name #message_arguments, #link>
        #where_clause
        {
            #core::__private::request(#core::__private::TransparentWrapper::peel_ref(self), #message)
        }
    }
}
