//! Decides which docs the generated items carry.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The user's docs, or `fallback` if there are none: a crate under `deny(missing_docs)` compiles either way.
pub(super) fn or(docs: &[Attribute], fallback: &str) -> TokenStream {
    let fallback = (!docs.iter().any(is_text)).then(|| quote!(#[doc = #fallback]));
    quote!(#fallback #(#docs)*)
}

/// The docs of a message: the first paragraph of the method's, then `origin`.
///
/// Not all of them: the method and the typed call have the rest, and rustdoc would run every example in it once more.
pub(super) fn message(docs: &[Attribute], origin: &str) -> TokenStream {
    let summary = summary(docs);
    let hints = docs.iter().filter(|doc| doc.path().is_ident("doc") && !is_text(doc));
    let text = if summary.is_empty() { origin.to_owned() } else { format!("{summary}\n\n{origin}") };
    quote!(#[doc = #text] #(#hints)*)
}

/// The first paragraph, as far as it is written out: `#[doc = include_str!(..)]` shows only to the compiler.
fn summary(docs: &[Attribute]) -> String {
    let text = docs.iter().filter_map(literal).collect::<Vec<_>>().join("\n");
    let is_blank = |line: &&str| line.trim().is_empty();
    let paragraph = text.split('\n').skip_while(is_blank).take_while(|line| !is_blank(line));
    paragraph.collect::<Vec<_>>().join("\n")
}

fn is_text(doc: &Attribute) -> bool {
    doc.path().is_ident("doc") && matches!(doc.meta, Meta::NameValue(_))
}

fn literal(doc: &Attribute) -> Option<String> {
    match &doc.meta {
        Meta::NameValue(pair) if doc.path().is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
