//! Parameters of actors and of handlers.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_ui_tests::store::{Store, StorePut, StoreRoom};

#[actor_core::test]
async fn types_constants_and_associated_types(system: TestSystem) {
    type Bytes = std::vec::IntoIter<u8>;

    let store = system.spawn(Store::<Bytes, str, 1>::new("label".into()));
    assert_eq!(store.fill(vec![1, 2].into_iter()).await.unwrap(), 1);
    assert_eq!(store.put([0], 3).await.unwrap(), Some(1));
    assert_eq!(store.ask(StorePut::<Bytes, 1> { at: [0], item: 4 }).await.unwrap(), Some(3));
    assert_eq!(store.label("new".into()).await.unwrap(), 1);
    assert_eq!(&*store.swap(Box::new(Store::new("other".into()))).await.unwrap(), "new");
    assert_eq!(store.ask(StoreRoom).await.unwrap(), 1);
    assert_eq!(store.say(["a", "b"]).await.unwrap(), "a b");
    assert_eq!(store.byte().await.unwrap(), None);
}

#[actor_core::test]
async fn a_handler_with_parameters_of_its_own(system: TestSystem) {
    struct Form(Vec<String>);

    #[actor]
    impl Form {
        #[handler]
        fn one<T: Display + Send + 'static>(&mut self, value: T) {
            self.0.push(value.to_string());
        }

        #[handler]
        async fn two<T, const N: usize>(&mut self, values: [T; N]) -> usize
        where
            T: Display + Send + 'static,
        {
            self.0.extend(values.iter().map(ToString::to_string));
            N
        }

        #[handler]
        fn associated<I: Iterator + 'static>(&mut self, item: I::Item) -> bool
        where
            I::Item: PartialEq<String> + Send,
        {
            self.0.iter().any(|known| item == *known)
        }

        #[handler(derive(Clone))]
        fn nested<T: Debug + Ord + Clone + Send + 'static>(&mut self, map: BTreeMap<T, Vec<T>>) -> Option<T> {
            map.into_keys().next()
        }
    }

    let form = system.spawn(Form(Vec::new()));
    form.one(1).await.unwrap();
    form.ask(FormOne { value: "two" }).await.unwrap();
    assert_eq!(form.two([3, 4]).await.unwrap(), 2);
    assert!(form.associated::<std::vec::IntoIter<String>>("two".to_owned()).await.unwrap());
    assert_eq!(form.nested(BTreeMap::from([(1, vec![])])).await.unwrap(), Some(1));
}

#[actor_core::test]
async fn bounds_before_and_after_and_on_other_types(system: TestSystem) {
    struct Form<T, U>
    where
        T: Into<u64>,
    {
        sum: u64,
        last: Option<T>,
        kind: PhantomData<fn() -> U>,
    }

    #[actor]
    impl<T: Copy + Send + 'static, U> Form<T, U>
    where
        T: Into<u64>,
        U: Default + Into<T> + 'static,
        Vec<T>: Clone,
        Self: Sized,
    {
        #[handler]
        fn add(&mut self, n: T) -> u64 {
            self.last = Some(n);
            self.sum += n.into();
            self.sum
        }

        #[handler]
        async fn add_all(&mut self, all: Vec<T>) -> u64 {
            self.last = all.last().copied();
            self.sum += all.into_iter().map(Into::into).sum::<u64>();
            self.sum
        }

        #[handler]
        fn default(&self) -> T {
            U::default().into()
        }
    }

    // `Rc` is not `Send`, and need not be: no value of it is in the actor.
    #[derive(Default)]
    struct Zero(#[expect(dead_code)] std::rc::Rc<u8>);

    impl From<Zero> for u32 {
        fn from(_: Zero) -> Self {
            0
        }
    }

    let form = system.spawn(Form::<u32, Zero> { sum: 0, last: None, kind: PhantomData });
    assert_eq!(form.add(1).await.unwrap(), 1);
    assert_eq!(form.add_all(vec![2, 3]).await.unwrap(), 6);
    assert_eq!(form.default().await.unwrap(), 0);
}

#[actor_core::test]
async fn parameters_with_the_names_that_the_macros_use(system: TestSystem) {
    struct Form<L, A, M, Link>(Option<(L, A, M, Link)>);

    #[actor]
    impl<L: Send + 'static, A: Send + 'static, M: Send + 'static, Link: Send + 'static> Form<L, A, M, Link> {
        #[handler]
        fn put(&mut self, link: L, actor: A, message: M, other: Link) -> bool {
            self.0.replace((link, actor, message, other)).is_some()
        }
    }

    let form = system.spawn(Form(None));
    assert!(!form.put(1, 2, 3, 4).await.unwrap());
}

#[actor_core::test]
async fn default_parameters_and_one_instance_only(system: TestSystem) {
    struct Defaulted<T = u8>(T);

    #[actor]
    impl Defaulted {
        #[handler]
        fn value(&self) -> u8 {
            self.0
        }
    }

    struct Instance<T>(T);

    #[actor]
    impl Instance<&'static str> {
        #[handler]
        fn length(&self) -> usize {
            self.0.len()
        }
    }

    assert_eq!(system.spawn(Defaulted(1)).value().await.unwrap(), 1);
    assert_eq!(system.spawn(Instance("abc")).length().await.unwrap(), 3);
}

/// Code that is generic over the message sends and asks as for any other.
#[actor_core::test]
async fn code_that_is_generic_over_the_message(system: TestSystem) {
    use actor_core::{MessageOf, Request};

    struct Form;

    #[actor]
    impl Form {
        #[handler(derive(Clone))]
        fn twice(&mut self, n: u64) -> u64 {
            n * 2
        }
    }

    async fn asked<A: Handler<M>, M: Send + 'static>(actor: &ActorRef<A>, message: M) -> Option<A::Reply> {
        actor.ask(message).timeout(Duration::from_secs(1)).await.ok()
    }

    async fn told<A: Actor, M: MessageOf<A> + Clone>(actor: &ActorRef<A>, message: M) -> bool {
        let request: Request<'_, A, M> = actor.ask(message.clone());
        request.await.is_ok() && actor.tell(message).await.is_ok()
    }

    let form = system.spawn(Form);
    assert_eq!(asked(&form, FormTwice { n: 2 }).await, Some(4));
    assert!(told(&form, FormTwice { n: 2 }).await);
}
