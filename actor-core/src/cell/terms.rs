//! What an actor may have of its own choice, and how most have it.

use std::time::Duration;

use super::{Birth, Core};
use crate::lifecycle::Shutdown;
use crate::system::System;

/// What follows if an incarnation does not give its thread back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// No successor starts before the thread is back.
    Wait,
    /// It counts as ended.
    Replace,
}

/// In a box that most actors do not have.
pub(super) struct Terms {
    policy: Shutdown,
    stuck: Stuck,
    ask_timeout: Duration,
}

impl Terms {
    /// `None`: what goes without saying.
    pub(super) fn of(system: &System, birth: &Birth) -> Option<Box<Self>> {
        let Birth { policy, stuck, ask_timeout, .. } = *birth;
        let usual =
            policy == Shutdown::default() && stuck == Stuck::Wait && ask_timeout == system.ask_timeout();
        (!usual).then(|| Box::new(Self { policy, stuck, ask_timeout }))
    }
}

impl Core {
    /// How long a stop may take that does not say so itself.
    pub(crate) fn policy(&self) -> Shutdown {
        self.terms.as_ref().map_or_else(Shutdown::default, |terms| terms.policy)
    }

    pub(crate) fn stuck(&self) -> Stuck {
        self.terms.as_ref().map_or(Stuck::Wait, |terms| terms.stuck)
    }

    pub(crate) fn ask_timeout(&self) -> Duration {
        self.terms.as_ref().map_or_else(|| self.system.ask_timeout(), |terms| terms.ask_timeout)
    }
}
