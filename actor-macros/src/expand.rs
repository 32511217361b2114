//! Writes the code that a block stands for. What it looks like by hand is in the docs of `#[actor]`.
//!
//! - Names that the user may meet (messages, fields, typed calls) have the span of the token that they come from, so that
//!   errors and editors lead there; locals have mixed-site hygiene, so that no argument's name can collide with them.
//! - Every span keeps the expansion's context (`located_at`): `forbid(unsafe_code)` and the style lints of the user's
//!   crate know the code as generated.
//! - The user's methods are called by path, `Self::add(self, ..)`: a method call would find `Handler::handle` before the
//!   user's own `handle`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{GenericParam, Generics, Ident, Path, Type};

use crate::model::{Block, Role};

mod calls;
mod docs;
mod handler;
mod lifecycle;
#[cfg(test)]
mod tests;

/// Everything that is written beside the block.
pub(crate) fn block(block: &Block) -> TokenStream {
    let scope = Scope::new(block);
    let role = match &block.role {
        Role::Actor(lifecycle) => {
            let actor = lifecycle::actor(&scope, lifecycle);
            let calls = calls::declaration(&scope);
            quote!(#actor #calls)
        }
        Role::Handlers => TokenStream::new(),
    };
    let handlers = block.handlers.iter().map(|handler| handler::handler(&scope, handler));
    let calls = calls::calls(&scope, &block.handlers);
    quote! {
        #role
        #(#handlers)*
        #calls
    }
}

/// The parts of a block that most of its expansion repeats.
struct Scope<'a> {
    block: &'a Block,
    core: &'a Path,
    actor: &'a Type,
    cfgs: TokenStream,
    ctx: Ident,
}

impl<'a> Scope<'a> {
    fn new(block: &'a Block) -> Self {
        let cfgs = &block.cfgs;
        Self {
            block,
            core: &block.core,
            actor: &block.actor.ty,
            cfgs: quote!(#(#cfgs)*),
            ctx: Ident::new("ctx", Span::mixed_site()),
        }
    }

    /// `impl<T: Bound> head for Actor where ..`.
    fn impl_for(&self, head: TokenStream, generics: &Generics, span: Span) -> TokenStream {
        let (parameters, _, where_clause) = generics.split_for_impl();
        let actor = self.actor;
        quote_spanned!(span=> impl #parameters #head for #actor #where_clause)
    }

    /// The path of actor-core with an error's place: an error about a path stands where the path begins.
    fn core_at(&self, span: Span) -> TokenStream {
        let place = |mut token: TokenTree| {
            token.set_span(token.span().located_at(span));
            token
        };
        self.core.to_token_stream().into_iter().map(place).collect()
    }

    /// The context as an argument of type `&mut target`; should `target` be something else, the error stands at it.
    fn context(&self, target: &Type) -> TokenStream {
        let span = at(target);
        let core = self.core_at(span);
        let ctx = Ident::new("ctx", Span::mixed_site().located_at(span));
        quote_spanned!(span=> <#target as #core::__private::ContextOf<Self>>::context_of(#ctx))
    }
}

/// The parameters and predicates of both.
fn joined(outer: &Generics, inner: &Generics) -> Generics {
    let mut all = outer.clone();
    all.params.extend(inner.params.iter().cloned());
    if let Some(clause) = &inner.where_clause {
        all.make_where_clause().predicates.extend(clause.predicates.iter().cloned());
    }
    all
}

/// `<T, N>`, to name a type that is generic over these parameters.
fn arguments(generics: &Generics) -> TokenStream {
    let names = generics.params.iter().map(|param| match param {
        GenericParam::Lifetime(param) => param.lifetime.to_token_stream(),
        GenericParam::Type(param) => param.ident.to_token_stream(),
        GenericParam::Const(param) => param.ident.to_token_stream(),
    });
    if generics.params.is_empty() { TokenStream::new() } else { quote!(<#(#names),*>) }
}

/// The place of the user's tokens, in code that is known as the macro's.
fn at(tokens: &impl ToTokens) -> Span {
    let span = syn::spanned::Spanned::span(tokens);
    Span::call_site().located_at(span)
}

/// The last name of the type, for the docs.
fn shown(block: &Block) -> String {
    block.actor.name.unraw().to_string()
}
