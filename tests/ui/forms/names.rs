//! Names that might collide with something.

#![allow(non_camel_case_types, reason = "a raw name cannot be in camel case")]

use actor_core::prelude::*;
use actor_core::testing::TestSystem;

#[actor_core::test]
async fn handlers_and_arguments_with_the_words_of_the_framework(system: TestSystem) {
    struct Form(u64);

    #[actor]
    impl Form {
        #[handler]
        fn handle(&mut self, message: u64, ctx: &mut Context<Self>) -> u64 {
            message + ctx.epoch()
        }

        #[handler]
        async fn unclaimed(&mut self, ctx: u64, context: &mut Context<Self>) -> u64 {
            ctx + context.epoch()
        }

        #[handler]
        fn request(&self, reply: u64, failure: u64, reason: u64, result: u64) -> Result<u64, String> {
            Ok(reply + failure + reason + result)
        }

        #[handler]
        fn future(&self, self_: u64, this: u64, actor: u64) -> u64 {
            self.0 + self_ + this + actor
        }

        #[handler]
        async fn across_await(&self, future: u64) -> u64 {
            std::future::ready(future).await
        }

        #[handler]
        fn new(&mut self, _unused: u64) {}

        #[handler]
        fn peel_ref(&self) {}
    }

    let form = system.spawn(Form(1));
    assert_eq!(form.handle(1).await.unwrap(), 2);
    assert_eq!(form.unclaimed(1).await.unwrap(), 2);
    assert_eq!(form.request(1, 2, 3, 4).await.unwrap(), Ok(10));
    assert_eq!(form.future(1, 2, 3).await.unwrap(), 7);
    assert_eq!(form.across_await(1).await.unwrap(), 1);
    form.new(1).await.unwrap();
    form.peel_ref().await.unwrap();
}

#[actor_core::test]
async fn raw_names(system: TestSystem) {
    struct r#struct(u64);

    #[actor]
    impl r#struct {
        #[handler]
        fn r#move(&mut self, r#type: u64, r#in: u64) -> u64 {
            self.0 += r#type + r#in;
            self.0
        }

        #[handler]
        async fn r#match(&self, r#mut: u64) -> u64 {
            self.0 + r#mut
        }
    }

    let form = system.spawn(r#struct(1));
    assert_eq!(form.r#move(2, 3).await.unwrap(), 6);
    assert_eq!(form.ask(structMove { r#type: 1, r#in: 1 }).await.unwrap(), 8);
    assert_eq!(form.r#match(1).await.unwrap(), 9);
}

/// The macros name the standard library's items by their whole paths.
#[actor_core::test]
async fn types_that_hide_those_of_the_prelude(system: TestSystem) {
    mod form {
        #![allow(dead_code)]

        use actor_core::{Context, actor};

        pub(super) struct Form;
        pub(super) struct Option;
        pub(super) struct Result;
        pub(super) struct Box;
        pub(super) struct String;
        pub(super) struct Request;
        pub(super) struct Link;
        pub(super) trait Send {}
        pub(super) trait Future {}
        pub(super) trait Handler {}

        #[actor]
        impl Form {
            #[on_start]
            async fn open(&mut self, _ctx: &mut Context<Self>) {}

            #[handler]
            pub(super) fn put(&mut self, _link: Link, _request: Request) -> Option {
                Option
            }

            #[handler]
            pub(super) async fn get(&self) -> Result {
                Result
            }
        }
    }

    let form = system.spawn(form::Form);
    let form::Option = form.put(form::Link, form::Request).await.unwrap();
    let form::Result = form.get().await.unwrap();
}

#[actor_core::test]
async fn names_with_numbers_and_underscores(system: TestSystem) {
    struct Form;

    #[actor]
    impl Form {
        #[handler]
        fn add_2(&mut self) -> u8 {
            2
        }

        #[handler]
        fn _hidden(&mut self) -> u8 {
            3
        }

        #[handler]
        fn a_1_b(&mut self, _x: u8) -> u8 {
            4
        }
    }

    let form = system.spawn(Form);
    assert_eq!(form.ask(FormAdd2).await.unwrap(), 2);
    assert_eq!(form.ask(FormHidden).await.unwrap(), 3);
    assert_eq!(form.ask(FormA1B { _x: 0 }).await.unwrap(), 4);
}
