//! Turns the tokens of a block, or of a type under a derive, into its model; all syntax, and all mistakes, are met here.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::visit_mut::VisitMut;
use syn::{Attribute, ImplItem, Type, parse_quote};

use self::attributes::Mark;
pub(crate) use self::derive::derive;
use self::hook::Moment;
use self::options::BlockOptions;
use self::syntax::{ImplBlock, Item, Method};
use self::types::ReplaceSelf;
use crate::errors::Errors;
use crate::model::{ActorType, Block, Handler, Lifecycle, Role};

mod attributes;
mod derive;
mod generics;
mod handler;
mod hook;
pub(crate) mod options;
pub(crate) mod syntax;
#[cfg(test)]
mod tests;
mod types;

/// The attribute that stands on the block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Actor,
    Handlers,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Actor => "#[actor]",
            Self::Handlers => "#[handlers]",
        }
    }
}

/// What is left of a block once it is read.
pub(crate) struct Parsed {
    /// The block as the user wrote it, without this crate's attributes: it is written whatever the mistakes are, so that
    /// one of them does not make the methods unknown as well.
    pub(crate) source: TokenStream,
    /// What is sound of it; `None` if the block as a whole is not.
    pub(crate) block: Option<Block>,
    pub(crate) errors: Errors,
}

/// Reads the block under an attribute with these arguments.
pub(crate) fn block(kind: Kind, args: TokenStream, item: TokenStream) -> Parsed {
    let mut errors = Errors::default();
    let options = BlockOptions::parse(args, kind == Kind::Actor, &mut errors);
    let mut syntax = match syn::parse2::<ImplBlock>(item.clone()) {
        Ok(syntax) => syntax,
        Err(error) => {
            errors.push(not_a_block(kind, &item).unwrap_or(error));
            return Parsed { source: item, block: None, errors };
        }
    };
    let marked = take_marks(&mut syntax, kind, &mut errors);
    let block = head(kind, &syntax, &mut errors).map(|actor| {
        let mut generics = syntax.generics.clone();
        ReplaceSelf(&actor.ty).visit_generics_mut(&mut generics);
        let mut block = Block {
            core: options.core,
            role: match kind {
                Kind::Actor => Role::Actor(Box::new(Lifecycle {
                    mailbox: options.mailbox,
                    on_start: None,
                    on_stop: None,
                })),
                Kind::Handlers => Role::Handlers,
            },
            link: link_name(&syntax),
            actor,
            generics,
            cfgs: attributes::cfgs(&syntax.attrs),
            handlers: Vec::new(),
        };
        methods(&mut block, &mut syntax, marked, &mut errors);
        block
    });
    Parsed { source: syntax.into_token_stream(), block, errors }
}

/// The error for an item that is not an impl block at all: syn would only say that it expected `impl`.
fn not_a_block(kind: Kind, item: &TokenStream) -> Option<syn::Error> {
    let item = syn::parse2::<syn::Item>(item.clone()).ok()?;
    let name = kind.name();
    match item {
        syn::Item::Impl(_) => None,
        syn::Item::Struct(syn::ItemStruct { ident, .. }) | syn::Item::Enum(syn::ItemEnum { ident, .. }) => {
            Some(syn::Error::new_spanned(
                &ident,
                format_args!(
                    "`{name}` stands on the block with the actor's methods: put it above `impl {ident} {{ .. }}`"
                ),
            ))
        }
        other => Some(syn::Error::new_spanned(
            other,
            format_args!(
                "`{name}` stands on the block with the actor's methods: put it above an `impl` block of a type"
            ),
        )),
    }
}

/// Takes this crate's marks off all items; the result has one list for each item.
fn take_marks(syntax: &mut ImplBlock, kind: Kind, errors: &mut Errors) -> Vec<Option<(Mark, Attribute)>> {
    let mut take = |item: &mut Item| {
        let attrs = match item {
            Item::Method(method) => &mut method.attrs,
            Item::Other(other) => match &mut **other {
                ImplItem::Const(item) => &mut item.attrs,
                ImplItem::Type(item) => &mut item.attrs,
                ImplItem::Macro(item) => &mut item.attrs,
                _ => return None,
            },
        };
        let mut marks = attributes::take_marks(attrs, errors).into_iter();
        let (mark, attr) = marks.next()?;
        for (_, second) in marks {
            errors.at(second, "a method has one part to play: keep one of these attributes");
        }
        if matches!(item, Item::Other(_)) {
            errors.at(attr, "this attribute marks a method: put it above a `fn`");
            return None;
        }
        if kind == Kind::Handlers && mark != Mark::Handler {
            errors.at(
                attr,
                "an actor's start and end are told in one place: move this method to its `#[actor]` block",
            );
            return None;
        }
        Some((mark, attr))
    };
    syntax.items.iter_mut().map(&mut take).collect()
}

