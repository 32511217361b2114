//! The expansion of small blocks, as text; that of the main forms as a whole, in the files of `tests/expansions`.

use std::path::{Path, PathBuf};

use quote::{ToTokens, quote};

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
        quote!(
            let CounterAdd { n } = message;
            (&::actor_core::__private::Held::<(Self, CounterAdd, u64)>::new()).future(Self::add(self, n))
        ),
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
            type Calls<Link> = StoreCalls<Link, Store<T, N>>;
        ),
    );
    assert_contains(
        &text,
        quote!(impl<Link: ::actor_core::__private::Link<Store<T, N> >, T: Send + 'static, const N: usize> StoreCalls<Link, Store<T, N> >),
    );
    assert_contains(
        &text,
        quote!(fn put(&self, item: T) -> ::actor_core::Request<'_, Store<T, N>, StorePut<T>, Link>),
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

#[test]
fn options_of_a_handler_are_written_and_their_absence_leaves_what_the_trait_says() {
    let text = expanded(
        Kind::Handlers,
        quote! {
            impl Counter {
                #[handler(lane = high, always_run, inline, timeout = Duration::from_secs(2))] fn add(&mut self) {}
                #[handler] fn reset(&mut self) {}
            }
        },
    );
    assert_contains(
        &text,
        quote! {
            type Reply = ();
            const LANE: ::actor_core::Lane = ::actor_core::Lane::High;
            const ABANDONED: ::actor_core::Abandoned = ::actor_core::Abandoned::Run;
            const INLINE: bool = true;
            fn ask_timeout() -> ::core::option::Option<::core::time::Duration> {
                let timeout: ::core::time::Duration = Duration::from_secs(2);
                ::core::option::Option::Some(timeout)
            }
        },
    );
    assert_eq!(text.matches("const LANE").count(), 1, "{text}");
    assert_eq!(text.matches("const ABANDONED").count(), 1, "{text}");
    assert_eq!(text.matches("const INLINE").count(), 1, "{text}");
    assert_eq!(text.matches("fn ask_timeout").count(), 1, "{text}");
}

/// The files hold a change of the expansion against the eye of whoever reviews it: a promise about what is written, a
/// name that leaks or an attribute that is lost shows there.
///
/// They are renewed with `EXPANSIONS=overwrite cargo test -p actor-macros expansions`.
#[test]
fn the_main_forms_have_the_expansions_in_the_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansions");
    let overwrite = std::env::var_os("EXPANSIONS").is_some_and(|value| value == "overwrite");
    let mut differing = Vec::new();
    for form in forms(&folder) {
        let name = form.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&form).expect("a form can be read");
        let text = format!("//! What is written for `{name}`, beside the block.\n\n{}", of_file(&source));
        let file = form.with_extension("expanded.rs");
        if overwrite {
            std::fs::write(&file, text).expect("the file can be written");
        } else if std::fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            differing.push(format!("{name}:\n{text}"));
        }
    }
    assert!(differing.is_empty(), "not what the files have:\n{}", differing.join("\n"));
}

fn forms(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).expect("the forms are there");
    let paths = files.map(|file| file.expect("a file can be looked at").path());
    let mut forms: Vec<PathBuf> =
        paths.filter(|path| !path.to_string_lossy().ends_with(".expanded.rs")).collect();
    forms.sort();
    assert!(!forms.is_empty());
    forms
}

/// What the attribute of the file's only block writes beside the block.
fn of_file(source: &str) -> String {
    let mut file = syn::parse_file(source).expect("a form is Rust");
    let syn::Item::Impl(block) = &mut file.items[0] else { panic!("a form is an impl block") };
    let attribute = block.attrs.remove(0);
    let kind = if attribute.path().is_ident("actor") { Kind::Actor } else { Kind::Handlers };
    let args = match attribute.meta {
        syn::Meta::List(list) => list.tokens,
        _ => proc_macro2::TokenStream::new(),
    };
    // Parsing it as a file has made a method's docs on an argument an attribute, as the compiler does.
    let parsed = parse::block(kind, args, block.to_token_stream());
    assert_eq!(parsed.errors.messages(), [""; 0]);
    let expansion = super::block(&parsed.block.expect("a block without mistakes is understood"));
    prettyplease::unparse(&syn::parse2(expansion).expect("what is written is Rust"))
}
