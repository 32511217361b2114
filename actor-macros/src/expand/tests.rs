//! The expansion of small blocks, as text.

use quote::quote;

use crate::parse::{self, Kind};

/// The expansion of a block without mistakes.
fn expanded(kind: Kind, item: proc_macro2::TokenStream) -> String {
    let parsed = parse::block(kind, proc_macro2::TokenStream::new(), item);
    assert_eq!(parsed.errors.messages(), [""; 0]);
    super::block(&parsed.block.expect("a block without mistakes is understood")).to_string()
}

fn assert_contains(text: &str, part: proc_macro2::TokenStream) {
    // Where `quote` puts spaces depends on how the tokens were made.
    let tight = |text: &str| text.replace(' ', "");
    let part = part.to_string();
    assert!(tight(text).contains(&tight(&part)), "{part}\n\nis not in\n\n{text}");
}

/// The book shows this expansion beside hand-written code. `examples/book/written/expansion.rs` is that of `by_macro.rs`,
/// as rustfmt lays it out, with comments for the book and without what is for lints only.
#[test]
fn the_expansion_in_the_book_is_the_one_that_is_written() {
    let tokens = |file| {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/book/written/");
        let text = std::fs::read_to_string(format!("{path}{file}")).expect("the file is there");
        text.parse::<proc_macro2::TokenStream>().expect("the file is Rust")
    };
    let source = syn::parse2::<syn::File>(tokens("by_macro.rs")).expect("the program is Rust");
    let block = source.items.into_iter().find_map(|item| match item {
        syn::Item::Impl(block) => Some(block),
        _ => None,
    });
    let mut block = block.expect("the program has a block");
    let attr = block.attrs.remove(0);
    let args = attr.meta.require_list().expect("it has options").tokens.clone();
    let parsed = parse::block(Kind::Actor, args, quote!(#block));
    let written = super::block(&parsed.block.expect("it is sound"));
    let written = without_lints(written);
    let tight = |text: String| text.replace([' ', '\n'], "").replace(",)", ")").replace(",}", "}");
    let shown = syn::parse2::<syn::File>(tokens("expansion.rs")).expect("the file is Rust").items;
    let shown = quote!(#(#shown)*).to_string();
    assert_eq!(tight(written.to_string()), tight(shown), "rustfmt this into the file: {written}");
}

/// The tokens without `#[allow(..)]` and `#[automatically_derived]`.
fn without_lints(tokens: proc_macro2::TokenStream) -> proc_macro2::TokenStream {
    use proc_macro2::{Group, TokenTree};
    let is_for_lints = |token: &TokenTree| {
        matches!(token, TokenTree::Group(group) if group.stream().into_iter().next().is_some_and(
            |first| ["allow", "automatically_derived"].contains(&&*first.to_string()),
        ))
    };
    let mut tokens = tokens.into_iter().peekable();
    let mut kept = Vec::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' && tokens.peek().is_some_and(is_for_lints) => {
                tokens.next();
            }
            TokenTree::Group(group) => {
                kept.push(Group::new(group.delimiter(), without_lints(group.stream())).into());
            }
            other => kept.push(other),
        }
    }
    kept.into_iter().collect()
}

#[test]
fn an_async_methods_own_future_is_returned() {
    let text = expanded(
        Kind::Handlers,
        quote! {
            impl Counter {
                #[handler] async fn add(&mut self, n: u64) -> u64 { n }
            }
        },
    );
    assert_contains(
        &text,
        quote!({
            let CounterAdd { n } = message;
            Self::add(self, n)
        }),
    );
    assert_contains(&text, quote!(struct CounterAdd));
    assert!(
        !text.contains("CounterCalls < L > (") && !text.contains("Actor for"),
        "the rest is `#[actor]`'s: {text}"
    );
}

#[test]
fn a_method_that_returns_nothing_leaves_nothing_unclaimed() {
    let of = |method| expanded(Kind::Handlers, quote!(impl Counter { #[handler] #method }));
    assert!(
        !of(quote!(
            fn add(&mut self) {}
        ))
        .contains("unclaimed")
    );
    assert!(
        of(quote!(
            fn add(&mut self) -> u8 {}
        ))
        .contains("unclaimed")
    );
}

#[test]
fn the_calls_of_a_generic_actor_are_generic_over_the_actor_as_a_whole() {
    let text = expanded(
        Kind::Actor,
        quote! {
            impl<T: Send + 'static, const N: usize> Store<T, N> {
                #[handler] fn put(&mut self, item: T) {}
            }
        },
    );
    assert_contains(
        &text,
        quote!(
            pub struct StoreCalls<L, A>(L, ::core::marker::PhantomData<fn() -> A>);
        ),
    );
    assert_contains(
        &text,
        quote!(
            type Calls<L> = StoreCalls<L, Store<T, N>>;
        ),
    );
    assert_contains(
        &text,
        quote!(impl<L: ::actor_core::__private::Link<Store<T, N> >, T: Send + 'static, const N: usize> StoreCalls<L, Store<T, N> >),
    );
    assert_contains(
        &text,
        quote!(fn put(&self, item: T) -> ::actor_core::Request<'_, Store<T, N>, StorePut<T>, L>),
    );
}

#[test]
fn a_message_has_the_first_paragraph_and_the_call_has_all() {
    let text = expanded(
        Kind::Handlers,
        quote! {
            impl Counter {
                /// Adds,
                /// that is.
                ///
                /// ```
                /// example();
                /// ```
                #[handler]
                pub fn add(&mut self, /** How many. */ n: u64, m: u64) {}
            }
        },
    );
    assert_eq!(text.matches("example").count(), 1, "{text}");
    assert_contains(&text, quote!(#[doc = " Adds,\n that is.\n\nThe message of `Counter::add`."]));
    assert_contains(&text, quote!(#[doc = r" How many. "] pub n: u64,));
    assert_contains(&text, quote!(#[doc = "The argument `m`."] pub m: u64,));
}

#[test]
fn a_cfg_goes_to_everything_that_is_written_for_its_method() {
    let text = expanded(
        Kind::Handlers,
        quote!(
            #[cfg(one)]
            impl Counter {
                #[cfg(two)]
                #[handler]
                fn add(&mut self) {}
            }
        ),
    );
    assert_eq!(text.matches("cfg (two)").count(), 3, "message, handler and call: {text}");
    assert_eq!(text.matches("cfg (one)").count(), 3, "message, handler and calls: {text}");
}
