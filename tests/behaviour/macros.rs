//! What the macros write behaves like what a person writes; here are the forms that actors are defined in.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{Abandoned, Lane};

mod shop {
    use actor_core::prelude::*;

    pub(super) struct Till {
        pub(super) cents: u64,
    }

    #[actor(mailbox = Mailbox::bounded(16))]
    impl Till {
        #[handler]
        pub(super) fn pay(&mut self, cents: u64) -> u64 {
            self.cents += cents;
            self.cents
        }
    }

    /// A second actor with the same method beside the first.
    pub(super) struct Safe {
        pub(super) cents: u64,
    }

    #[actor]
    impl Safe {
        #[handler]
        pub(super) fn pay(&mut self, cents: u64) -> u64 {
            self.cents += cents * 2;
            self.cents
        }
    }

    pub(super) mod back_office {
        use actor_core::prelude::*;

        #[handlers]
        impl super::Till {
            /// Takes everything out.
            #[handler]
            pub(in super::super) fn empty(&mut self) -> u64 {
                std::mem::take(&mut self.cents)
            }
        }
    }
}

#[actor_core::test(paused)]
async fn two_actors_of_one_module_may_have_the_same_methods(system: TestSystem) {
    let till = system.spawn(shop::Till { cents: 0 });
    let safe = system.spawn(shop::Safe { cents: 0 });
    assert_eq!(till.pay(5).await.unwrap(), 5);
    assert_eq!(safe.pay(5).await.unwrap(), 10);
    assert_eq!(till.ask(shop::TillPay { cents: 1 }).await.unwrap(), 6);
}

#[actor_core::test(paused)]
async fn handlers_may_stand_in_another_module_than_the_actor(system: TestSystem) {
    let till = system.spawn(shop::Till { cents: 7 });
    assert_eq!(till.empty().await.unwrap(), 7);
    assert_eq!(till.ask(shop::back_office::TillEmpty).await.unwrap(), 0);
}

#[actor_core::test(paused)]
async fn an_option_of_the_block_chooses_the_mailbox(system: TestSystem) {
    assert_eq!(<shop::Till as Actor>::mailbox(), Mailbox::bounded(16));
    let till = system.spawn(shop::Till { cents: 0 });
    for _ in 0..16 {
        till.pay(1).try_tell().unwrap();
    }
    assert!(matches!(till.pay(1).try_tell(), Err(TellError::Full(_))));
}

#[actor_core::test(paused)]
async fn actors_and_handlers_may_be_generic(system: TestSystem) {
    struct Shelf<T, const N: usize>([Option<T>; N]);

    #[actor]
    impl<T, const N: usize> Shelf<T, N>
    where
        T: Clone + Send + 'static,
    {
        #[handler]
        fn put(&mut self, at: usize, item: T) -> Option<T> {
            self.0[at].replace(item)
        }

        #[handler]
        async fn put_like<U: Into<T> + Send + 'static>(&mut self, at: usize, item: U) -> Option<T> {
            self.0[at].replace(item.into())
        }

        #[handler]
        fn room(&self) -> usize {
            N
        }
    }

    let shelf = system.spawn(Shelf::<String, 3>([const { None }; 3]));
    assert_eq!(shelf.put(1, "jam".to_owned()).await.unwrap(), None);
    assert_eq!(shelf.put_like(1, "tea").await.unwrap().as_deref(), Some("jam"));
    assert_eq!(shelf.ask(ShelfRoom).await.unwrap(), 3);
}

#[actor_core::test(paused)]
async fn every_receiver_and_every_place_of_the_context_works(system: TestSystem) {
    struct Form(u32);

    #[actor]
    impl Form {
        #[handler]
        fn shared(&self) -> u32 {
            self.0
        }

        #[handler]
        async fn shared_and_async(&self, ctx: &mut Context<Self>) -> (u32, u64) {
            tokio::task::yield_now().await;
            (self.0, ctx.epoch())
        }

        #[handler]
        fn context_first(&mut self, ctx: &mut Context<Self>, n: u32) -> u64 {
            self.0 = n;
            ctx.epoch()
        }

        #[handler]
        async fn context_last(&mut self, n: u32, ctx: &mut Context<Self>) -> u64 {
            self.0 += n;
            ctx.epoch()
        }

        #[handler]
        fn of_itself(&mut self, other: Box<Self>) {
            self.0 = other.0;
        }
    }

    let form = system.spawn(Form(1));
    assert_eq!(form.shared().await.unwrap(), 1);
    assert_eq!(form.shared_and_async().await.unwrap(), (1, 1));
    assert_eq!(form.context_first(5).await.unwrap(), 1);
    assert_eq!(form.context_last(2).await.unwrap(), 1);
    form.of_itself(Box::new(Form(9))).await.unwrap();
    assert_eq!(form.downgrade().shared().await.unwrap(), 9);
}

