//! Reads a type under `#[derive(Actor)]` as the block it stands for: an `#[actor]` block without a method.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::visit_mut::VisitMut;
use syn::{Data, DeriveInput, GenericParam, Generics, Type, TypeParam, parse_quote};

use super::handler::check_lifetimes;
use super::options::BlockOptions;
use super::types::ReplaceSelf;
use super::{Parsed, generics};
use crate::errors::Errors;
use crate::model::{ActorType, Block, Lifecycle, Role};

/// Reads the type. Its own tokens are not repeated, since a derive only adds to them.
pub(crate) fn derive(item: TokenStream) -> Parsed {
    let mut errors = Errors::default();
    let block = errors.keep(syn::parse2(item)).and_then(|input| block(input, &mut errors));
    Parsed { source: TokenStream::new(), block, errors }
}

fn block(input: DeriveInput, errors: &mut Errors) -> Option<Block> {
    let options = BlockOptions::of_derive(&input.attrs, errors);
    let mut good = check_lifetimes(&input.generics, errors);
    if let Data::Union(union) = &input.data {
        errors.at(
            union.union_token,
            "an actor's state is a struct or an enum: make this one of them, or write `impl Actor` by hand",
        );
        good = None;
    }
    good?;
    let mut generics = input.generics;
    let (link, actor) = {
        let (_, arguments, where_clause) = generics.split_for_impl();
        let name = &input.ident;
        let span = Span::call_site().located_at(name.span());
        let actor = ActorType {
            ty: parse_quote!(#name #arguments),
            name: name.clone(),
            calls: format_ident!("{}Calls", name.unraw(), span = span).into(),
            is_generic: !generics.params.is_empty(),
        };
        (generics::fresh("L", quote!(#generics #where_clause #name)), actor)
    };
    add_bounds(&mut generics, &actor.ty);
    Some(Block {
        core: options.core,
        role: Role::Actor(Box::new(Lifecycle { mailbox: options.mailbox, on_start: None, on_stop: None })),
        link,
        actor,
        generics,
        cfgs: Vec::new(),
        handlers: Vec::new(),
    })
}

/// What every actor is, asked of each type parameter, as the derives of the standard library do. Asking it of the type as
/// a whole would be more exact, and its errors would speak of fields that nobody named.
fn add_bounds(generics: &mut Generics, actor: &Type) {
    for param in &mut generics.params {
        if let GenericParam::Type(TypeParam { bounds, colon_token, default, .. }) = param {
            bounds.push(parse_quote!(::core::marker::Send));
            bounds.push(parse_quote!('static));
            *colon_token = Some(Default::default());
            *default = None;
        }
    }
    ReplaceSelf(actor).visit_generics_mut(generics);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(item: TokenStream) -> Vec<String> {
        derive(item).errors.messages()
    }

    fn written(item: TokenStream) -> String {
        let parsed = derive(item);
        assert_eq!(parsed.errors.messages(), [""; 0]);
        let block = parsed.block.expect("a type without mistakes is understood");
        crate::expand::block(&block).to_string().replace(' ', "")
    }

    #[test]
    fn a_derived_actor_has_a_type_for_its_calls_and_no_hooks() {
        let text = written(quote!(
            pub(crate) enum Door {
                Open,
                Shut,
            }
        ));
        assert!(text.contains("impl::actor_core::ActorforDoor{}"), "{text}");
        assert!(text.contains("typeCalls<L>=DoorCalls<L>;"), "{text}");
    }

    #[test]
    fn bounds_and_where_clauses_are_kept_and_defaults_are_not() {
        let text = written(quote!(
            struct Store<L: Clone = u8, const N: usize = 3>
            where
                Self: Sized,
                L: Ord;
        ));
        let head = "impl<L:Clone+::core::marker::Send+'static,constN:usize>::actor_core::ActorforStore<L,N>";
        assert!(text.contains(&format!("{head}whereStore<L,N>:Sized,L:Ord{{}}")), "{text}");
        assert!(text.contains("typeCalls<L1>=StoreCalls<L1,Store<L,N>>;"), "{text}");
    }

    #[test]
    fn options_stand_in_an_attribute_named_after_the_library() {
        let text = written(quote!(
            #[derive(Actor)]
            #[actor_core(mailbox = Mailbox::bounded(4), crate = app::actors)]
            struct Counter;
        ));
        assert!(text.contains("fnmailbox()->app::actors::Mailbox{Mailbox::bounded(4)}"), "{text}");
    }

    #[test]
    fn all_mistakes_of_a_type_are_reported_together() {
        assert_eq!(
            mistakes(quote!(
                #[actor_core(mailbx = 3)]
                #[actor_core(crate = a, crate = b)]
                union Bits<'a> {
                    one: &'a u8,
                }
            )),
            [
                "no such option: the options are `crate = path` and `mailbox = expression`",
                "`crate` is given twice: keep one",
                "an actor outlives whoever started it and cannot borrow: let its type own its state",
                "an actor's state is a struct or an enum: make this one of them, or write `impl Actor` by hand",
            ]
        );
    }
}
