//! What is measured: the work, written once for all contestants, and its results checked.

use std::time::Duration;

use crate::harness::{Place, Report, Tally, answer, sum, timed};
use crate::library::{Ask, Creature, Library, Node, Tell};
use crate::work::{CREATURES, Colour, LEAVES, actors};

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scenario {
    Tell,
    Bursts,
    TellBounded,
    Ask,
    AskTimeout,
    AskInline,
    AskInlineTimeout,
    AskClients,
    AskYielding,
    Mixed,
    FanIn,
    FanOut,
    Wide,
    PingPong,
    Ring,
    Spawn,
    Skynet,
    Chameneos,
}

use Scenario::*;

/// Messages of a burst.
const BURST: u64 = 64;

/// Messages of the mixture, of three types.
const MIXTURE: u64 = 16;

/// Clients that ask one actor.
const CLIENTS: u64 = 64;

const PRODUCERS: u64 = 8;

/// Actors of the fan-out.
const TARGETS: u64 = 1_000;

/// A prime, so that no batch size divides it.
const RING: u64 = 503;

impl Scenario {
    /// The table: name, description, and operations in a round. That is some 5 to 100 ms of work, long beside the clock and
    /// short beside the machine's moods.
    pub(crate) const ALL: [(Self, &'static str, &'static str, u64); 18] = [
        (Tell, "tell", "tell, unbounded, one producer", 200_000),
        (Bursts, "bursts", "tell in bursts of 64, then ask", BURST * 3_000),
        (TellBounded, "tell-bounded", "tell, bounded 1,024, waiting for room", 200_000),
        (Ask, "ask", "ask, one after another", 50_000),
        (AskTimeout, "ask-timeout", "ask, one after another, with a 5 s timeout", 50_000),
        (AskInline, "ask-inline", "ask of an inline handler", 200_000),
        (AskInlineTimeout, "ask-inline-timeout", "ask of an inline handler, with a 5 s timeout", 100_000),
        (AskClients, "ask-clients", "ask, 64 clients, one actor", CLIENTS * 1_000),
        (AskYielding, "ask-yielding", "ask, handler yields once", 50_000),
        (Mixed, "mixed", "mixed mailbox: told, asked, yielding", MIXTURE * 6_000),
        (FanIn, "fan-in", "fan-in, 8 producers", PRODUCERS * 25_000),
        (FanOut, "fan-out", "fan-out, 1,000 actors", TARGETS * 200),
        (Wide, "wide", "256-byte message, bounded", 100_000),
        (PingPong, "ping-pong", "ping-pong, round trip", 50_000),
        (Ring, "ring", "ring of 503, per hop", 100_000),
        (Spawn, "spawn", "spawn, one message, stop", 10_000),
        (Skynet, "skynet", "skynet, 111,111 actors, per actor", 111_111),
        (Chameneos, "chameneos", "chameneos, per meeting", 50_000),
    ];

    fn entry(self) -> &'static (Self, &'static str, &'static str, u64) {
        Self::ALL.iter().find(|entry| entry.0 == self).expect("every scenario is in the table")
    }

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::ALL.iter().map(|entry| entry.0)
    }

    pub(crate) fn name(self) -> &'static str {
        self.entry().1
    }

    pub(crate) fn about(self) -> &'static str {
        self.entry().2
    }

    pub(crate) fn count(self) -> u64 {
        self.entry().3
    }

    /// What fits the scenario's shape best, of about so many operations.
    pub(crate) fn rounded(self, count: u64) -> u64 {
        match self {
            Bursts | AskClients => count.div_ceil(BURST) * BURST,
            Mixed => count.div_ceil(MIXTURE) * MIXTURE,
            FanIn => count.div_ceil(PRODUCERS) * PRODUCERS,
            FanOut => count.div_ceil(TARGETS) * TARGETS,
            Skynet if count < actors(LEAVES) => actors(LEAVES / 10),
            Skynet => actors(LEAVES),
            _ => count,
        }
    }

    /// Does the work so many times; `None` if the library cannot.
    pub(crate) fn run<L: Library>(self, count: u64, place: Place) -> Option<Duration> {
        L::run(place, async move {
            let library = L::new();
            Some(match self {
                Tell => tell(library.unbounded().await, count).await,
                Bursts => bursts(library.unbounded().await, count).await,
                TellBounded => tell(library.bounded().await?, count).await,
                Ask => ask(library.server().await, count).await,
                AskTimeout => ask_within(library.server().await, count).await,
                AskInline => ask_inline(library.server().await, count).await,
                AskInlineTimeout => ask_inline_within(library.server().await, count).await,
                AskClients => ask_clients::<L>(library.server().await, count).await,
                AskYielding => ask_yielding(library.server().await, count).await,
                Mixed => mixed(library.server().await, count).await,
                FanIn => fan_in::<L>(library.unbounded().await, count).await,
                FanOut => fan_out(&library, count).await,
                Wide => tell(library.wide().await, count).await,
                PingPong => ring(&library, 2, 2 * count).await,
                Ring => ring(&library, RING, count).await,
                Spawn => spawn(&library, count).await,
                Skynet => skynet(&library, count).await,
                Chameneos => chameneos(&library, count).await,
            })
        })
    }
}

