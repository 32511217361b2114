//! An actor with every kind of method.

use std::io;

use actor_core::{Context, Mailbox, StopReason, actor};

mod maintenance;

pub use maintenance::CounterCorrect;

/// Counts.
#[derive(Debug, Default)]
pub struct Counter {
    count: u64,
}

#[actor(mailbox = Mailbox::bounded(8))]
impl Counter {
    /// Where it begins, if nobody says.
    pub const START: u64 = 1;

    /// A method that is no handler.
    #[must_use]
    pub const fn new(count: u64) -> Self {
        Self { count }
    }

    #[on_start]
    async fn open(&mut self, _ctx: &mut Context<Self>) -> Result<(), io::Error> {
        self.count = self.count.max(Self::START);
        Ok(())
    }

    #[on_stop]
    fn close(&mut self, _ctx: &mut Context<Self>, _reason: &StopReason) {
        self.count = 0;
    }

    /// Adds `n` and returns the new total. See [`Self::total`].
    ///
    /// ```
    /// assert_eq!(1 + 1, 2);
    /// ```
    #[handler(derive(Clone, Debug, PartialEq, Eq))]
    pub async fn add(
        &mut self,
        /** How many. */
        n: u64,
    ) -> u64 {
        self.count += n;
        self.count
    }

    /// As many arguments as pedants allow, none of them documented.
    #[handler]
    pub fn total_of(&self, one: u64, two: u64, three: u64, four: u64, five: u64, six: u64) -> u64 {
        self.count + one + two + three + four + five + six
    }

    /// A constant function is a handler, too.
    #[handler(message = Total)]
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.count
    }

    #[handler]
    async fn unused_and_private(&self) {}

    /// What may fail.
    ///
    /// # Errors
    ///
    /// If `by` is zero.
    #[handler]
    pub fn divide(&mut self, by: u64) -> Result<u64, String> {
        self.count.checked_div(by).ok_or_else(|| "by zero".to_owned())
    }

    /// Takes what it does not need to own.
    #[handler]
    pub fn named(&mut self, name: String, boxed: Box<u64>) -> usize {
        name.len() + usize::try_from(*boxed).unwrap_or_default()
    }

    /// Goes.
    #[deprecated(note = "use `add`")]
    #[handler]
    pub fn increment(&mut self) {
        self.count += 1;
    }

    /// Not there.
    #[cfg(any())]
    #[handler]
    pub fn gone(&mut self, nonsense: Nonsense) {}
}
