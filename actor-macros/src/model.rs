//! What a block says once it is understood: owned, and valid by construction.
//!
//! Only `parse` builds these values, and it builds one only from code that has no mistake, so `expand` has no error path.
//! Every type in here that is written outside the user's own block has its `Self` replaced by the actor's type already.

use proc_macro2::Span;
use syn::{Attribute, Expr, Generics, Ident, Path, Type, Visibility};

/// An impl block under `#[actor]` or `#[handlers]`; a type under `#[derive(Actor)]` is one of the former without a method.
pub(crate) struct Block {
    /// Where the expansion finds actor-core: `::actor_core`, or what `crate = ..` says.
    pub(crate) core: Path,
    pub(crate) role: Role,
    pub(crate) actor: ActorType,
    /// The generics of the block with its where clause: types and constants, never lifetimes.
    pub(crate) generics: Generics,
    /// The `#[cfg]`s on the block, which everything written for it repeats.
    pub(crate) cfgs: Vec<Attribute>,
    /// A name for the link's type parameter that nothing in the block has.
    pub(crate) link: Ident,
    pub(crate) handlers: Vec<Handler>,
}

/// Which of the two attributes stands on the block.
pub(crate) enum Role {
    /// `#[actor]`: the block that makes the type an actor.
    Actor(Box<Lifecycle>),
    /// `#[handlers]`: more handlers for a type that is an actor already.
    Handlers,
}

/// What an `#[actor]` block says about the actor's life.
pub(crate) struct Lifecycle {
    pub(crate) mailbox: Option<Expr>,
    pub(crate) on_start: Option<Hook>,
    pub(crate) on_stop: Option<Hook>,
}

/// The type of the block.
pub(crate) struct ActorType {
    /// As the block has it: `super::Store<T>`.
    pub(crate) ty: Type,
    /// Its last name, which the messages' names begin with: `Store`.
    pub(crate) name: Ident,
    /// The type of its typed calls, found beside it: `super::StoreCalls`.
    pub(crate) calls: Path,
    /// Whether the type has arguments. The calls type is then generic over the actor's type as a whole, which spares it
    /// the actor's parameters, their kinds and their bounds.
    pub(crate) is_generic: bool,
}

/// A method under `#[handler]`.
pub(crate) struct Handler {
    pub(crate) method: Ident,
    pub(crate) vis: Visibility,
    /// The generics of the method itself.
    pub(crate) generics: Generics,
    pub(crate) cfgs: Vec<Attribute>,
    /// Doc comments and `#[deprecated]`: what the typed call repeats.
    pub(crate) docs: Vec<Attribute>,
    pub(crate) mode: Mode,
    /// In the order in which the method takes them.
    pub(crate) arguments: Vec<Argument>,
    /// `None` where the method returns nothing.
    pub(crate) reply: Option<Type>,
    pub(crate) message: Message,
    pub(crate) terms: Terms,
}

/// How a handler's messages travel, where that differs from what the trait says of all.
#[derive(Default)]
pub(crate) struct Terms {
    pub(crate) lane: Option<Lane>,
    pub(crate) timeout: Option<Expr>,
    /// Whether an ask is handled whose asker has gone.
    pub(crate) always_run: bool,
    /// Whether an asker may run it itself: the word that says so.
    pub(crate) inline: Option<Path>,
}

/// A lane of the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    Normal,
    High,
}

/// How a method runs.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    /// A plain `fn`.
    Sync,
    /// An `async fn` with `&mut self`.
    Async,
    /// An `async fn` with `&self`, which asks for an actor that is `Sync`. The span is the receiver's.
    AsyncShared(Span),
}

/// An argument of a handler.
pub(crate) enum Argument {
    /// A field of the message.
    Field(Field),
    /// The context; the type is what stands behind the `&mut`.
    Context(Type),
}

/// A field of a message.
pub(crate) struct Field {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) docs: Vec<Attribute>,
}

/// The message that a handler takes; its fields are the handler's arguments.
pub(crate) struct Message {
    pub(crate) name: Ident,
    pub(crate) derives: Vec<Path>,
    /// Exactly those parameters of the block and the method that the fields use.
    pub(crate) generics: Generics,
    /// The parameters of which a value is in a field for all to see, in a `T` or a `(T, u8)`: the message is `Send` only
    /// if they are.
    pub(crate) carries: Vec<Ident>,
}

/// A method under `#[on_start]` or `#[on_stop]`.
pub(crate) struct Hook {
    pub(crate) method: Ident,
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) is_async: bool,
    /// In the order in which the method takes them.
    pub(crate) arguments: Vec<HookArgument>,
}

/// An argument of a hook.
pub(crate) enum HookArgument {
    /// The context; the type is what stands behind the `&mut`.
    Context(Box<Type>),
    /// The reason why the actor stops. The span is that of the argument's type.
    Reason(Span),
}

impl Handler {
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Field(field) => Some(field),
            Argument::Context(_) => None,
        })
    }

    pub(crate) fn takes_context(&self) -> bool {
        self.arguments.iter().any(|argument| matches!(argument, Argument::Context(_)))
    }
}
