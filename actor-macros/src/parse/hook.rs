//! Reads a method under `#[on_start]` or `#[on_stop]`.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, FnArg, GenericParam, ReturnType, Type};

use super::handler::{check_own_lifetimes, check_signature, mode};
use super::options::HandlerOptions;
use super::syntax::Method;
use super::{attributes, types};
use crate::errors::Errors;
use crate::model::{Hook, HookArgument, Mode};

/// Which hook a method is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Start,
    Stop,
}

impl Moment {
    fn what(self) -> &'static str {
        match self {
            Self::Start => "an `#[on_start]` method",
            Self::Stop => "an `#[on_stop]` method",
        }
    }

    fn arguments(self) -> &'static str {
        match self {
            Self::Start => "`&mut Context<Self>`, or nothing",
            Self::Stop => "`&StopReason` and `&mut Context<Self>`, or one of them, or nothing",
        }
    }
}

/// Reads the hook. `None` if it has a mistake, which then is among `errors`.
pub(super) fn parse(method: &Method, attr: &Attribute, moment: Moment, errors: &mut Errors) -> Option<Hook> {
    let sig = &method.sig;
    let what = moment.what();
    HandlerOptions::none(attr, errors);
    let plain = check_signature(sig, what, errors).and(check_own_lifetimes(sig, what, errors));
    let mode = match mode(sig, what, errors) {
        // Unlike a handler, a hook never gains from `&self`, and the shared borrow would ask for an actor that is `Sync`.
        Some(Mode::AsyncShared(_)) => {
            errors.at(sig.receiver(), format_args!("{what} has the actor to itself: write `&mut self`"));
            None
        }
        mode => mode,
    };
    let mut good = true;
    for param in sig.generics.params.iter().filter(|param| !matches!(param, GenericParam::Lifetime(_))) {
        errors.at(
            param,
            format_args!("{what} is called by the actor, which has no type to choose: drop the parameter"),
        );
        good = false;
    }
    if moment == Moment::Stop && !returns_unit(&sig.output) {
        errors.at(
            &sig.output,
            "an `#[on_stop]` method returns nothing: the actor is ending already, report the error here",
        );
        good = false;
    }
    let arguments = arguments(method, moment, errors);
    let ((), mode, arguments) = (plain?, mode?, arguments?);
    good.then(|| Hook {
        method: sig.ident.clone(),
        cfgs: attributes::cfgs(&method.attrs),
        is_async: !matches!(mode, Mode::Sync),
        arguments,
    })
}

fn arguments(method: &Method, moment: Moment, errors: &mut Errors) -> Option<Vec<HookArgument>> {
    let mut arguments = Vec::new();
    let mut good = true;
    for input in &method.sig.inputs {
        let FnArg::Typed(typed) = input else { continue };
        match argument(&typed.ty, moment) {
            Some(argument) if !arguments.iter().any(|known| same_kind(known, &argument)) => {
                arguments.push(argument);
            }
            _ => {
                errors.at(typed, format_args!("{} takes {}", moment.what(), moment.arguments()));
                good = false;
            }
        }
    }
    good.then_some(arguments)
}

fn argument(ty: &Type, moment: Moment) -> Option<HookArgument> {
    let reference = types::as_borrow(ty)?;
    match (reference.mutability, moment) {
        (Some(_), _) => Some(HookArgument::Context(reference.elem.clone())),
        (None, Moment::Stop) => Some(HookArgument::Reason(ty.span())),
        (None, Moment::Start) => None,
    }
}

fn same_kind(one: &HookArgument, other: &HookArgument) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn returns_unit(output: &ReturnType) -> bool {
    match output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => types::bare(ty).to_token_stream().to_string() == "()",
    }
}
