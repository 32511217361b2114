//! Tells the attributes apart: this crate's own, those that go with the message, those that stay.

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Token, parse_quote};

use super::types;
use crate::errors::Errors;

/// An attribute that means something only inside a block.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Handler,
    OnStart,
    OnStop,
}

/// This crate's mark, by its last name: `#[handler]` and `#[actor_core::handler]` alike.
pub(super) fn mark(attr: &Attribute) -> Option<Mark> {
    match attr.path().segments.last()?.ident.to_string().as_str() {
        "handler" => Some(Mark::Handler),
        "on_start" => Some(Mark::OnStart),
        "on_stop" => Some(Mark::OnStop),
        _ => None,
    }
}

/// Takes this crate's marks out of a list of attributes, and complains of those behind a condition: there they would be
/// seen only after the block was read.
pub(super) fn take_marks(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<(Mark, Attribute)> {
    attrs.retain(|attr| {
        let mut marks = conditional(attr).into_iter().flat_map(|(_, then)| then).filter(|meta| {
            let then: Attribute = parse_quote!(#[#meta]);
            mark(&then).is_some()
        });
        let Some(found) = marks.next() else { return true };
        let name = types::spelled(found.path());
        errors.at(
            attr,
            format_args!(
                "whether a method is there may depend, not what it is: write `#[cfg(..)] #[{name}]`"
            ),
        );
        false
    });
    let (marks, rest) = std::mem::take(attrs).into_iter().partition(|attr| mark(attr).is_some());
    *attrs = rest;
    let marks: Vec<Attribute> = marks;
    marks.into_iter().filter_map(|attr| Some((mark(&attr)?, attr))).collect()
}

/// What decides whether the item is there at all.
pub(super) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    carried(attrs, |path| path.is_ident("cfg"))
}

/// What a caller should read: docs and deprecation.
pub(super) fn docs(attrs: &[Attribute]) -> Vec<Attribute> {
    carried(attrs, |path| path.is_ident("doc") || path.is_ident("deprecated"))
}

pub(super) fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc")
}

/// The attributes of the wanted kinds, also those behind a `cfg_attr`, which keep their condition.
fn carried(attrs: &[Attribute], wanted: fn(&Path) -> bool) -> Vec<Attribute> {
    let metas = attrs.iter().map(|attr| (attr, &attr.meta));
    metas.filter_map(|(attr, meta)| Some(Attribute { meta: kept(meta, wanted)?, ..attr.clone() })).collect()
}

fn kept(meta: &Meta, wanted: fn(&Path) -> bool) -> Option<Meta> {
    if wanted(meta.path()) {
        return Some(meta.clone());
    }
    let (condition, then) = conditional_meta(meta)?;
    let then: Vec<Meta> = then.iter().filter_map(|meta| kept(meta, wanted)).collect();
    (!then.is_empty()).then(|| parse_quote!(cfg_attr(#condition, #(#then),*)))
}

/// The condition of a `cfg_attr` and the attributes behind it.
fn conditional(attr: &Attribute) -> Option<(Meta, Vec<Meta>)> {
    conditional_meta(&attr.meta)
}

fn conditional_meta(meta: &Meta) -> Option<(Meta, Vec<Meta>)> {
    let Meta::List(list) = meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let mut parts = parts.into_iter();
    Some((parts.next()?, parts.collect()))
}
