//! Receivers, arguments, replies, hooks.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use actor_core::prelude::*;
use actor_core::testing::TestSystem;

#[actor_core::test]
async fn every_receiver_sync_and_async(system: TestSystem) {
    struct Form(u32);

    #[actor]
    impl Form {
        #[handler]
        fn shared(&self) -> u32 {
            self.0
        }

        #[handler]
        fn exclusive(&mut self) -> u32 {
            self.0 += 1;
            self.0
        }

        #[handler]
        fn shared_spelled_out(self: &Self) -> u32 {
            self.0
        }

        #[handler]
        fn exclusive_spelled_out(self: &mut Self) -> u32 {
            self.0 += 1;
            self.0
        }

        #[handler]
        async fn shared_async(&self) -> u32 {
            std::future::ready(self.0).await
        }

        #[handler]
        async fn exclusive_async(&mut self) -> u32 {
            self.0 += std::future::ready(1).await;
            self.0
        }

        #[handler]
        async fn async_without_await(self: &mut Self) -> u32 {
            self.0
        }

        #[handler]
        const fn constant(&self) -> u32 {
            self.0
        }
    }

    let form = system.spawn(Form(1));
    assert_eq!(form.shared().await.unwrap(), 1);
    assert_eq!(form.exclusive().await.unwrap(), 2);
    assert_eq!(form.shared_spelled_out().await.unwrap(), 2);
    assert_eq!(form.exclusive_spelled_out().await.unwrap(), 3);
    assert_eq!(form.shared_async().await.unwrap(), 3);
    assert_eq!(form.exclusive_async().await.unwrap(), 4);
    assert_eq!(form.async_without_await().await.unwrap(), 4);
    assert_eq!(form.constant().await.unwrap(), 4);
}

#[actor_core::test]
async fn the_context_in_every_place_or_in_none(system: TestSystem) {
    struct Form;

    #[actor]
    impl Form {
        #[handler]
        fn nowhere(&self, a: u64) -> u64 {
            a
        }

        #[handler]
        fn alone(&self, ctx: &mut Context<Self>) -> u64 {
            ctx.epoch()
        }

        #[handler]
        async fn first(&mut self, ctx: &mut Context<Self>, a: u64) -> u64 {
            ctx.epoch() + a
        }

        #[handler]
        async fn amid(&mut self, a: u64, ctx: &mut Context<Self>, b: u64) -> u64 {
            a + ctx.epoch() + b
        }

        #[handler]
        fn last(&mut self, a: u64, _: &mut Context<Self>) -> u64 {
            a
        }

        #[handler]
        fn spelled_out(&mut self, it: &mut actor_core::Context<Form>) -> u64 {
            it.epoch()
        }
    }

    let form = system.spawn(Form);
    assert_eq!(form.nowhere(1).await.unwrap(), 1);
    assert_eq!(form.alone().await.unwrap(), 1);
    assert_eq!(form.first(1).await.unwrap(), 2);
    assert_eq!(form.amid(1, 1).await.unwrap(), 3);
    assert_eq!(form.last(1).await.unwrap(), 1);
    assert_eq!(form.spelled_out().await.unwrap(), 1);
}

#[actor_core::test]
async fn arguments_of_every_kind(system: TestSystem) {
    struct Form(u32);

    type Callback = Box<dyn FnOnce(&str) -> usize + Send>;

    trait Parse<'a> {
        fn parse(&self, text: &'a str) -> usize;
    }

    struct Length;

    impl Parse<'_> for Length {
        fn parse(&self, text: &str) -> usize {
            text.len()
        }
    }

    #[actor]
    impl Form {
        const WIDTH: usize = 2;

        #[handler]
        fn many(
            &mut self,
            a: u8,
            b: u16,
            c: u32,
            d: u64,
            e: u128,
            f: i8,
            g: f64,
            h: char,
            i: bool,
        ) -> String {
            format!("{a}{b}{c}{d}{e}{f}{g}{h}{i}")
        }

        #[handler]
        fn for_ever(&self, text: &'static str, either: Cow<'static, str>) -> usize {
            text.len() + either.len()
        }

        #[handler]
        fn functions(&mut self, plain: fn(&str) -> usize, boxed: Callback) -> usize {
            plain("a") + boxed("bc")
        }

        #[handler]
        fn objects(&mut self, parse: Box<dyn for<'a> Parse<'a> + Send>) -> usize {
            parse.parse("abc")
        }

        #[handler]
        fn arrays(&mut self, of_its_width: [u8; Self::WIDTH], other: [u8; 1 + 2]) -> usize {
            of_its_width.len() + other.len()
        }

        #[handler]
        fn nested(&mut self, map: HashMap<String, Vec<Option<(u8, Box<Self>)>>>) -> usize {
            map.values().flatten().flatten().map(|(_, form)| form.0 as usize).sum()
        }

        #[handler]
        async fn changed(&mut self, mut list: Vec<u8>) -> Vec<u8> {
            list.push(1);
            list
        }

        #[handler]
        fn references(&mut self, this: ActorRef<Self>, weak: WeakActorRef<Form>) -> bool {
            this == weak
        }
    }

    let form = system.spawn(Form(7));
    assert_eq!(form.many(1, 2, 3, 4, 5, 6, 7.5, '8', true).await.unwrap(), "1234567.58true");
    assert_eq!(form.for_ever("ab", Cow::Borrowed("c")).await.unwrap(), 3);
    assert_eq!(form.functions(str::len, Box::new(str::len)).await.unwrap(), 3);
    assert_eq!(form.objects(Box::new(Length)).await.unwrap(), 3);
    assert_eq!(form.arrays([0; 2], [0; 3]).await.unwrap(), 5);
    let map = HashMap::from([("a".to_owned(), vec![None, Some((1, Box::new(Form(7))))])]);
    assert_eq!(form.nested(map).await.unwrap(), 7);
    assert_eq!(form.changed(Vec::new()).await.unwrap(), [1]);
    assert!(form.references(form.clone(), form.downgrade()).await.unwrap());
}

