//! Reads a method under `#[handler]`.

use proc_macro2::Span;
use quote::format_ident;
use syn::ext::IdentExt;
use syn::visit_mut::VisitMut;
use syn::{
    Attribute, FnArg, GenericParam, Generics, Ident, Pat, PatType, Path, Receiver, ReceiverKind, ReturnType,
    Safety, Signature, Type,
};

use super::options::HandlerOptions;
use super::syntax::Method;
use super::types::{self, ReplaceSelf};
use super::{attributes, generics};
use crate::errors::Errors;
use crate::model::{ActorType, Argument, Field, Handler, Message, Mode};
use crate::reserved;

/// Reads the method, from which the attributes on its arguments that are meant for the message are taken away.
///
/// `None` if it has a mistake, which then is among `errors`.
pub(super) fn parse(
    method: &mut Method,
    attr: &Attribute,
    actor: &ActorType,
    block: &Generics,
    errors: &mut Errors,
) -> Option<Handler> {
    let mut options = HandlerOptions::parse(attr, errors);
    let terms = std::mem::take(&mut options.terms);
    let name = check_name(&method.sig.ident, errors);
    let plain = check_signature(&method.sig, "a handler", errors);
    let mode = mode(&method.sig, "a handler", errors);
    check_inline(terms.inline.as_ref(), mode, errors);
    let arguments = arguments(&mut method.sig, actor, errors);
    let reply = reply(&method.sig, errors);
    let (arguments, reply) = (arguments?, reply?);
    let owned = check_own_lifetimes(&method.sig, "a handler", errors);
    let (name, (), (), mode) = (name?, plain?, owned?, mode?);

    let mut own = method.sig.generics.clone();
    ReplaceSelf(&actor.ty).visit_generics_mut(&mut own);
    let message = message(&name, options, &arguments, actor, [block, &own], errors)?;
    Some(Handler {
        method: name,
        vis: method.vis.clone(),
        generics: own,
        cfgs: attributes::cfgs(&method.attrs),
        docs: attributes::docs(&method.attrs),
        mode,
        arguments,
        reply,
        message,
        terms,
    })
}

/// An asker runs an inline handler in one go, so it must have nothing to wait for.
fn check_inline(inline: Option<&Path>, mode: Option<Mode>, errors: &mut Errors) {
    if let (Some(inline), Some(Mode::Async | Mode::AsyncShared(_))) = (inline, mode) {
        errors.at(
            inline,
            "an inline handler runs on its asker's thread and cannot wait: drop the `async`, or the `inline`",
        );
    }
}

fn check_name(name: &Ident, errors: &mut Errors) -> Option<Ident> {
    let plain = name.unraw().to_string();
    if reserved::is_reserved(&plain) {
        errors.at(
            name,
            format_args!(
                "`{plain}` is a method of every actor reference, and would hide this one: choose another name"
            ),
        );
        return None;
    }
    Some(name.clone())
}

/// Complains about what no method that the actor calls for itself can have.
pub(super) fn check_signature(sig: &Signature, what: &str, errors: &mut Errors) -> Option<()> {
    let mut good = Some(());
    if let Safety::Unsafe(token) = sig.safety {
        errors.at(
            token,
            format_args!(
                "{what} runs when a message comes, where nobody can vouch for it: drop the `unsafe`"
            ),
        );
        good = None;
    }
    good
}

/// Complains about lifetimes, of which one mistake is enough: where an argument is told already what to take instead,
/// its lifetime needs no word of its own.
pub(super) fn check_own_lifetimes(sig: &Signature, what: &str, errors: &mut Errors) -> Option<()> {
    let mut good = Some(());
    for param in sig.generics.lifetimes() {
        errors.at(
            param,
            format_args!(
                "{what} outlives its caller and cannot borrow: drop the lifetime, take owned values"
            ),
        );
        good = None;
    }
    good
}

/// Reads the receiver, together with the `async` that decides what it asks for.
pub(super) fn mode(sig: &Signature, what: &str, errors: &mut Errors) -> Option<Mode> {
    let Some(receiver) = sig.receiver() else {
        errors.at(
            &sig.ident,
            format_args!("{what} runs on its actor: write `&mut self` or `&self` as its first argument"),
        );
        return None;
    };
    let Some(exclusive) = is_exclusive(receiver) else {
        errors.at(
            receiver,
            format_args!("{what} borrows its actor, which lives on: write `&mut self` or `&self`"),
        );
        return None;
    };
    Some(match (sig.asyncness, exclusive) {
        (None, _) => Mode::Sync,
        (Some(_), true) => Mode::Async,
        (Some(_), false) => Mode::AsyncShared(receiver.self_token.span),
    })
}

