//! Looks into the types of arguments and replies: what borrows, what stands for `Self`, what hides a type.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, ExprPath, Lifetime, ParenthesizedGenericArguments, Path, TraitBound, Type, TypeFnPtr,
    TypeImplTrait, TypeMacro, TypeReference, parse_quote,
};

use crate::errors::Errors;

/// The type within the parentheses and invisible groups that a `macro_rules!` macro leaves around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// The reference that a type is on its outside, unless it is `'static` and so as good as owned.
pub(crate) fn as_borrow(ty: &Type) -> Option<&TypeReference> {
    match bare(ty) {
        Type::Reference(reference) if !reference.lifetime.as_ref().is_some_and(is_static) => Some(reference),
        _ => None,
    }
}

/// Complains about everything in an argument's type that a message cannot carry.
pub(crate) fn check_argument(ty: &Type, errors: &mut Errors) -> bool {
    check(ty, Place::Argument, errors)
}

/// Complains about everything in a reply's type that cannot leave the actor.
pub(crate) fn check_reply(ty: &Type, errors: &mut Errors) -> bool {
    check(ty, Place::Reply, errors)
}

#[derive(Clone, Copy)]
enum Place {
    Argument,
    Reply,
}

fn check(ty: &Type, place: Place, errors: &mut Errors) -> bool {
    let mut check = Check { place, errors, good: true };
    check.visit_type(ty);
    check.good
}

struct Check<'a> {
    place: Place,
    errors: &'a mut Errors,
    good: bool,
}

impl Check<'_> {
    fn complain(&mut self, tokens: impl ToTokens, message: String) {
        self.good = false;
        self.errors.at(tokens, message);
    }
}

impl<'ast> Visit<'ast> for Check<'_> {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        if reference.lifetime.as_ref().is_some_and(is_static) {
            return visit::visit_type(self, &reference.elem);
        }
        let owned = owned_form(&reference.elem);
        let message = match self.place {
            Place::Argument if is_called(&reference.elem, "Context") => {
                "a handler has its context to itself: take `&mut Context<Self>`".to_owned()
            }
            Place::Argument => format!("a message outlives the call and cannot borrow: take {owned}"),
            Place::Reply => format!("a reply leaves the actor and cannot borrow from it: return {owned}"),
        };
        self.complain(reference, message);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if is_static(lifetime) {
            return;
        }
        let message = match self.place {
            Place::Argument => {
                "a message outlives the call and cannot borrow: take an owned value, or one that is `'static`"
            }
            Place::Reply => "a reply leaves the actor and cannot borrow from it: return an owned value",
        };
        self.complain(lifetime, message.to_owned());
    }

    fn visit_type_impl_trait(&mut self, impl_trait: &'ast TypeImplTrait) {
        let message = match self.place {
            Place::Argument => {
                "a message names the types of its fields: write a parameter, `fn put<T: Trait>(&mut self, value: T)`, or \
                 box the value"
            }
            Place::Reply => {
                "a handler names the type of its reply: write `async fn` for one that answers later, and box any other \
                 hidden type"
            }
        };
        self.complain(impl_trait, message.to_owned());
    }

    // The lifetimes of functions are their own: `fn(&str)`, `dyn Fn(&str)` and `dyn for<'a> Parse<'a>` borrow nothing.
    fn visit_type_fn_ptr(&mut self, _: &'ast TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments(&mut self, _: &'ast ParenthesizedGenericArguments) {}
    fn visit_trait_bound(&mut self, bound: &'ast TraitBound) {
        if bound.lifetimes.is_none() {
            visit::visit_trait_bound(self, bound);
        }
    }

    // The length of an array is a constant, whatever it is computed with.
    fn visit_expr(&mut self, _: &'ast Expr) {}
}

/// For hints only, where a mistake is certain: a name is no proof of what it names.
fn is_called(ty: &Type, name: &str) -> bool {
    matches!(bare(ty), Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

fn is_static(lifetime: &Lifetime) -> bool {
    lifetime.ident == "static"
}

/// What to write instead of a reference to `elem`.
fn owned_form(elem: &Type) -> String {
    match bare(elem) {
        Type::Path(path) if path.path.is_ident("str") => "a `String`".to_owned(),
        Type::Path(path) => format!("an owned value, `{}`", spelled(path)),
        Type::Slice(slice) => match bare(&slice.elem) {
            Type::Path(path) => format!("a `Vec<{}>`", spelled(path)),
            _ => "a `Vec`".to_owned(),
        },
        Type::TraitObject(object) => format!("a `Box<{}>`", spelled(object)),
        _ => "an owned value".to_owned(),
    }
}

/// Tokens as one writes them: `quote` puts a space between any two.
pub(crate) fn spelled(tokens: impl ToTokens) -> String {
    let mut text = tokens.into_token_stream().to_string();
    for (spaced, tight) in [(" :: ", "::"), (" < ", "<"), (" >", ">"), (" ,", ",")] {
        text = text.replace(spaced, tight);
    }
    text
}

/// Writes the actor's type wherever `Self` stands for it, for code that is moved out of the actor's impl block.
pub(crate) struct ReplaceSelf<'a>(pub(crate) &'a Type);

impl ReplaceSelf<'_> {
    /// `<Actor>::Rest` for `Self::Rest`.
    fn qualified(&self, path: &Path) -> Option<TokenStream> {
        let mut segments = path.segments.iter();
        if path.leading_colon.is_some() || segments.next()?.ident != "Self" {
            return None;
        }
        let actor = self.0;
        Some(quote!(<#actor> #(:: #segments)*))
    }
}

impl VisitMut for ReplaceSelf<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        match ty {
            Type::Path(path) if path.qself.is_none() && path.path.is_ident("Self") => *ty = self.0.clone(),
            Type::Path(path) if path.qself.is_none() => {
                if let Some(qualified) = self.qualified(&path.path) {
                    *ty = parse_quote!(#qualified);
                }
                visit_mut::visit_type_mut(self, ty);
            }
            other => visit_mut::visit_type_mut(self, other),
        }
    }

    fn visit_expr_path_mut(&mut self, expr: &mut ExprPath) {
        if expr.qself.is_none() {
            if let Some(qualified) = self.qualified(&expr.path) {
                *expr = parse_quote!(#qualified);
            }
        }
        visit_mut::visit_expr_path_mut(self, expr);
    }

    fn visit_type_macro_mut(&mut self, ty: &mut TypeMacro) {
        ty.mac.tokens = self.in_tokens(std::mem::take(&mut ty.mac.tokens));
    }
}

impl ReplaceSelf<'_> {
    /// A macro's input has no syntax to go by: every `Self` in it is taken for the type.
    fn in_tokens(&self, tokens: TokenStream) -> TokenStream {
        tokens
            .into_iter()
            .map(|token| match token {
                TokenTree::Ident(ident) if ident == "Self" => self.0.to_token_stream(),
                TokenTree::Group(group) => {
                    let mut replaced =
                        proc_macro2::Group::new(group.delimiter(), self.in_tokens(group.stream()));
                    replaced.set_span(group.span());
                    TokenTree::Group(replaced).into()
                }
                other => other.into(),
            })
            .collect()
    }
}
