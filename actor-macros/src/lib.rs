//! The macros of actor-core. Use them through that crate, which re-exports them all.
//!
//! - [`macro@actor`] makes a type an actor, from the impl block with its methods; [`macro@handlers`] adds to it from
//!   other blocks. [`macro@Actor`] is the derive for a type without such a block.
//! - [`macro@handler`], [`macro@on_start`] and [`macro@on_stop`] mark the methods inside such a block.
//! - [`macro@main`] runs a program in an actor system of its own, [`macro@test`] an async test.
//!
//! # How it is built
//!
//! Tokens become a model (`parse`), the model becomes tokens (`expand`). All mistakes of a block are found in the first
//! step and reported together; the second cannot fail. What is sound of a faulty block is expanded all the same, so that
//! one mistake is one error. Whatever a type can tell is left to the compiler: the context, the errors among replies and
//! the actors that are `Sync` are found by traits in `actor_core::__private`, never by how their names are spelled.
//!
//! Long because what each macro does is told at its entry, where rustdoc shows it.

use proc_macro::TokenStream;
use quote::quote;

use crate::parse::{Kind, Parsed};

mod errors;
mod expand;
mod misplaced;
mod model;
mod parse;
mod program;
mod reserved;
mod test;

/// Makes a type an actor: the methods marked `#[handler]` in the block become its messages and its typed calls.
///
/// ```
/// use actor_core::prelude::*;
///
/// #[derive(Default)]
/// struct Counter {
///     count: u64,
/// }
///
/// #[actor]
/// impl Counter {
///     /// Adds `n` and returns the new total.
///     #[handler]
///     async fn add(&mut self, n: u64) -> u64 {
///         self.count += n;
///         self.count
///     }
///
///     #[handler]
///     fn total(&self) -> u64 {
///         self.count
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let system = System::new("hello");
/// let counter = system.spawn(Counter::default());
/// counter.add(40).tell().await?; //              tell: waits for room, not for the reply
/// assert_eq!(counter.add(2).await?, 42); //      ask: the reply is typed
/// assert_eq!(counter.ask(CounterTotal).await?, 42); // the same by its message
/// # system.shutdown().await;
/// # Ok(())
/// # }
/// ```
///
/// It stands on one block of the type, best in the type's own module; any number of other blocks, anywhere in the crate,
/// have [`macro@handlers`]. Methods without a mark, constants and types in the block stay what they are, and so do the marked
/// methods: they can be called on `self` like any other.
///
/// # Handlers
///
/// - `&mut self` or `&self`, `async` or not. An async `&self` handler asks for an actor that is `Sync`; `&mut self` does
///   not, and is no slower, since an actor handles one message at a time.
/// - Any number of arguments, each with a plain name. They become the message's fields, so they own what they are:
///   `String`, not `&str`. Doc comments on them go to the fields.
/// - An argument of type `&mut ..`, in any place, is the context: `ctx: &mut Context<Self>`. Leave it out if it is not
///   needed.
/// - What the method returns is the reply. If that is a `Result` and the message was told rather than asked, an `Err` is
///   reported as an event instead of being lost.
/// - The visibility of the method is that of its message, the message's fields and the typed call. Its docs, `#[cfg]`s
///   and `#[deprecated]` go along, also from behind a `#[cfg_attr]`; all other attributes stay on the method alone.
///
/// `#[handler(message = Name)]` names the message; `#[handler(derive(Clone, Debug))]` derives traits for it;
/// `#[handler(lane = high)]` lets it go first. [`macro@handler`] has all options.
///
/// # Start and end
///
/// One method marked `#[on_start]` and one marked `#[on_stop]`, of any name, become the actor's hooks:
///
/// ```
/// # use actor_core::prelude::*;
/// # struct Db { open: bool }
/// #[actor]
/// impl Db {
///     /// Runs before the first message. Takes the context or not; returns nothing, or a `Result<(), E>`.
///     #[on_start]
///     async fn open(&mut self) -> Result<(), std::io::Error> {
///         self.open = true;
///         Ok(())
///     }
///
///     /// Runs after the last message. Takes the reason, the context, both or neither; returns nothing.
///     #[on_stop]
///     async fn close(&mut self, reason: &StopReason) {
///         println!("closed: {reason}");
///     }
/// }
/// ```
///
/// # Generics
///
/// The block may have type and constant parameters with any bounds; a handler may have parameters of its own, if its
/// arguments use them. A message carries exactly the parameters that its fields use.
///
/// ```
/// # use actor_core::prelude::*;
/// struct Store<T, const N: usize> {
///     slots: [Option<T>; N],
/// }
///
/// #[actor]
/// impl<T: Send + 'static, const N: usize> Store<T, N> {
///     /// The message is `StorePut<T>`.
///     #[handler]
///     fn put(&mut self, at: usize, item: T) -> Option<T> {
///         self.slots.get_mut(at)?.replace(item)
///     }
///
///     /// The message is `StoreCapacity`, for all stores.
///     #[handler]
///     fn capacity(&self) -> usize {
///         N
///     }
/// }
/// ```
///
/// # Names
///
/// For `add_all` of `Counter` the message is `CounterAddAll`, beside the block: a struct with the arguments as fields,
/// or a unit struct if there are none. The type of the typed calls is `CounterCalls`, beside the block as well. Nothing
/// else is named.
///
/// A handler cannot have the name of a method that every reference has (`stop`, `tell`, `clone` and so on): the
/// reference's own would hide it.
///
/// # Options
///
/// - `mailbox = expression`: the actor's mailbox, if it is not started with another: `#[actor(mailbox =
///   Mailbox::bounded(16))]`.
/// - `crate = path`: where actor-core is, if not at `::actor_core`: `#[actor(crate = my_app::actors)]`.
///
/// # What it writes
///
/// For the counter above, and the same by hand:
///
/// ```text
/// impl Counter { /* the methods, as they stand */ }
///
/// impl Actor for Counter { /* the hooks, if the block has them */ }
///
/// /// Adds `n` and returns the new total.
/// struct CounterAdd { n: u64 }
///
/// impl Handler<CounterAdd> for Counter {
///     type Reply = u64;
///     // Of a method that is not async: `std::future::ready(Self::total(self))`.
///     fn handle(&mut self, message: CounterAdd, _ctx: &mut Context<Self>) -> impl Future<Output = u64> + Send {
///         let CounterAdd { n } = message;
///         Self::add(self, n)
///     }
/// }
///
/// /// Written by the macro only: what makes `counter.add(2)` a method of every reference.
/// pub struct CounterCalls<L>(L);
/// impl<L: Link<Counter>> CounterCalls<L> {
///     /// Adds `n` and returns the new total.
///     fn add(&self, n: u64) -> Request<'_, Counter, CounterAdd, L> { /* a request with CounterAdd { n } */ }
/// }
/// ```
///
/// The future of `handle` is the method's own: nothing is boxed, and a message is held once.
#[proc_macro_attribute]
pub fn actor(args: TokenStream, item: TokenStream) -> TokenStream {
    block(Kind::Actor, args, item)
}

