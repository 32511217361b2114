//! Where actors and their blocks may stand.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_ui_tests::counter::{Counter, CounterAdd, CounterCorrect, Total};
use actor_ui_tests::made::{Number, Text};

pub(crate) mod inner {
    use actor_core::prelude::*;

    pub(crate) struct Form(pub(super) u8);

    #[actor]
    impl Form {
        #[handler]
        pub(crate) fn value(&self) -> u8 {
            self.0
        }

        #[handler]
        pub(in crate::places) fn restricted(&self) -> u8 {
            self.0
        }

        #[handler]
        fn private(&self) -> u8 {
            self.0
        }
    }

    #[handlers]
    impl Form {
        #[handler]
        pub(super) async fn beside(&self) -> u8 {
            self.private()
        }
    }

    pub(super) mod deeper {
        use actor_core::prelude::*;

        use super::Form;
        use super::FormCalls;

        #[handlers]
        impl Form {
            #[handler]
            pub(crate) fn by_an_import(&self) -> u8 {
                self.0
            }
        }

        #[handlers]
        impl super::Form {
            #[handler]
            pub(crate) fn by_a_path(&self) -> u8 {
                self.0
            }
        }
    }
}

#[handlers]
impl inner::Form {
    #[handler]
    fn from_outside(&self) -> u8 {
        self.value()
    }
}

#[actor_core::test]
async fn blocks_in_several_modules_and_files(system: TestSystem) {
    let form = system.spawn(inner::Form(1));
    assert_eq!(form.value().await.unwrap(), 1);
    assert_eq!(form.restricted().await.unwrap(), 1);
    assert_eq!(form.beside().await.unwrap(), 1);
    assert_eq!(form.by_an_import().await.unwrap(), 1);
    assert_eq!(form.by_a_path().await.unwrap(), 1);
    assert_eq!(form.from_outside().await.unwrap(), 1);
    assert_eq!(form.from_another_file().await.unwrap(), 1);
    assert_eq!(form.ask(inner::deeper::FormByAPath).await.unwrap(), 1);
    assert_eq!(form.ask(FormFromOutside).await.unwrap(), 1);
}

#[actor_core::test]
async fn an_actor_block_apart_from_its_type(system: TestSystem) {
    let ledger = system.spawn(crate::elsewhere::data::Ledger(1));
    assert_eq!(ledger.book(2).await.unwrap(), 3);
    assert_eq!(ledger.ask(crate::elsewhere::LedgerBook { cents: 1 }).await.unwrap(), 4);
}

#[actor_core::test]
async fn an_actor_of_another_crate(system: TestSystem) {
    let counter = system.spawn(Counter::new(0));
    assert_eq!(counter.add(1).await.unwrap(), 2);
    assert_eq!(counter.ask(CounterAdd { n: 1 }).await.unwrap(), 3);
    assert_eq!(counter.total_of(1, 1, 1, 1, 1, 1).await.unwrap(), 9);
    assert_eq!(counter.divide(0).await.unwrap(), Err("by zero".to_owned()));
    assert_eq!(counter.named("ab".to_owned(), Box::new(1)).await.unwrap(), 3);
    counter.correct(1).await.unwrap();
    counter.ask(CounterCorrect { count: 1 }).await.unwrap();
    assert_eq!(counter.ask(Total).await.unwrap(), 1);
    #[expect(deprecated)]
    counter.increment().await.unwrap();
}

#[actor_core::test]
async fn actors_that_a_macro_writes(system: TestSystem) {
    let number = system.spawn(Number::default());
    assert_eq!(number.put_number(1, None).await.unwrap(), 0);
    assert_eq!(number.number().await.unwrap(), 1);
    let text = system.spawn(Text::default());
    assert_eq!(text.put_text("a".to_owned(), None).await.unwrap(), "");
    assert_eq!(text.text().await.unwrap(), "a");

    actor_ui_tests::cell!(
        struct Here(Vec<(u8, u8)>), pairs, put(reply)
    );
    let here = system.spawn(Here::default());
    assert_eq!(here.put(vec![(1, 2)], None).await.unwrap(), []);
    assert_eq!(here.pairs().await.unwrap(), [(1, 2)]);
}

#[actor_core::test]
async fn two_actors_with_the_same_methods_beside_each_other(system: TestSystem) {
    struct One(u8);

    struct Two(u8);

    #[actor]
    impl One {
        #[handler]
        fn get(&self, plus: u8) -> u8 {
            self.0 + plus
        }
    }

    #[actor]
    impl Two {
        #[handler]
        fn get(&self, plus: u8) -> u8 {
            self.0 + plus
        }
    }

    let (one, two) = (system.spawn(One(1)), system.spawn(Two(2)));
    assert_eq!(one.get(1).await.unwrap(), 2);
    assert_eq!(two.get(1).await.unwrap(), 3);
}

#[actor_core::test]
async fn types_of_every_kind(system: TestSystem) {
    enum Door {
        Open,
        Shut,
    }

    #[actor]
    impl Door {
        #[handler]
        fn turn(&mut self) -> bool {
            *self = if self.is_open() { Self::Shut } else { Self::Open };
            self.is_open()
        }

        fn is_open(&self) -> bool {
            matches!(self, Door::Open)
        }
    }

    union Either {
        byte: u8,
        word: u32,
    }

    #[actor]
    impl Either {
        #[handler]
        fn set(&mut self, word: u32) {
            self.word = word;
        }
    }

    struct Empty;

    #[actor]
    impl Empty {}

    type Alias = Empty;

    #[handlers]
    impl Empty {
        #[handler]
        fn other(&self, other: ActorRef<Alias>) -> bool {
            other.is_closed()
        }
    }

    let door = system.spawn(Door::Shut);
    assert!(door.turn().await.unwrap());
    system.spawn(Either { byte: 1 }).set(2).await.unwrap();
    let empty = system.spawn(Empty);
    assert!(!empty.other(empty.clone()).await.unwrap());
}

#[actor_core::test]
async fn every_kind_of_reference_and_every_end(system: TestSystem) {
    struct Form(u64);

    #[actor]
    impl Form {
        #[handler(derive(Clone))]
        fn add(&mut self, n: u64) -> u64 {
            self.0 += n;
            self.0
        }
    }

    let form = system.spawn(Form(0));
    let weak = form.downgrade();
    assert_eq!(form.add(1).await.unwrap(), 1);
    assert_eq!(weak.add(1).await.unwrap(), 2);
    assert_eq!(form.add(1).timeout(Duration::from_secs(1)).await.unwrap(), 3);
    form.add(1).tell().await.unwrap();
    weak.add(1).try_tell().unwrap();
    assert_eq!(form.add(1).owned().await.unwrap(), 6);
    let recipient: Recipient<FormAdd> = form.recipient();
    recipient.tell(FormAdd { n: 1 }).await.unwrap();
    assert_eq!(form.add(1).await.unwrap(), 8);
}