async fn tell(server: impl Tell, count: u64) -> Duration {
    timed(async {
        for number in 1..=count {
            server.tell(number).await;
        }
        assert_eq!(server.total().await, sum(count));
    })
    .await
}

async fn bursts(server: impl Tell, count: u64) -> Duration {
    timed(async {
        for burst in 0..count / BURST {
            for number in 1..=BURST {
                server.tell(burst * BURST + number).await;
            }
            assert_eq!(server.total().await, sum((burst + 1) * BURST));
        }
    })
    .await
}

async fn ask(server: impl Ask, count: u64) -> Duration {
    timed(async {
        for number in 1..=count {
            assert_eq!(server.ask(number).await, answer(number));
        }
    })
    .await
}

async fn ask_within(server: impl Ask, count: u64) -> Duration {
    timed(async {
        for number in 1..=count {
            assert_eq!(server.ask_within(number).await, answer(number));
        }
    })
    .await
}

async fn ask_inline(server: impl Ask, count: u64) -> Duration {
    timed(async {
        for number in 1..=count {
            assert_eq!(server.ask_inline(number).await, answer(number));
        }
    })
    .await
}

async fn ask_inline_within(server: impl Ask, count: u64) -> Duration {
    timed(async {
        for number in 1..=count {
            assert_eq!(server.ask_inline_within(number).await, answer(number));
        }
    })
    .await
}

async fn ask_yielding(server: impl Ask, count: u64) -> Duration {
    timed(async {
        for number in 1..=count {
            assert_eq!(server.ask_yielding(number).await, answer(number));
        }
    })
    .await
}

async fn mixed(server: impl Ask, count: u64) -> Duration {
    timed(async {
        let mut told = 0;
        for number in 1..=count {
            match number % MIXTURE {
                0 => assert_eq!(server.ask_yielding(number).await, answer(number)),
                5 | 10 | 15 => assert_eq!(server.ask(number).await, answer(number)),
                _ => {
                    server.tell(number).await;
                    told += number;
                }
            }
        }
        assert_eq!(server.total().await, told);
    })
    .await
}

async fn ask_clients<L: Library>(server: L::Server, count: u64) -> Duration {
    timed(async {
        let client = |_| {
            let server = server.clone();
            L::task(async move {
                for number in 1..=count / CLIENTS {
                    assert_eq!(server.ask(number).await, answer(number));
                }
            })
        };
        let clients: Vec<_> = (0..CLIENTS).map(client).collect();
        for client in clients {
            client.await.unwrap();
        }
    })
    .await
}

async fn fan_in<L: Library>(server: L::Server, count: u64) -> Duration {
    timed(async {
        let producer = |_| {
            let server = server.clone();
            L::task(async move {
                for number in 1..=count / PRODUCERS {
                    server.tell(number).await;
                }
            })
        };
        let producers: Vec<_> = (0..PRODUCERS).map(producer).collect();
        for producer in producers {
            producer.await.unwrap();
        }
        assert_eq!(server.total().await, PRODUCERS * sum(count / PRODUCERS));
    })
    .await
}

async fn fan_out(library: &impl Library, count: u64) -> Duration {
    let mut servers = Vec::new();
    for _ in 0..TARGETS {
        servers.push(library.unbounded().await);
    }
    timed(async {
        for number in 1..=count / TARGETS {
            for server in &servers {
                server.tell(number).await;
            }
        }
        for server in &servers {
            assert_eq!(server.total().await, sum(count / TARGETS));
        }
    })
    .await
}

async fn ring(library: &impl Library, length: u64, hops: u64) -> Duration {
    let (report, mut reports) = Report::new();
    let first = library.node(0, &report).await;
    let mut last = first.clone();
    for number in 1..length {
        let node = library.node(number, &report).await;
        last.connect(node.clone()).await;
        last = node;
    }
    last.connect(first.clone()).await;
    timed(async {
        first.hop(hops).await;
        assert_eq!(reports.next().await, hops % length);
    })
    .await
}

async fn spawn(library: &impl Library, count: u64) -> Duration {
    let tally = Tally::default();
    let took = timed(async {
        for number in 1..=count {
            library.live(number, &tally).await;
        }
    })
    .await;
    tally.check(count);
    took
}

async fn skynet(library: &impl Library, count: u64) -> Duration {
    // Of the actors, nine tenths and a bit are leaves: 100,000 of 111,111.
    let leaves = count - count / 10;
    let (report, mut reports) = Report::new();
    timed(async {
        library.skynet(leaves, report).await;
        assert_eq!(reports.next().await, sum(leaves - 1));
    })
    .await
}

async fn chameneos(library: &impl Library, meetings: u64) -> Duration {
    let (report, mut reports) = Report::new();
    let mall = library.mall(meetings).await;
    let mut creatures = Vec::new();
    for creature in 0..CREATURES {
        creatures.push(library.creature(&mall, Colour::of(creature), &report).await);
    }
    timed(async {
        for creature in &creatures {
            creature.begin().await;
        }
        let mut met = 0;
        for _ in &creatures {
            met += reports.next().await;
        }
        assert_eq!(met, 2 * meetings);
    })
    .await
}
