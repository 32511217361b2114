//! What blocks mean, and what is said of those with mistakes.

use quote::{ToTokens, quote};

use super::*;
use crate::model::{Argument, Handler, Lane, Mode};

fn actor(item: TokenStream) -> Parsed {
    block(Kind::Actor, TokenStream::new(), item)
}

/// The handlers of a block without mistakes.
fn handlers(item: TokenStream) -> Vec<Handler> {
    let parsed = actor(item);
    assert_eq!(parsed.errors.messages(), [""; 0]);
    parsed.block.expect("a block without mistakes is understood").handlers
}

fn handler(item: TokenStream) -> Handler {
    handlers(item).remove(0)
}

/// The mistakes of a method in an otherwise sound block.
fn mistakes(method: TokenStream) -> Vec<String> {
    actor(quote!(impl Counter { #method })).errors.messages()
}

fn text(tokens: impl ToTokens) -> String {
    tokens.into_token_stream().to_string()
}

fn message_generics(item: TokenStream) -> String {
    let generics = handler(item).message.generics;
    let where_clause = &generics.where_clause;
    text(quote!(#generics #where_clause))
}

#[test]
fn messages_are_named_actor_first() {
    let names: Vec<_> = handlers(quote! {
        impl super::r#Counter {
            #[handler] fn add(&mut self) {}
            #[handler] fn add_all_2(&mut self) {}
            #[handler] fn r#type(&mut self) {}
            #[handler(message = Reset)] fn reset(&mut self) {}
        }
    })
    .iter()
    .map(|handler| handler.message.name.to_string())
    .collect();
    assert_eq!(names, ["CounterAdd", "CounterAddAll2", "CounterType", "Reset"]);
}

#[test]
fn a_message_carries_exactly_the_parameters_that_its_fields_use() {
    let used = |fields: TokenStream| {
        message_generics(quote! {
            impl<T: Clone, U: Iterator, const N: usize> Store<T, U, N> where U::Item: Debug {
                #[handler] fn put(&mut self, #fields) {}
            }
        })
    };
    assert_eq!(used(quote!()), "");
    assert_eq!(used(quote!(item: T)), "< T >");
    assert_eq!(used(quote!(items: [(T, u8); N])), "< T , const N : usize >");
    assert_eq!(used(quote!(items: Vec<T>)), "< T : Clone >");
    assert_eq!(used(quote!(item: U::Item)), "< U : Iterator > where U :: Item : Debug");
    assert_eq!(used(quote!(item: <U as Iterator>::Item)), "< U : Iterator > where U :: Item : Debug");
    assert_eq!(used(quote!(other: other::T)), "");
}

#[test]
fn a_bound_on_a_parameter_that_the_message_lacks_stays_away() {
    let generics = message_generics(quote! {
        impl<T, U: Into<T> + Clone> Store<T, U> {
            #[handler] fn put(&mut self, items: Vec<U>) {}
        }
    });
    assert_eq!(generics, "< U : Clone >");
}

#[test]
fn self_in_an_argument_is_the_actor() {
    let handler = handler(quote! {
        impl<T> Store<T> {
            #[handler] fn merge(&mut self, other: Box<Self>, key: [u8; Self::KEY]) {}
        }
    });
    let types: Vec<_> = handler.fields().map(|field| text(&field.ty)).collect();
    assert_eq!(types, ["Box < Store < T > >", "[u8 ; < Store < T > > :: KEY]"]);
}

#[test]
fn self_in_a_bound_of_the_block_is_the_actor() {
    let parsed = actor(quote!(
        impl<T: Into<Self>> Store<T> where Self: Sized {}
    ));
    let generics = parsed.block.expect("the block is sound").generics;
    assert_eq!(text(&generics), "< T : Into < Store < T > > >");
    assert_eq!(text(&generics.where_clause), "where Store < T > : Sized");
}

#[test]
fn a_mutable_reference_is_the_context_wherever_it_stands() {
    let handler = handler(quote! {
        impl Counter {
            #[handler] fn add(&self, n: u64, ctx: &mut Context<Self>, name: &'static str) {}
        }
    });
    let [Argument::Field(_), Argument::Context(target), Argument::Field(_)] = &handler.arguments[..] else {
        panic!("the context is the second argument");
    };
    assert_eq!(text(target), "Context < Self >");
}

#[test]
fn only_an_async_shared_borrow_asks_for_more() {
    let mode = |method: TokenStream| handler(quote!(impl Counter { #[handler] #method })).mode;
    assert!(matches!(
        mode(quote!(
            fn get(&self) {}
        )),
        Mode::Sync
    ));
    assert!(matches!(
        mode(quote!(
            async fn get(self: &mut Self) {}
        )),
        Mode::Async
    ));
    assert!(matches!(
        mode(quote!(
            async fn get(&self) {}
        )),
        Mode::AsyncShared(_)
    ));
}

#[test]
fn a_body_is_not_looked_into() {
    let parsed = actor(quote!(impl Counter { #[handler] fn add(&mut self) { self. } }));
    assert_eq!(parsed.errors.messages(), [""; 0]);
    assert!(parsed.source.to_string().ends_with("fn add (& mut self) { self . } }"));
}

#[test]
fn an_item_without_a_mark_stays_as_it_is() {
    let parsed =
        actor(quote!(impl Counter { const unsafe fn plain() {} const ZERO: u64 = 0; type Old = u8; }));
    assert_eq!(
        parsed.source.to_string(),
        "impl Counter { const unsafe fn plain () { } const ZERO : u64 = 0 ; type Old = u8 ; }"
    );
}

#[test]
fn what_is_sound_of_a_faulty_block_is_kept() {
    let parsed = actor(quote! {
        impl Counter {
            #[handler] fn add(&mut self, n: u64) {}
            #[handler] fn name(&mut self, name: &str) {}
        }
    });
    assert_eq!(parsed.errors.messages().len(), 1);
    assert_eq!(parsed.block.expect("the block as a whole is sound").handlers.len(), 1);
}

#[test]
fn whatever_borrows_is_told_its_owned_form() {
    let taking = |ty: TokenStream| mistakes(quote!(#[handler] fn put(&mut self, value: #ty) {})).join("; ");
    let take = |owned: &str| format!("a message outlives the call and cannot borrow: take {owned}");
    assert_eq!(taking(quote!(&str)), take("a `String`"));
    assert_eq!(taking(quote!(&[u8])), take("a `Vec<u8>`"));
    assert_eq!(taking(quote!(Option<&Path>)), take("an owned value, `Path`"));
    assert_eq!(taking(quote!(&dyn Error)), take("a `Box<dyn Error>`"));
    assert_eq!(taking(quote!(Cow<'_, str>)), take("an owned value, or one that is `'static`"));
    assert_eq!(taking(quote!(Box<dyn Fn(&str) -> &str>)), "");
    assert_eq!(taking(quote!(fn(&str))), "");
    assert_eq!(
        mistakes(quote!(
            #[handler]
            fn name(&self) -> Option<&str> {}
        ))
        .last()
        .map(String::as_str),
        Some("a reply leaves the actor and cannot borrow from it: return a `String`")
    );
}

#[test]
fn a_method_that_cannot_be_a_handler_is_told_why() {
    let of = |method: TokenStream| mistakes(quote!(#[handler] #method)).join("; ");
    assert_eq!(
        of(quote!(
            fn get(self) {}
        )),
        "a handler borrows its actor, which lives on: write `&mut self` or `&self`"
    );
    assert_eq!(
        of(quote!(
            fn get() {}
        )),
        "a handler runs on its actor: write `&mut self` or `&self` as its first argument"
    );
    assert_eq!(
        of(quote!(
            fn stop(&mut self) {}
        )),
        "`stop` is a method of every actor reference, and would hide this one: choose another name"
    );
    assert_eq!(
        of(quote!(
            fn calls(&mut self) {}
        )),
        "`CounterCalls` is the type of the typed calls: name the message, `#[handler(message = ..)]`"
    );
    assert_eq!(
        of(quote!(
            fn all<T>(&mut self) -> Vec<T> {}
        )),
        "the message has to carry `T`, and no argument uses it: take a value of that type"
    );
    assert_eq!(
        of(quote!(
            const ZERO: u64 = 0;
        )),
        "this attribute marks a method: put it above a `fn`"
    );
}

#[test]
fn all_mistakes_of_a_method_are_reported_together() {
    let found = mistakes(quote! {
        #[handler(mesage = Put, derive(Clone), message = Put, message = Set)]
        unsafe fn put<'a>((a, b): (u8, u8), _: impl Fn(), ctx: &mut Context<Self>, more: &mut u8) -> &'a str {}
    });
    assert_eq!(found.len(), 9, "{found:#?}");
}

#[test]
fn a_second_handler_for_a_message_is_refused_unless_a_cfg_may_choose() {
    let twice = |cfg: TokenStream| {
        mistakes(quote! {
            #[handler] fn add_1(&mut self) {}
            #cfg #[handler] fn add1(&mut self) {}
        })
    };
    assert_eq!(
        twice(quote!()),
        ["`add_1` has the message `CounterAdd1` already: name this one, `#[handler(message = ..)]`"]
    );
    assert_eq!(twice(quote!(#[cfg(unix)])), [""; 0]);
    assert_eq!(twice(quote!(#[cfg_attr(unix, cfg(feature = "more"))])), [""; 0]);
}

#[test]
fn of_two_methods_with_one_name_the_compiler_complains_and_nobody_else() {
    let found = mistakes(quote! {
        #[handler] fn add(&mut self) {}
        #[handler] fn add(&mut self) {}
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_lifetime_is_told_once_where_there_is_most_to_say() {
    let of = |method: TokenStream| mistakes(quote!(#[handler] #method)).join("; ");
    assert_eq!(
        of(quote!(
            fn put<'a>(&mut self, text: &'a str) {}
        )),
        "a message outlives the call and cannot borrow: take a `String`"
    );
    assert_eq!(
        of(quote!(
            fn put<'a>(&mut self) {}
        )),
        "a handler outlives its caller and cannot borrow: drop the lifetime, take owned values"
    );
}

#[test]
fn what_goes_along_goes_along_behind_a_condition_too() {
    let handler = handler(quote! {
        impl Counter {
            #[cfg_attr(unix, cfg(one), inline, cfg_attr(two, doc = "Two."))]
            #[cfg_attr(unix, allow(unused))]
            #[handler] fn add(&mut self) {}
        }
    });
    let all = |attrs: &[Attribute]| text(quote!(#(#attrs)*));
    assert_eq!(all(&handler.cfgs), "# [cfg_attr (unix , cfg (one))]");
    assert_eq!(all(&handler.docs), "# [cfg_attr (unix , cfg_attr (two , doc = \"Two.\"))]");
}

#[test]
fn a_mark_behind_a_condition_is_told_to_stand_alone() {
    assert_eq!(
        mistakes(quote!(
            #[cfg_attr(unix, handler)]
            fn add(&mut self) {}
        )),
        ["whether a method is there may depend, not what it is: write `#[cfg(..)] #[handler]`"]
    );
}

#[test]
fn hooks_take_what_belongs_to_them() {
    let none = [""; 0];
    assert_eq!(
        mistakes(quote!(
            #[on_start]
            async fn open(&mut self, ctx: &mut Context<Self>) -> io::Result<()> {}
        )),
        none
    );
    assert_eq!(
        mistakes(quote!(
            #[on_stop]
            fn close(&mut self, ctx: &mut Context<Self>, why: &StopReason) -> () {}
        )),
        none
    );
    assert_eq!(
        mistakes(quote!(
            #[on_start]
            fn open(&mut self, url: String) {}
        )),
        ["an `#[on_start]` method takes `&mut Context<Self>`, or nothing"]
    );
    assert_eq!(
        mistakes(quote!(
            #[on_start]
            fn one(&mut self) {}
            #[on_start]
            fn two(&mut self) {}
        )),
        ["`one` has this attribute already: let one method do both"]
    );
    let elsewhere =
        block(Kind::Handlers, TokenStream::new(), quote!(impl Counter { #[on_stop] fn close(&mut self) {} }));
    assert_eq!(
        elsewhere.errors.messages(),
        ["an actor's start and end are told in one place: move this method to its `#[actor]` block"]
    );
}

#[test]
fn the_attribute_in_the_wrong_place_is_told_the_right_one() {
    let of = |item: TokenStream| actor(item).errors.messages().join("; ");
    assert_eq!(
        of(quote!(
            struct Counter;
        )),
        "`#[actor]` stands on the block with the actor's methods: put it above `impl Counter { .. }`"
    );
    assert_eq!(
        of(quote!(impl Display for Counter {})),
        "`#[actor]` stands on a block of the type's own methods: write `impl Counter { .. }`, without a trait"
    );
    assert_eq!(
        of(quote!(
            impl<'a> Reader<'a> {}
        )),
        "an actor outlives whoever started it and cannot borrow: let its type own its state"
    );
    assert_eq!(
        of(quote!(
            impl (u8, u8) {}
        )),
        "an actor is a type with a name, which its messages begin with: wrap this one in a struct"
    );
}

#[test]
fn an_unknown_option_is_told_the_known_ones() {
    let of = |kind, args| block(kind, args, quote!(impl Counter {})).errors.messages();
    assert_eq!(
        of(Kind::Actor, quote!(mailbx = 3, name(x), crate = a::b)),
        ["no such option: the options are `crate = path` and `mailbox = expression`"; 2]
    );
    assert_eq!(
        of(Kind::Handlers, quote!(mailbox = 3)),
        ["an actor's mailbox is chosen in one place: move this option to its `#[actor]` block"]
    );
    assert_eq!(of(Kind::Handlers, quote!(name = 3)), ["no such option: the only option is `crate = path`"]);
    assert_eq!(
        of(Kind::Actor, quote!(crate = "a::b")),
        ["a path stands without quotes: `crate = my::actor_core`"]
    );
}

#[test]
fn the_options_of_a_handler_say_how_its_messages_travel() {
    let terms = |options: TokenStream| {
        handler(quote!(impl Counter { #[handler(#options)] fn add(&mut self) {} })).terms
    };
    assert_eq!(terms(quote!()).lane, None);
    assert_eq!(terms(quote!(lane = normal)).lane, Some(Lane::Normal));
    assert_eq!(terms(quote!(derive(Debug), lane = high)).lane, Some(Lane::High));
    let timeout = terms(quote!(timeout = Self::PATIENCE * 2, lane = high)).timeout;
    assert_eq!(text(timeout), "Self :: PATIENCE * 2");
    assert!(terms(quote!(always_run)).always_run && !terms(quote!(lane = high)).always_run);
    assert!(terms(quote!(inline)).inline.is_some() && terms(quote!(lane = high)).inline.is_none());
    for waits in [quote!(&self), quote!(&mut self)] {
        assert_eq!(
            mistakes(quote!(
                #[handler(inline)]
                async fn add(#waits) {}
            )),
            [
                "an inline handler runs on its asker's thread and cannot wait: drop the `async`, or the `inline`"
            ]
        );
    }
    for wrong in [quote!(urgent), quote!("high"), quote!(Lane::High), quote!(1 + 1)] {
        assert_eq!(
            mistakes(quote!(
                #[handler(lane = #wrong, derive(Debug))]
                fn add(&mut self) {}
            )),
            ["there are two lanes: `lane = high` and `lane = normal`"]
        );
    }
}

#[test]
fn the_link_has_a_name_that_the_block_does_not_use() {
    let link = |item: TokenStream| actor(item).block.expect("the block is sound").link.to_string();
    assert_eq!(link(quote!(impl Counter {})), "Link");
    assert_eq!(
        link(quote!(
            impl<Link> Store<Link> {
                fn plain(one: Link1) {}
            }
        )),
        "Link2"
    );
}
