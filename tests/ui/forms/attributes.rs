//! Attributes on blocks, handlers and arguments.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;

#[actor_core::test]
async fn what_goes_along_with_a_handler(system: TestSystem) {
    struct Form;

    #[actor]
    impl Form {
        /// With docs.
        ///
        /// And more of them.
        #[handler]
        fn documented(
            &mut self,
            /// On an argument.
            a: u64,
            /** Or like this. */
            b: u64,
        ) -> u64 {
            a + b
        }

        #[doc = concat!("written ", "by a macro")]
        #[doc(hidden)]
        #[doc(alias = "other")]
        #[handler]
        fn hidden(&mut self) {}

        #[handler(message = Named, derive(Clone, Debug), derive(PartialEq, Eq, Hash))]
        fn named(&mut self, n: u64) -> u64 {
            n
        }

        #[handler(derive(std::clone::Clone))]
        fn path_derived(&mut self) {}

        #[inline]
        #[must_use]
        #[allow(clippy::cast_possible_truncation)]
        #[handler]
        fn attributed(&mut self, n: u64) -> u8 {
            n as u8
        }

        #[handler()]
        #[expect(clippy::identity_op)]
        fn expected(&mut self) -> u8 {
            1 * 1
        }
    }

    let form = system.spawn(Form);
    assert_eq!(form.documented(1, 2).await.unwrap(), 3);
    form.hidden().await.unwrap();
    assert_eq!(form.ask(Named { n: 1 }.clone()).await.unwrap(), 1);
    assert_eq!(format!("{:?}", Named { n: 1 }), "Named { n: 1 }");
    form.ask(FormPathDerived.clone()).await.unwrap();
    assert_eq!(form.attributed(1).await.unwrap(), 1);
    assert_eq!(form.expected().await.unwrap(), 1);
}

#[actor_core::test]
async fn a_deprecated_handler_is_a_deprecated_call(system: TestSystem) {
    struct Form;

    #[actor]
    impl Form {
        #[deprecated]
        #[handler]
        fn old(&mut self) -> u8 {
            1
        }

        #[cfg_attr(all(), deprecated = "behind a condition", doc = "Old.")]
        #[handler]
        async fn older(&mut self, n: u8) -> u8 {
            n
        }
    }

    let form = system.spawn(Form);
    #[expect(deprecated)]
    let old = form.old();
    assert_eq!(old.await.unwrap(), 1);
    #[expect(deprecated)]
    let older = form.older(2);
    assert_eq!(older.await.unwrap(), 2);
}

#[actor_core::test]
async fn conditions_decide_over_all_that_is_written(system: TestSystem) {
    struct Form;

    #[actor]
    impl Form {
        #[cfg(not(any()))]
        #[handler]
        fn chosen(&mut self) -> u8 {
            1
        }

        #[cfg(any())]
        #[handler]
        fn chosen(&mut self, of: Nothing) -> Nothing {
            of
        }

        #[cfg_attr(all(), cfg(any()))]
        #[handler]
        async fn gone(&mut self, of: Nothing) -> Nothing {
            of
        }

        #[cfg_attr(any(), cfg(any()))]
        #[handler]
        async fn kept(&mut self) -> u8 {
            2
        }

        #[cfg(any())]
        #[on_start]
        async fn open(&mut self) -> Nothing {}
    }

    #[cfg(any())]
    #[handlers]
    impl Form {
        #[handler]
        fn more(&mut self, of: Nothing) {}
    }

    #[cfg(not(any()))]
    #[handlers]
    impl Form {
        #[handler]
        fn more(&mut self) -> u8 {
            3
        }
    }

    let form = system.spawn(Form);
    assert_eq!(form.chosen().await.unwrap(), 1);
    assert_eq!(form.kept().await.unwrap(), 2);
    assert_eq!(form.more().await.unwrap(), 3);
}

#[actor_core::test]
async fn an_attribute_by_its_whole_path(system: TestSystem) {
    struct Form;

    #[actor_core::actor]
    impl Form {
        #[actor_core::on_start]
        async fn open(&mut self) {}

        #[actor_core::on_stop]
        async fn close(&mut self) {}

        #[actor_core::handler]
        fn get(&self) -> u8 {
            1
        }
    }

    assert_eq!(system.spawn(Form).get().await.unwrap(), 1);
}

/// Lints that the code of a block answers for stay the user's own.
#[actor_core::test]
async fn everything_else_in_a_block_stays_what_it_is(system: TestSystem) {
    struct Form(u8);

    #[actor]
    #[allow(clippy::needless_pass_by_value)]
    impl Form {
        const ONE: u8 = 1;

        fn plain(&self, text: &str) -> usize {
            text.len() + usize::from(self.0)
        }

        async fn waits(&self) -> u8 {
            std::future::ready(Self::ONE).await
        }

        #[handler]
        async fn length(&mut self, text: String) -> usize {
            self.plain(&text) + usize::from(self.waits().await)
        }

        #[handler]
        async fn length_of_two(&mut self, text: String) -> usize {
            self.length(text.clone()).await + self.length(text).await
        }
    }

    assert_eq!(system.spawn(Form(1)).length_of_two("ab".to_owned()).await.unwrap(), 8);
}
