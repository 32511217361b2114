//! `#[actor_core::test]`: an async test with an actor system of its own.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{FnArg, Signature};

use crate::errors::Errors;
use crate::parse::options::TestOptions;
use crate::parse::syntax::Method;

/// The test that an async function under the attribute stands for.
pub(crate) fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = TestOptions::parse(args, &mut errors);
    let function = match syn::parse2::<Method>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_compile_errors();
            return quote!(#errors #item);
        }
    };
    check(&function, &mut errors);
    let errors = errors.into_compile_errors();
    if errors.is_empty() { expand(&options, &function) } else { quote!(#errors #item) }
}

fn check(function: &Method, errors: &mut Errors) {
    let Signature { asyncness, fn_token, generics, inputs, .. } = &function.sig;
    if let Some(attr) = function.attrs.iter().find(|attr| attr.path().is_ident("test")) {
        errors.at(attr, "`#[actor_core::test]` makes the function a test already: drop this attribute");
    }
    if asyncness.is_none() {
        errors.at(fn_token, "a test with an actor system waits for its actors: write `async fn`");
    }
    for param in &generics.params {
        errors.at(
            param,
            "a test is called by the test runner, which has no type to choose: drop the parameter",
        );
    }
    if let Some(FnArg::Receiver(receiver)) = inputs.first() {
        errors.at(receiver, "a test is a function of its own: move it out of the impl block");
    }
    for input in inputs.iter().skip(1) {
        errors.at(input, "a test takes the `TestSystem` or nothing: drop this argument");
    }
}

/// The user's function stands inside the test under its own name: a panic, and an argument of the wrong type, are
/// reported as its own.
fn expand(options: &TestOptions, function: &Method) -> TokenStream {
    let core = &options.core;
    let Method { attrs, vis, sig, body } = function;
    let Signature { ident, output, .. } = sig;
    let name = ident.unraw().to_string();
    let paused = options.paused.then(|| quote!(.paused()));
    let workers = options.workers.as_ref().map(|workers| quote!(.workers(#workers)));
    let span = Span::call_site().located_at(ident.span());
    let run = if sig.inputs.is_empty() { quote_spanned!(span=> |_| #ident()) } else { quote!(#ident) };
    quote! {
        #(#attrs)*
        #[::core::prelude::v1::test]
        #vis fn #ident() #output {
            #[allow(clippy::unused_async)]
            #sig #body

            #core::testing::run(
                #core::testing::Setup::new(::core::concat!(::core::module_path!(), "::", #name)) #paused #workers,
                #run,
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(args: TokenStream, item: TokenStream) -> Vec<String> {
        let mut errors = Errors::default();
        TestOptions::parse(args, &mut errors);
        check(&syn::parse2(item).expect("a function"), &mut errors);
        errors.messages()
    }

    #[test]
    fn a_test_takes_the_system_or_nothing() {
        let expanded = |item| test(quote!(paused), item).to_string();
        assert!(
            expanded(quote!(
                async fn idle(system: TestSystem) {}
            ))
            .contains(". paused () , idle ,)")
        );
        assert!(
            expanded(quote!(
                async fn idle() {}
            ))
            .contains(". paused () , | _ | idle () ,)")
        );
        assert_eq!(
            mistakes(
                quote!(),
                quote!(
                    async fn idle(system: TestSystem, n: u8) {}
                )
            ),
            ["a test takes the `TestSystem` or nothing: drop this argument"]
        );
    }

    #[test]
    fn all_mistakes_of_a_test_are_reported_together() {
        let found = mistakes(
            quote!(pause, workers = 0),
            quote!(
                #[test]
                fn idle<T>(self) {}
            ),
        );
        assert_eq!(
            found,
            [
                "no such option: the options are `paused`, `workers = N` and `crate = path`",
                "a test without workers is the default: leave the option out, or ask for one at least",
                "`#[actor_core::test]` makes the function a test already: drop this attribute",
                "a test with an actor system waits for its actors: write `async fn`",
                "a test is called by the test runner, which has no type to choose: drop the parameter",
                "a test is a function of its own: move it out of the impl block",
            ]
        );
    }

    #[test]
    fn a_paused_clock_needs_a_single_thread() {
        let found = mistakes(
            quote!(workers = 2, paused),
            quote!(
                async fn idle() {}
            ),
        );
        assert_eq!(
            found,
            ["`paused` and `workers` exclude each other: only a test on one thread has a clock to pause"]
        );
    }
}
