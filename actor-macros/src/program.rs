//! `#[actor_core::main]`: a program with an actor system of its own.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{FnArg, Signature};

use crate::errors::Errors;
use crate::parse::options::MainOptions;
use crate::parse::syntax::Method;

/// The function that an async function under the attribute stands for.
pub(crate) fn program(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = MainOptions::parse(args, &mut errors);
    let function = match syn::parse2::<Method>(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_compile_errors();
            return quote!(#errors #item);
        }
    };
    let sound = check(&function, &mut errors);
    let errors = errors.into_compile_errors();
    let function = if sound { expand(&options, &function) } else { in_its_place(&function) };
    quote!(#errors #function)
}

/// Whether the function can be expanded. A wrong option does not make it faulty.
fn check(function: &Method, errors: &mut Errors) -> bool {
    let before = errors.len();
    let Signature { ident, asyncness, fn_token, generics, inputs, .. } = &function.sig;
    if asyncness.is_none() {
        errors.at(fn_token, "a program of actors waits for them: write `async fn`");
    }
    for param in &generics.params {
        errors.at(param, "nobody is there to choose a type for the program: drop the parameter");
    }
    match inputs.first() {
        None => errors.at(
            ident,
            format_args!(
                "the program has its actors in a system: write `async fn {ident}(system: System)`, or use \
                 `#[tokio::main]` if there are none"
            ),
        ),
        Some(FnArg::Receiver(receiver)) => {
            errors.at(receiver, "a program is a function of its own: move it out of the impl block");
        }
        Some(FnArg::Typed(_)) => {}
    }
    for input in inputs.iter().skip(1) {
        errors.at(input, "the program takes the `System` and nothing else: drop this argument");
    }
    errors.len() == before
}

/// The user's function stands inside under its own name, so that an argument of the wrong type is reported at it.
fn expand(options: &MainOptions, function: &Method) -> TokenStream {
    let MainOptions { core, workers, current_thread, name } = options;
    let Method { attrs, vis, sig, body } = function;
    let Signature { ident, output, .. } = sig;
    let name = name.as_ref().map_or_else(|| quote!(::core::module_path!()), ToTokens::to_token_stream);
    let workers = workers.as_ref().map(|workers| quote!(.workers(#workers)));
    let current_thread = current_thread.then(|| quote!(.current_thread()));
    quote! {
        #(#attrs)*
        #vis fn #ident() #output {
            #[allow(clippy::unused_async)]
            #sig #body

            #core::__private::Program::new(#name) #workers #current_thread .run(#ident)
        }
    }
}

/// Something of that name, so that nobody misses it on top.
fn in_its_place(function: &Method) -> TokenStream {
    let Method { vis, sig, .. } = function;
    let Signature { ident, output, .. } = sig;
    quote!(#vis fn #ident() #output { ::core::unreachable!() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(args: TokenStream, item: TokenStream) -> Vec<String> {
        let mut errors = Errors::default();
        MainOptions::parse(args, &mut errors);
        check(&syn::parse2(item).expect("a function"), &mut errors);
        errors.messages()
    }

    #[test]
    fn the_options_become_the_program() {
        let text = program(
            quote!(workers = 2, name = "shop", crate = app::actors),
            quote!(
                pub async fn main(system: System) -> Result<(), BoxError> {}
            ),
        );
        let text = text.to_string().replace(' ', "");
        assert!(text.starts_with("pubfnmain()->Result<(),BoxError>{"), "{text}");
        assert!(
            text.contains("app::actors::__private::Program::new(\"shop\").workers(2).run(main)"),
            "{text}"
        );
    }

    #[test]
    fn all_mistakes_of_a_program_are_reported_together() {
        let found = mistakes(
            quote!(worker = 2, workers = 0, current_thread, crate = "a"),
            quote!(
                fn main<T>(system: System, rest: T) {}
            ),
        );
        assert_eq!(
            found,
            [
                "no such option: the options are `workers = N`, `current_thread`, `name = \"..\"` and `crate = path`",
                "`current_thread` and `workers` exclude each other: keep one",
                "a path stands without quotes: `crate = my::actor_core`",
                "somebody has to run the actors: ask for one worker at least, or write `current_thread`",
                "a program of actors waits for them: write `async fn`",
                "nobody is there to choose a type for the program: drop the parameter",
                "the program takes the `System` and nothing else: drop this argument",
            ]
        );
    }

    #[test]
    fn a_program_without_its_system_is_told_what_to_write() {
        let of = |item| mistakes(quote!(), item).join("; ");
        assert_eq!(
            of(quote!(
                async fn main() {}
            )),
            "the program has its actors in a system: write `async fn main(system: System)`, or use `#[tokio::main]` if \
             there are none"
        );
        assert_eq!(
            of(quote!(
                async fn main(&self) {}
            )),
            "a program is a function of its own: move it out of the impl block"
        );
    }
}
