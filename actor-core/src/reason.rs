//! Why an actor ended: [`StopReason`] and the panic it may carry.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::rt::{Arc, OnceLock};

/// Any error, as hooks and [`Context::fail`](crate::Context::fail) take it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Why an incarnation, or the logical actor as a whole, ended.
///
/// It travels in [`Down`](crate::Down), in errors, in events and in reports, so it is cheap to clone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StopReason {
    /// It was done: `stop()`, `drain()`, `ctx.stop()`, or its last owner went away.
    Normal,
    /// Its parent, its supervisor or the system ended it.
    Shutdown,
    /// It was killed, or it outlasted the time it had for stopping.
    Killed,
    /// A handler or a hook panicked.
    Panicked(Panic),
    /// It ended itself with [`Context::fail`](crate::Context::fail).
    Failed(Arc<dyn Error + Send + Sync>),
    /// It never came to life.
    StartFailed(StartFailure),
}

impl StopReason {
    /// Whether the end was asked for, so that a [`Transient`](crate::Restart::Transient) child stays down.
    #[must_use]
    pub fn is_orderly(&self) -> bool {
        matches!(self, Self::Normal | Self::Shutdown)
    }

    /// Whether something went wrong inside the actor.
    #[must_use]
    pub fn is_crash(&self) -> bool {
        matches!(self, Self::Panicked(_) | Self::Failed(_) | Self::StartFailed(_))
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal => f.write_str("normal"),
            Self::Shutdown => f.write_str("shutdown"),
            Self::Killed => f.write_str("killed"),
            Self::Panicked(panic) => panic.fmt(f),
            Self::Failed(error) => write!(f, "failed: {error}"),
            Self::StartFailed(failure) => failure.fmt(f),
        }
    }
}

/// A reason in one word, for the places that every actor has for one: a whole reason takes seven. Those that most actors end with
/// allocate nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reason(Option<Arc<StopReason>>);

impl Reason {
    pub(crate) fn get(&self) -> &StopReason {
        self.0.as_deref().unwrap_or(&StopReason::Normal)
    }
}

impl From<StopReason> for Reason {
    fn from(reason: StopReason) -> Self {
        static SHUTDOWN: OnceLock<Arc<StopReason>> = OnceLock::new();
        static KILLED: OnceLock<Arc<StopReason>> = OnceLock::new();
        let shared = match reason {
            StopReason::Normal => return Self(None),
            StopReason::Shutdown => &SHUTDOWN,
            StopReason::Killed => &KILLED,
            other => return Self(Some(Arc::new(other))),
        };
        Self(Some(shared.get_or_init(|| Arc::new(reason)).clone()))
    }
}

/// Why a supervisor gave up: which child failed too often, and how its last attempt ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct GaveUp {
    /// The name of the child whose failure was one too many.
    pub child: Arc<str>,
    /// Why that child ended the last time.
    pub last: Arc<StopReason>,
    /// How many restarts are allowed within [`GaveUp::within`].
    pub max_restarts: u32,
    /// The window that the restarts are counted in.
    pub within: Duration,
}

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "gave up: more than {} restarts within {:?}, the last of them because child `{}` ended: {}",
            self.max_restarts, self.within, self.child, self.last
        )
    }
}

/// A panic that was caught at the fence around a handler, a hook or a factory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Panic {
    /// The text of the panic; a fixed sentence if the payload was not text.
    pub text: Arc<str>,
    /// `file:line:column`, unless the program replaced the panic hook without calling the former one.
    pub place: Option<Arc<str>>,
    /// The type of the message that was being handled; `None` in a hook or a factory.
    pub message_type: Option<&'static str>,
}

impl Panic {
    /// What is as bad as a panic, and was found without one.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.into(), place: None, message_type: None }
    }

    pub(crate) fn in_message(mut self, message_type: &'static str) -> Self {
        self.message_type = Some(message_type);
        self
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.text)?;
        if let Some(place) = &self.place {
            write!(f, ", at {place}")?;
        }
        if let Some(message_type) = self.message_type {
            write!(f, ", while handling {message_type}")?;
        }
        Ok(())
    }
}

impl Error for Panic {}

/// Why an incarnation did not come to life.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StartFailure {
    /// The factory or `on_start` returned an error.
    Error(Arc<dyn Error + Send + Sync>),
    /// The factory or `on_start` panicked.
    Panicked(Panic),
    /// The factory and `on_start` together took longer than they may.
    TimedOut(Duration),
    /// A child of the supervisor that was starting did not start.
    Child {
        /// The name of that child.
        name: Arc<str>,
        /// How it ended instead.
        reason: Arc<StopReason>,
    },
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => write!(f, "did not start: {error}"),
            Self::Panicked(panic) => write!(f, "did not start: {panic}"),
            Self::TimedOut(bound) => write!(f, "did not start within {bound:?}"),
            Self::Child { name, reason } => write!(f, "did not start: its child `{name}` failed: {reason}"),
        }
    }
}
