//! What a library must be able to do to take part. One room of `contestants` says it for each.
//!
//! The scenarios are written once, over these traits, and compiled for each library: nothing of the traits is left in the
//! program, and no call goes through a pointer that its users' calls would not go through.

use std::future::{Future, ready};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::harness::{Place, Report, Tally, on_tokio};
use crate::work::Colour;

/// Room in a bounded mailbox.
pub(crate) const ROOM: usize = 1_024;

/// How long the ask with a timeout would wait.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// A reference to an actor that adds up numbers.
pub(crate) trait Tell: Clone + Send + Sync + 'static {
    /// Waits for room, where room is limited.
    fn tell(&self, number: u64) -> impl Future<Output = ()> + Send;

    /// The sum of all that was told.
    fn total(&self) -> impl Future<Output = u64> + Send;
}

/// One that also answers.
pub(crate) trait Ask: Tell {
    /// With what users get if they say nothing of a timeout.
    fn ask(&self, number: u64) -> impl Future<Output = u64> + Send;

    /// With a [`TIMEOUT`].
    fn ask_within(&self, number: u64) -> impl Future<Output = u64> + Send {
        async move { tokio::time::timeout(TIMEOUT, self.ask(number)).await.expect("an answer takes microseconds") }
    }

    /// Where the library has handlers that an asker may run itself; where it has not, as any other ask.
    fn ask_inline(&self, number: u64) -> impl Future<Output = u64> + Send {
        self.ask(number)
    }

    /// The same with a [`TIMEOUT`].
    fn ask_inline_within(&self, number: u64) -> impl Future<Output = u64> + Send {
        self.ask_within(number)
    }

    /// Of a handler that yields to the scheduler once.
    fn ask_yielding(&self, number: u64) -> impl Future<Output = u64> + Send;
}

/// An actor of a ring.
pub(crate) trait Node: Clone + Send + Sync + 'static {
    fn connect(&self, next: Self) -> impl Future<Output = ()> + Send;

    /// Tells it to pass a token on for so many hops.
    fn hop(&self, hops: u64) -> impl Future<Output = ()> + Send;
}

/// A creature of chameneos.
pub(crate) trait Creature: Send + Sync + 'static {
    fn begin(&self) -> impl Future<Output = ()> + Send;
}

/// A library, or the lack of one, as a value: what its users make before they make actors.
pub(crate) trait Library: Sized + Send + Sync + 'static {
    const NAME: &'static str;
    /// Whose version the table's head names.
    const PACKAGE: &'static str;

    type Server: Ask;
    type Bounded: Tell;
    type Wide: Tell;
    type Node: Node;
    type Mall: Send + Sync + 'static;
    type Creature: Creature;

    fn new() -> Self;

    /// Runs a scenario; `None` if the library cannot run in that place.
    fn run<T: Send + 'static>(
        place: Place,
        work: impl Future<Output = Option<T>> + Send + 'static,
    ) -> Option<T> {
        on_tokio(place, work)
    }

    /// A task beside the actors, which is no actor.
    fn task<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        tokio::spawn(work)
    }

    /// With the mailbox that users get if they say nothing.
    fn server(&self) -> impl Future<Output = Self::Server> + Send;

    /// With a mailbox that takes whatever comes.
    fn unbounded(&self) -> impl Future<Output = Self::Server> + Send;

    /// With room for [`ROOM`] messages, after which `tell` waits; `None` if there is no such mailbox.
    fn bounded(&self) -> impl Future<Output = Option<Self::Bounded>> + Send;

    /// Told 256 bytes each time; bounded where there is a bounded mailbox.
    fn wide(&self) -> impl Future<Output = Self::Wide> + Send;

    fn node(&self, number: u64, report: &Report) -> impl Future<Output = Self::Node> + Send;

    /// The whole life of an actor: start hook, one message, and an end that is awaited.
    fn live(&self, number: u64, tally: &Tally) -> impl Future<Output = ()> + Send;

    /// Starts the root of a tree whose leaves add up their numbers.
    fn skynet(&self, leaves: u64, report: Report) -> impl Future<Output = ()> + Send;

    fn mall(&self, meetings: u64) -> impl Future<Output = Self::Mall> + Send;

    fn creature(
        &self,
        mall: &Self::Mall,
        colour: Colour,
        report: &Report,
    ) -> impl Future<Output = Self::Creature> + Send;

    /// From the order to kill an actor until it is dead, with so many messages in its mailbox; `None` where there is no such
    /// order.
    fn kill(&self, backlog: u64) -> impl Future<Output = Option<Duration>> + Send {
        let _ = backlog;
        ready(None)
    }

    /// From the message that makes an actor panic until its successor has answered, for so many actors one after another;
    /// `None` where nothing restarts it.
    fn restart(&self, times: u64) -> impl Future<Output = Option<Duration>> + Send {
        let _ = times;
        ready(None)
    }
}