/// Whether the receiver is `&mut self`; `None` if it is not a reference to the actor.
fn is_exclusive(receiver: &Receiver) -> Option<bool> {
    match &receiver.kind {
        ReceiverKind::Reference(_, None, mutability) => Some(mutability.is_some()),
        ReceiverKind::Typed(_, ty) => match types::as_borrow(ty) {
            Some(reference) if reference.lifetime.is_none() && is_self(&reference.elem) => {
                Some(reference.mutability.is_some())
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_self(ty: &Type) -> bool {
    matches!(types::bare(ty), Type::Path(path) if path.qself.is_none() && path.path.is_ident("Self"))
}

fn arguments(sig: &mut Signature, actor: &ActorType, errors: &mut Errors) -> Option<Vec<Argument>> {
    let mut arguments = Vec::new();
    let mut good = true;
    for input in &mut sig.inputs {
        let FnArg::Typed(typed) = input else { continue };
        match argument(typed, actor, errors) {
            Some(Argument::Context(_))
                if arguments.iter().any(|known| matches!(known, Argument::Context(_))) =>
            {
                errors.at(
                    &typed.ty,
                    "a `&mut` argument is the context, and there is one already: take an owned value",
                );
                good = false;
            }
            Some(argument) => arguments.push(argument),
            None => good = false,
        }
    }
    good.then_some(arguments)
}

fn argument(typed: &mut PatType, actor: &ActorType, errors: &mut Errors) -> Option<Argument> {
    let mut ty = (*typed.ty).clone();
    let context = types::as_borrow(&ty).filter(|reference| reference.mutability.is_some());
    if let Some(reference) = context {
        return Some(Argument::Context((*reference.elem).clone()));
    }
    // Rust refuses doc comments on arguments. Here they have a place to go: the field.
    let docs = attributes::docs(&typed.attrs);
    typed.attrs.retain(|attr| !attributes::is_doc(attr));
    if let Some(cfg) = typed.attrs.iter().find(|attr| attr.path().is_ident("cfg")) {
        errors.at(
            cfg,
            "a message has all its fields at all times: put the `#[cfg]` on two versions of the handler",
        );
        return None;
    }
    let good = types::check_argument(&ty, errors);
    let name = field_name(&typed.pat, errors)?;
    if !good {
        return None;
    }
    ReplaceSelf(&actor.ty).visit_type_mut(&mut ty);
    Some(Argument::Field(Field { name, ty, docs }))
}

fn field_name(pat: &Pat, errors: &mut Errors) -> Option<Ident> {
    match pat {
        Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => Some(ident.ident.clone()),
        Pat::Wild(_) => {
            errors.at(
                pat,
                "an argument's name is that of a message field: write a name, `_reason` if it is not used",
            );
            None
        }
        _ => {
            errors.at(
                pat,
                "an argument's name is that of a message field: write one name, and take the value apart inside",
            );
            None
        }
    }
}

/// The reply's type; the inner `None` is a method that returns nothing.
#[expect(clippy::option_option, reason = "the outer one says whether there is a mistake")]
fn reply(sig: &Signature, errors: &mut Errors) -> Option<Option<Type>> {
    match &sig.output {
        ReturnType::Default => Some(None),
        ReturnType::Type(_, ty) => types::check_reply(ty, errors).then(|| Some((**ty).clone())),
    }
}

fn message(
    method: &Ident,
    options: HandlerOptions,
    arguments: &[Argument],
    actor: &ActorType,
    scopes: [&Generics; 2],
    errors: &mut Errors,
) -> Option<Message> {
    let fields = arguments.iter().filter_map(|argument| match argument {
        Argument::Field(field) => Some(&field.ty),
        Argument::Context(_) => None,
    });
    let carries = generics::carried(fields.clone(), scopes);
    let generics = generics::of_message(fields, scopes);
    let mut good = true;
    for param in &scopes[1].params {
        if !generics.params.iter().any(|used| generics::name(used) == generics::name(param)) {
            let name = generics::name(param);
            errors.at(
                param,
                format_args!(
                    "the message has to carry `{name}`, and no argument uses it: take a value of that type"
                ),
            );
            good = false;
        }
    }
    let name = options.message.unwrap_or_else(|| message_name(actor, method));
    if calls_name(actor) == name {
        errors.at(
            method,
            format_args!(
                "`{name}` is the type of the typed calls: name the message, `#[handler(message = ..)]`"
            ),
        );
        good = false;
    }
    good.then_some(Message { name, derives: options.derives, generics, carries })
}

/// `CounterAddAll` for `add_all` of `Counter`.
fn message_name(actor: &ActorType, method: &Ident) -> Ident {
    let snake = method.unraw().to_string();
    let camel = snake.split('_').flat_map(|word| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters)
    });
    format_ident!("{}{}", actor.name.unraw(), camel.collect::<String>(), span = here(method))
}

fn calls_name(actor: &ActorType) -> Ident {
    actor.calls.segments.last().expect("a path has a last segment").ident.clone()
}

/// The place of a token the user wrote, for a token that the macro writes: errors point there, while lints that spare
/// generated code still know it as such.
fn here(ident: &Ident) -> Span {
    Span::call_site().located_at(ident.span())
}

/// The parameters of a block that no actor can have.
pub(super) fn check_lifetimes(generics: &Generics, errors: &mut Errors) -> Option<()> {
    let mut good = Some(());
    for param in &generics.params {
        if let GenericParam::Lifetime(param) = param {
            errors.at(
                param,
                "an actor outlives whoever started it and cannot borrow: let its type own its state",
            );
            good = None;
        }
    }
    good
}