/// Reads the line of the block: whose methods it has.
fn head(kind: Kind, syntax: &ImplBlock, errors: &mut Errors) -> Option<ActorType> {
    let mut good = handler::check_lifetimes(&syntax.generics, errors);
    if let Some((trait_, for_token)) = &syntax.trait_ {
        let name = kind.name();
        let actor = types::spelled(&syntax.self_ty);
        errors.at(
            quote!(#trait_ #for_token),
            format_args!(
                "`{name}` stands on a block of the type's own methods: write `impl {actor} {{ .. }}`, without a trait"
            ),
        );
        good = None;
    }
    let actor = actor_type(kind, &syntax.self_ty);
    if actor.is_none() {
        errors.at(
            &syntax.self_ty,
            "an actor is a type with a name, which its messages begin with: wrap this one in a struct",
        );
    }
    good.and(actor)
}

fn actor_type(kind: Kind, ty: &Type) -> Option<ActorType> {
    let Type::Path(path) = types::bare(ty) else { return None };
    if path.qself.is_some() {
        return None;
    }
    let last = path.path.segments.last()?;
    let name = last.ident.clone();
    if name == "Self" {
        return None;
    }
    let is_generic = !last.arguments.is_empty();
    let span = Span::call_site().located_at(name.span());
    let calls_name = format_ident!("{}Calls", name.unraw(), span = span);
    let calls = match kind {
        Kind::Actor => calls_name.into(),
        Kind::Handlers => {
            let mut calls = path.path.clone();
            *calls.segments.last_mut()? = calls_name.into();
            calls
        }
    };
    Some(ActorType { ty: types::bare(ty).clone(), name, calls, is_generic })
}

/// A name for the link's parameter: `Link`, unless the block uses that for something of its own.
fn link_name(syntax: &ImplBlock) -> proc_macro2::Ident {
    let ImplBlock { generics, self_ty, items, .. } = syntax;
    let signatures = items.iter().filter_map(|item| match item {
        Item::Method(method) => Some(&method.sig),
        Item::Other(_) => None,
    });
    let where_clause = &generics.where_clause;
    generics::fresh("Link", quote!(#generics #where_clause #self_ty #(#signatures)*))
}

/// Reads the marked methods into the block.
fn methods(
    block: &mut Block,
    syntax: &mut ImplBlock,
    marked: Vec<Option<(Mark, Attribute)>>,
    errors: &mut Errors,
) {
    for (item, marked) in syntax.items.iter_mut().zip(marked) {
        let (Item::Method(method), Some((mark, attr))) = (item, marked) else { continue };
        match mark {
            Mark::Handler => {
                let handler = handler::parse(method, &attr, &block.actor, &block.generics, errors);
                block.handlers.extend(handler.filter(|handler| is_new(handler, &block.handlers, errors)));
            }
            Mark::OnStart => one_hook(block, method, &attr, Moment::Start, errors),
            Mark::OnStop => one_hook(block, method, &attr, Moment::Stop, errors),
        }
        spare_lints(method);
    }
}

/// Complains about a second handler for one message. With a `#[cfg]` on either, only the compiler knows whether both are
/// there.
fn is_new(handler: &Handler, known: &[Handler], errors: &mut Errors) -> bool {
    let name = &handler.message.name;
    let same = known.iter().find(|known| known.message.name == *name);
    let clash = same.filter(|known| known.cfgs.is_empty() && handler.cfgs.is_empty());
    // Of two methods with one name the compiler complains by itself.
    if let Some(known) = clash.filter(|known| known.method != handler.method) {
        let other = &known.method;
        errors.at(
            &handler.method,
            format_args!(
                "`{other}` has the message `{name}` already: name this one, `#[handler(message = ..)]`"
            ),
        );
    }
    clash.is_none()
}

fn one_hook(block: &mut Block, method: &Method, attr: &Attribute, moment: Moment, errors: &mut Errors) {
    let hook = hook::parse(method, attr, moment, errors);
    let Role::Actor(lifecycle) = &mut block.role else { return };
    let place = match moment {
        Moment::Start => &mut lifecycle.on_start,
        Moment::Stop => &mut lifecycle.on_stop,
    };
    match place {
        Some(first) => {
            let first = &first.method;
            errors.at(attr, format_args!("`{first}` has this attribute already: let one method do both"));
        }
        None => *place = hook,
    }
}

/// The form of these methods is a contract, not a choice: they own their arguments, may be `async` before they await
/// anything, and what they return is for the actor's callers. Lints that would have it otherwise are silenced.
///
/// First among the attributes, so that the user's own come later and win.
fn spare_lints(method: &mut Method) {
    let allow = parse_quote!(
        #[allow(
            clippy::boxed_local,
            clippy::missing_const_for_fn,
            clippy::must_use_candidate,
            clippy::needless_pass_by_ref_mut,
            clippy::needless_pass_by_value,
            clippy::unnecessary_wraps,
            clippy::unused_async,
            clippy::unused_self
        )]
    );
    method.attrs.insert(0, allow);
}