#[actor_core::test(paused)]
async fn a_message_can_have_a_name_and_derives_of_its_own(system: TestSystem) {
    struct Bell(u32);

    #[actor]
    impl Bell {
        #[handler(message = Ring, derive(Clone, Debug, PartialEq))]
        fn ring(&mut self, times: u32) -> u32 {
            self.0 += times;
            self.0
        }
    }

    let bell = system.spawn(Bell(0));
    let ring = Ring { times: 2 };
    let recipient: Recipient<Ring> = bell.recipient();
    recipient.tell(ring.clone()).await.unwrap();
    assert_eq!(bell.ask(ring).await.unwrap(), 4);
}

#[test]
fn what_the_options_of_a_handler_say_a_person_writes_in_the_trait() {
    struct Written;

    #[actor]
    impl Written {
        #[handler(lane = high, timeout = Duration::from_secs(1) * 2, always_run)]
        fn all(&mut self) {}

        #[handler(lane = normal)]
        fn none(&mut self) {}
    }

    struct ByHand;
    impl Actor for ByHand {}
    impl Handler<u8> for ByHand {
        type Reply = ();
        const LANE: Lane = Lane::High;
        const ABANDONED: Abandoned = Abandoned::Run;

        async fn handle(&mut self, _: u8, _ctx: &mut Context<Self>) {}

        fn ask_timeout() -> Option<Duration> {
            Some(Duration::from_secs(2))
        }
    }
    impl Handler<u16> for ByHand {
        type Reply = ();

        async fn handle(&mut self, _: u16, _ctx: &mut Context<Self>) {}
    }

    fn says<A: Handler<M>, M: Send + 'static>() -> (Lane, Abandoned, Option<Duration>) {
        (A::LANE, A::ABANDONED, A::ask_timeout())
    }
    assert_eq!(says::<Written, WrittenAll>(), says::<ByHand, u8>());
    assert_eq!(says::<Written, WrittenNone>(), says::<ByHand, u16>());
    assert_ne!(says::<ByHand, u8>(), says::<ByHand, u16>());
}

#[actor_core::test(paused)]
async fn a_request_can_be_moved_into_a_task(system: TestSystem) {
    let till = system.spawn(shop::Till { cents: 0 });
    let asked = tokio::spawn(till.pay(3).timeout(Duration::from_secs(1)).owned().into_future());
    drop(till);
    assert_eq!(asked.await.unwrap().unwrap(), 3);
}

#[actor_core::test(paused)]
async fn an_unclaimed_error_is_reported_whether_or_not_it_can_be_shown(system: TestSystem) {
    struct Mute;

    struct Opaque;

    #[actor]
    impl Mute {
        #[handler]
        fn opaque(&mut self) -> Result<(), Opaque> {
            Err(Opaque)
        }

        #[handler]
        fn fine(&mut self) -> Result<(), Opaque> {
            Ok(())
        }
    }

    let mute = system.spawn(Mute);
    mute.opaque().tell().await.unwrap();
    mute.fine().tell().await.unwrap();
    system.settle().await;
    assert_eq!(system.stats().unclaimed_errors, 1);
    assert!(system.trace().iter().any(|line| line.contains("MuteOpaque") && line.contains("Opaque")));
}

#[actor_core::test(paused)]
async fn a_derived_actor_has_its_handlers_in_other_blocks(system: TestSystem) {
    #[derive(Actor, Default)]
    #[actor_core(mailbox = Mailbox::bounded(2))]
    struct Meter {
        total: u64,
    }

    #[handlers]
    impl Meter {
        #[handler]
        fn count(&mut self, n: u64) -> u64 {
            self.total += n;
            self.total
        }
    }

    struct Read;

    impl Handler<Read> for Meter {
        type Reply = u64;

        async fn handle(&mut self, _: Read, _ctx: &mut Context<Self>) -> u64 {
            self.total
        }
    }

    assert_eq!(<Meter as Actor>::mailbox(), Mailbox::bounded(2));
    let meter = system.spawn(Meter::default());
    assert_eq!(meter.count(3).await.unwrap(), 3);
    assert_eq!(meter.downgrade().ask(Read).await.unwrap(), 3);
}

#[actor_core::test(paused)]
async fn a_derived_actor_may_be_generic(system: TestSystem) {
    #[derive(Actor)]
    struct Stack<T: Clone = u8, const N: usize = 2>
    where
        T: PartialEq,
    {
        items: Vec<T>,
    }

    #[handlers]
    impl<T: Clone + PartialEq + Send + 'static, const N: usize> Stack<T, N> {
        #[handler]
        fn push(&mut self, item: T) -> bool {
            let room = self.items.len() < N;
            if room {
                self.items.push(item);
            }
            room
        }
    }

    #[derive(Actor)]
    enum Lamp {
        On,
        Off,
    }

    #[handlers]
    impl Lamp {
        #[handler]
        fn switch(&mut self) -> bool {
            *self = if matches!(self, Self::On) { Self::Off } else { Self::On };
            matches!(self, Self::On)
        }
    }

    let stack = system.spawn(Stack::<_, 1> { items: Vec::new() });
    assert!(stack.push("one").await.unwrap());
    assert!(!stack.push("two").await.unwrap());
    let lamp = system.spawn(Lamp::Off);
    assert!(lamp.switch().await.unwrap());
}