/// Makes a type an actor that has no hooks: `impl Actor for Counter {}`, and the type of its typed calls beside it.
///
/// It is for actors whose messages are handled elsewhere: in blocks under [`macro@handlers`], which may stand in any
/// module of the crate, or by `Handler` implementations. A type has this derive or one [`macro@actor`] block, never both:
/// each of them makes it an actor.
///
/// ```
/// use actor_core::prelude::*;
///
/// #[derive(Actor, Default)]
/// struct Counter {
///     count: u64,
/// }
///
/// #[handlers]
/// impl Counter {
///     #[handler]
///     fn add(&mut self, n: u64) -> u64 {
///         self.count += n;
///         self.count
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let system = System::new("hello");
/// let counter = system.spawn(Counter::default());
/// assert_eq!(counter.add(2).await?, 2);
/// # system.shutdown().await;
/// # Ok(())
/// # }
/// ```
///
/// # Generics
///
/// Bounds and `where` clauses are kept, and every type parameter gets the bounds that an actor asks for, `Send +
/// 'static`, as the standard library's derives do.
///
/// # Options
///
/// Those of [`macro@actor`], in an attribute named after the library: `#[actor_core(mailbox = Mailbox::bounded(16))]`,
/// `#[actor_core(crate = my_app::actors)]`.
#[proc_macro_derive(Actor, attributes(actor_core))]
pub fn derive_actor(item: TokenStream) -> TokenStream {
    write(parse::derive(item.into()))
}

/// Adds handlers to a type that is an actor already: for all its blocks but the one under [`macro@actor`].
///
/// It takes the same `#[handler]` methods and the option `crate = path`. The block may stand in any module of the
/// actor's crate; it finds the calls type where it finds the actor, `super::CounterCalls` for `super::Counter`. Where the
/// actor is imported, `CounterCalls` is imported, too. The messages stand beside the block.
///
/// ```
/// use actor_core::prelude::*;
///
/// struct Counter {
///     count: u64,
/// }
///
/// #[actor]
/// impl Counter {
///     #[handler]
///     fn total(&self) -> u64 {
///         self.count
///     }
/// }
///
/// mod maintenance {
///     use actor_core::prelude::*;
///
///     #[handlers]
///     impl super::Counter {
///         /// The message is `maintenance::CounterReset`.
///         #[handler]
///         pub(crate) fn reset(&mut self) {
///             self.count = 0;
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let system = System::new("hello");
/// let counter = system.spawn(Counter { count: 7 });
/// counter.reset().await?;
/// assert_eq!(counter.total().await?, 0);
/// # system.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[proc_macro_attribute]
pub fn handlers(args: TokenStream, item: TokenStream) -> TokenStream {
    block(Kind::Handlers, args, item)
}

