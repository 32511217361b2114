//! What the server tells about itself, as text: HELLO, INFO and CONFIG GET.

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;

use crate::protocol::Protocol;
use crate::reply::Reply;

/// The Redis whose replies and error texts are followed. Clients choose their ways by it, so it is not our
/// own version.
pub const REDIS_VERSION: &str = "7.0.15";

/// The reply to `HELLO`.
pub(crate) fn hello(protocol: Protocol, id: Reply) -> Reply {
    let version = match protocol {
        Protocol::Resp2 => 2,
        Protocol::Resp3 => 3,
    };
    let fields = [
        ("server", Reply::bulk("redis")),
        ("version", Reply::bulk(REDIS_VERSION)),
        ("proto", Reply::Integer(version)),
        ("id", id),
        ("mode", Reply::bulk("standalone")),
        ("role", Reply::bulk("master")),
        ("modules", Reply::Array(Vec::new())),
    ];
    Reply::map(fields.map(|(name, value)| (Reply::bulk(name), value)))
}

/// What `CONFIG GET` knows: what tools ask for to learn whether data is kept (it is not) and evicted (it is
/// not).
const PARAMETERS: [(&str, &str); 5] = [
    ("appendonly", "no"),
    ("databases", "1"),
    ("maxmemory", "0"),
    ("maxmemory-policy", "noeviction"),
    ("save", ""),
];

/// The reply to `CONFIG GET`. Of Redis's patterns only the whole name and `*` are known.
pub(crate) fn parameters(wanted: &[Bytes]) -> Reply {
    let is_wanted =
        |name: &str| wanted.iter().any(|word| word == "*" || word.eq_ignore_ascii_case(name.as_bytes()));
    let found = PARAMETERS.iter().filter(|(name, _)| is_wanted(name));
    Reply::map(found.map(|(name, value)| (Reply::bulk(*name), Reply::bulk(*value))))
}

/// The figures that `INFO` shows, gathered by whoever knows them.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// The port that the server listens on.
    pub port: u16,
    /// Since when it does.
    pub uptime: Duration,
    /// The connections open now.
    pub connections: usize,
    /// The connections accepted so far.
    pub accepted: u64,
    /// The shards that the keys are spread over.
    pub shards: usize,
    /// The shards that crashed and came back empty.
    pub restarts: u64,
    /// The channels that somebody listens to.
    pub channels: usize,
    /// The keys there are.
    pub keys: usize,
}

impl Info {
    /// The reply to `INFO` with these sections; all of them if none is named.
    pub fn render(&self, wanted: &[Bytes]) -> Reply {
        let is_wanted = |name: &str| {
            let named = |word: &Bytes| word.eq_ignore_ascii_case(name.as_bytes());
            let all = |word: &Bytes| {
                ["all", "default", "everything"].iter().any(|all| word.eq_ignore_ascii_case(all.as_bytes()))
            };
            wanted.is_empty() || wanted.iter().any(|word| named(word) || all(word))
        };
        let mut text = String::new();
        for (name, lines) in self.sections() {
            if is_wanted(name) {
                let gap = if text.is_empty() { "" } else { "\r\n" };
                // Writing to a string does not fail.
                let _ = write!(text, "{gap}# {name}\r\n{lines}");
            }
        }
        Reply::Verbatim(text)
    }

    fn sections(&self) -> [(&'static str, String); 4] {
        let (port, uptime, shards) = (self.port, self.uptime.as_secs(), self.shards);
        let keyspace = match self.keys {
            // Redis leaves an empty database out.
            0 => String::new(),
            keys => format!("db0:keys={keys}\r\n"),
        };
        [
            (
                "Server",
                format!(
                    "redis_version:{REDIS_VERSION}\r\nredis_mode:standalone\r\ntcp_port:{port}\r\n\
                     uptime_in_seconds:{uptime}\r\nshards:{shards}\r\n"
                ),
            ),
            ("Clients", format!("connected_clients:{}\r\n", self.connections)),
            (
                "Stats",
                format!(
                    "total_connections_received:{}\r\npubsub_channels:{}\r\nshard_restarts:{}\r\n",
                    self.accepted, self.channels, self.restarts
                ),
            ),
            ("Keyspace", keyspace),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(info: &Info, wanted: &[&'static str]) -> String {
        let wanted: Vec<Bytes> = wanted.iter().map(|word| Bytes::from_static(word.as_bytes())).collect();
        match info.render(&wanted) {
            Reply::Verbatim(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn info_shows_the_sections_named_or_all() {
        let info = Info { keys: 3, connections: 2, ..Info::default() };
        assert_eq!(text(&info, &["keyspace"]), "# Keyspace\r\ndb0:keys=3\r\n");
        let two = text(&info, &["CLIENTS", "keyspace", "nonsense"]);
        assert_eq!(two, "# Clients\r\nconnected_clients:2\r\n\r\n# Keyspace\r\ndb0:keys=3\r\n");
        assert_eq!(text(&info, &[]).matches("# ").count(), 4);
        assert_eq!(text(&info, &["everything"]), text(&info, &[]));
        assert_eq!(text(&info, &["nonsense"]), "");
    }

    #[test]
    fn config_get_finds_names_in_any_case_and_all() {
        let found = |names: &[&'static str]| match parameters(
            &names.iter().map(|name| Bytes::from_static(name.as_bytes())).collect::<Vec<_>>(),
        ) {
            Reply::Map(items) => items.len() / 2,
            other => panic!("{other:?}"),
        };
        assert_eq!(found(&["save"]), 1);
        assert_eq!(found(&["SAVE", "appendonly", "nonsense"]), 2);
        assert_eq!(found(&["*", "save"]), PARAMETERS.len());
    }
}
