//! What is measured: the work, the same for all contestants.

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scenario {
    Tell,
    TellBounded,
    Ask,
    AskClients,
    Spawn,
}

/// Clients of [`Scenario::AskClients`].
pub(crate) const CLIENTS: u64 = 64;

/// Room in the mailbox of [`Scenario::TellBounded`].
pub(crate) const ROOM: usize = 1_024;

impl Scenario {
    pub(crate) const ALL: [Self; 5] =
        [Self::Tell, Self::TellBounded, Self::Ask, Self::AskClients, Self::Spawn];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tell => "tell",
            Self::TellBounded => "tell-bounded",
            Self::Ask => "ask",
            Self::AskClients => "ask-clients",
            Self::Spawn => "spawn",
        }
    }

    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Tell => "tell, unbounded, one producer",
            Self::TellBounded => "tell, bounded 1,024, waiting for room",
            Self::Ask => "ask, one after another",
            Self::AskClients => "ask, 64 clients, one actor",
            Self::Spawn => "spawn, one message, stop",
        }
    }

    /// Operations in a round: some 10 to 100 ms of work, long beside the clock and short beside the machine's moods.
    pub(crate) fn count(self) -> u64 {
        match self {
            Self::Tell | Self::TellBounded => 200_000,
            Self::Ask => 50_000,
            Self::AskClients => CLIENTS * 1_000,
            Self::Spawn => 10_000,
        }
    }
}
