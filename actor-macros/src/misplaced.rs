//! The marks of methods where they mark nothing: outside a block, they are macros whose one purpose is to say so.

use proc_macro2::{Span, TokenStream};
use quote::quote;

/// The item with an error beside it, so that nothing but the attribute is missed.
pub(crate) fn misplaced(name: &str, home: &str, item: TokenStream) -> TokenStream {
    let message = format!(
        "`#[{name}]` marks a method in an actor's own block: put {home} above its `impl Name {{ .. }}`"
    );
    let error = syn::Error::new(Span::call_site(), message).into_compile_error();
    quote!(#error #item)
}