#[actor_core::test]
async fn replies_of_every_kind(system: TestSystem) {
    struct Form;

    #[derive(Debug, PartialEq)]
    struct Opaque;

    #[derive(Debug, PartialEq)]
    struct Shown;

    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("shown")
        }
    }

    #[actor]
    impl Form {
        #[handler]
        fn nothing(&mut self) {}

        #[handler]
        fn unit(&mut self) -> () {}

        #[handler]
        async fn shown(&mut self) -> Result<u8, Shown> {
            Err(Shown)
        }

        #[handler]
        fn opaque(&mut self) -> Result<(), Opaque> {
            Err(Opaque)
        }

        #[handler]
        fn erased(&mut self) -> Result<(), BoxError> {
            Err("erased".into())
        }

        #[handler]
        fn format(&mut self) -> fmt::Result {
            Ok(())
        }

        #[handler]
        fn itself(&self) -> Option<Self> {
            Some(Form)
        }

        #[handler]
        fn constant(&self) -> &'static str {
            "constant"
        }

        #[handler]
        fn function(&self) -> Box<dyn Fn(u8) -> u8 + Send + Sync> {
            Box::new(|n| n + 1)
        }
    }

    let form = system.spawn(Form);
    form.nothing().await.unwrap();
    form.unit().await.unwrap();
    assert_eq!(form.shown().await.unwrap(), Err(Shown));
    assert_eq!(form.opaque().await.unwrap(), Err(Opaque));
    assert_eq!(form.erased().await.unwrap().unwrap_err().to_string(), "erased");
    form.format().await.unwrap().unwrap();
    assert!(form.itself().await.unwrap().is_some());
    assert_eq!(form.constant().await.unwrap(), "constant");
    assert_eq!(form.function().await.unwrap()(1), 2);
}

#[actor_core::test]
async fn a_sync_handler_needs_no_actor_that_is_sync(system: TestSystem) {
    struct Form(std::cell::Cell<u8>);

    #[actor]
    impl Form {
        #[handler]
        fn shared(&self) -> u8 {
            self.0.get()
        }

        #[handler]
        async fn exclusive(&mut self) -> u8 {
            std::future::ready(()).await;
            self.0.replace(2)
        }
    }

    let form = system.spawn(Form(1.into()));
    assert_eq!(form.exclusive().await.unwrap(), 1);
    assert_eq!(form.shared().await.unwrap(), 2);
}

#[actor_core::test]
async fn hooks_of_every_kind(system: TestSystem) {
    struct Plain(u8);

    #[actor]
    impl Plain {
        #[on_start]
        fn begin(&mut self) {
            self.0 += 1;
        }

        #[on_stop]
        fn end(&mut self) {
            self.0 = 0;
        }

        #[handler]
        fn value(&self) -> u8 {
            self.0
        }
    }

    struct Shared;

    #[actor]
    impl Shared {
        #[on_start]
        fn on_start(&self, ctx: &mut Context<Self>) {
            assert_eq!(ctx.epoch(), 1);
        }

        #[on_stop]
        fn on_stop(&self, reason: &StopReason) {
            let _ = reason;
        }
    }

    struct Failing;

    #[actor]
    impl Failing {
        #[on_start]
        async fn open(&mut self, _: &mut Context<Self>) -> Result<(), &'static str> {
            Err("closed")
        }

        #[on_stop]
        async fn close(&mut self, ctx: &mut Context<Self>, _: &StopReason) {
            ctx.stop();
        }
    }

    struct OnlyHooks;

    #[actor]
    impl OnlyHooks {
        #[on_stop]
        async fn close(&mut self, _reason: &actor_core::StopReason, _ctx: &mut Context<Self>) {}
    }

    assert_eq!(system.spawn(Plain(1)).value().await.unwrap(), 2);
    drop((system.spawn(Shared), system.spawn(OnlyHooks)));
    let failing = system.spawn(Failing);
    assert!(matches!(failing.stopped().await, StopReason::StartFailed(_)));
}