/// Marks a method as a handler, inside a block under [`macro@actor`] or [`macro@handlers`]. Anywhere else it is an error.
///
/// - `#[handler(message = Name)]`: the message's name, instead of the actor's name followed by the method's.
/// - `#[handler(derive(Clone, Debug))]`: what the message derives.
/// - `#[handler(lane = high)]`: the message travels in the mailbox's high lane, however it is sent: `Handler::LANE`.
/// - `#[handler(timeout = Duration::from_secs(2))]`: how long an ask waits that does not say so itself. Any
///   expression of type `Duration`: `Handler::ask_timeout`.
/// - `#[handler(always_run)]`: once accepted, an ask is handled even if its asker has gone meanwhile; the reply is then
///   unclaimed, as that of a message that was told: `Handler::ABANDONED`.
/// - `#[handler(inline)]`, for a method that is not async: an asker may run it itself while the actor rests:
///   `Handler::INLINE`.
#[proc_macro_attribute]
pub fn handler(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced::misplaced("handler", "`#[actor]` or `#[handlers]`", item.into()).into()
}

/// Marks the method that runs before the first message, inside a block under [`macro@actor`]. Anywhere else it is an
/// error.
///
/// The method may take the context, `&mut Context<Self>`. It returns nothing, or a `Result<(), E>` whose `E` turns into a
/// `BoxError`; with an `Err` the actor does not start.
#[proc_macro_attribute]
pub fn on_start(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced::misplaced("on_start", "`#[actor]`", item.into()).into()
}

/// Marks the method that runs after the last message, inside a block under [`macro@actor`]. Anywhere else it is an error.
///
/// The method may take the reason, `&StopReason`, and the context, `&mut Context<Self>`, in any order. It returns nothing.
#[proc_macro_attribute]
pub fn on_stop(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced::misplaced("on_stop", "`#[actor]`", item.into()).into()
}

/// Runs a program in an actor system of its own, which is shut down at the program's end.
///
/// The function takes the `System`. It returns whatever `main` may. It is for the function itself, of any name, not for
/// the file: what it does can be called from a test.
///
/// ```
/// use actor_core::prelude::*;
///
/// #[derive(Default)]
/// struct Counter {
///     count: u64,
/// }
///
/// #[actor]
/// impl Counter {
///     #[handler]
///     fn add(&mut self, n: u64) -> u64 {
///         self.count += n;
///         self.count
///     }
/// }
///
/// #[actor_core::main]
/// async fn main(system: System) -> Result<(), Box<dyn std::error::Error>> {
///     let counter = system.spawn(Counter::default());
///     assert_eq!(counter.add(2).await?, 2);
///     Ok(())
/// }
/// ```
///
/// # What it does
///
/// It makes tokio's multi-threaded runtime and a `System`, runs the body on the calling thread, and shuts the system down:
/// also if the body returns an error, and if it panics, which goes on when that is done. A shutdown that is not clean is
/// a warning in the log. Blocking tasks that are left then have 5 s to end.
///
/// Signals are the body's affair: Ctrl-C ends the process at once, as it does without actors. A service that should shut
/// down on one has `system.run_until_signal().await?` as its last line, with the feature `signal`.
///
/// It comes with the feature `main`, which is on by default.
///
/// # Options
///
/// - `workers = N`: so many worker threads, instead of one for each processor.
/// - `current_thread`: everything on the calling thread.
/// - `name = ".."`: the system's name, instead of the crate's.
/// - `crate = path`: where actor-core is, if not at `::actor_core`.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    program::program(args.into(), item.into()).into()
}

/// Runs an async test with an actor system of its own, which is shut down when the test ends.
///
/// The test fails if it leaves something behind: actors that own each other, dead letters that it has not looked at, an
/// actor that has to be killed. `actor_core::testing` says exactly what, and how to allow it.
///
/// The function takes the `TestSystem` or nothing, and returns nothing or a `Result<(), E>`. Attributes such as
/// `#[should_panic]` and `#[ignore]` work as on any test. The system has the test's name.
///
/// ```
/// use actor_core::testing::TestSystem;
///
/// #[actor_core::test(paused)]
/// async fn a_fresh_system_is_idle(system: TestSystem) {
///     // ..
///     # drop(system);
/// }
/// ```
///
/// # Options
///
/// - `paused`: the clock stands still, and jumps to the next timer whenever nothing else is to be done.
/// - `workers = N`: a runtime with `N` threads; without it, the test has one thread. Excludes `paused`.
/// - `crate = path`: where actor-core is, if not at `::actor_core`.
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    test::test(args.into(), item.into()).into()
}

fn block(kind: Kind, args: TokenStream, item: TokenStream) -> TokenStream {
    write(parse::block(kind, args.into(), item.into()))
}

fn write(parsed: Parsed) -> TokenStream {
    let Parsed { source, block, errors } = parsed;
    let errors = errors.into_compile_errors();
    let expansion = block.as_ref().map(expand::block);
    quote!(#source #expansion #errors).into()
}
