//! Tells the attributes apart: this crate's own, those that go with the message, those that stay.

use syn::Attribute;

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

/// Takes this crate's marks out of a list of attributes.
pub(super) fn take_marks(attrs: &mut Vec<Attribute>) -> Vec<(Mark, Attribute)> {
    let (marks, rest) = std::mem::take(attrs).into_iter().partition(|attr| mark(attr).is_some());
    *attrs = rest;
    let marks: Vec<Attribute> = marks;
    marks.into_iter().filter_map(|attr| Some((mark(&attr)?, attr))).collect()
}

/// What decides whether the item is there at all.
pub(super) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

/// What a caller should read: docs and deprecation.
pub(super) fn docs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| is_doc(attr) || attr.path().is_ident("deprecated")).cloned().collect()
}

pub(super) fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc")
}
