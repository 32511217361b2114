//! The requests that are answered together: replies in the order of the requests, commands grouped by shard.
//!
//! A client that pipelines sends many commands at once, most of them for one shard or a few. One message for each
//! shard costs what a message for each command would cost, divided by the depth of the pipeline.

use crate::command::DataCommand;
use crate::protocol::Protocol;
use crate::reply::{Outbox, Reply};
use crate::shards::{Join, Route, ShardMap};

/// Requests that have been read and not been answered, all of them or the part that is in hand.
///
/// Keeps the order of the commands on each shard, so a connection sees its own writes; commands on different shards
/// run beside one another, which nobody can tell from the replies.
#[derive(Debug)]
pub(super) struct Round {
    map: ShardMap,
    slots: Vec<(Slot, Protocol)>,
    batches: Vec<Vec<DataCommand>>,
}

/// Where the reply to one request comes from.
#[derive(Debug)]
enum Slot {
    Ready(Reply),
    /// The next reply of this shard.
    One(usize),
    /// The next reply of each of these shards.
    Many(Vec<usize>, Join),
}

impl Round {
    pub(super) fn new(map: ShardMap) -> Self {
        Self { map, slots: Vec::new(), batches: vec![Vec::new(); map.shards()] }
    }

    /// How many replies are due.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Adds a request that is answered already.
    pub(super) fn reply(&mut self, reply: Reply, protocol: Protocol) {
        self.slots.push((Slot::Ready(reply), protocol));
    }

    /// Adds a request that the shards answer.
    pub(super) fn command(&mut self, command: DataCommand, protocol: Protocol) {
        let slot = match self.map.route(command) {
            Route::One(shard, command) => {
                self.batches[shard].push(command);
                Slot::One(shard)
            }
            Route::Many { parts, join } => {
                let shards = parts.iter().map(|(shard, _)| *shard).collect();
                for (shard, command) in parts {
                    self.batches[shard].push(command);
                }
                Slot::Many(shards, join)
            }
        };
        self.slots.push((slot, protocol));
    }

    /// What the shards are to be asked, each shard at most once.
    pub(super) fn take_batches(&mut self) -> Vec<(usize, Vec<DataCommand>)> {
        let batches = self.batches.iter_mut().enumerate();
        batches
            .filter(|(_, batch)| !batch.is_empty())
            .map(|(shard, batch)| (shard, std::mem::take(batch)))
            .collect()
    }

    /// Moves the replies to `outbox`, those of the shards given in the order of `asked`. The round is empty then.
    pub(super) fn finish(&mut self, asked: &[usize], answers: Vec<Vec<Reply>>, outbox: &mut Outbox) {
        let mut answers: Vec<_> = answers.into_iter().map(Vec::into_iter).collect();
        let mut next = |shard: usize| {
            let answer = asked.iter().position(|asked| *asked == shard).and_then(|at| answers.get_mut(at));
            answer.and_then(Iterator::next).unwrap_or(MISSING)
        };
        for (slot, protocol) in self.slots.drain(..) {
            let reply = match slot {
                Slot::Ready(reply) => reply,
                Slot::One(shard) => next(shard),
                Slot::Many(shards, join) => join.join(shards.into_iter().map(&mut next).collect()),
            };
            outbox.push(reply, protocol);
        }
    }
}

/// A shard that answers with fewer replies than it was given commands. A fault of ours, told rather than hidden.
const MISSING: Reply =
    Reply::Error(std::borrow::Cow::Borrowed("ERR internal: a shard left a command unanswered"));

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::time::Instant;

    use bytes::{Bytes, BytesMut};
    use proptest::prelude::*;

    use super::*;
    use crate::command::{End, KeyCommand};
    use crate::keyspace::Keyspace;

    fn map(shards: usize) -> ShardMap {
        ShardMap::new(NonZeroUsize::new(shards).expect("not zero"))
    }

    fn commands() -> impl Strategy<Value = DataCommand> {
        let key = || (0_u8..6).prop_map(|key| Bytes::from(vec![b'k', key]));
        let one = (key(), any::<bool>()).prop_map(|(key, push)| DataCommand::Key {
            command: if push { KeyCommand::Push(End::Left, vec![key.clone()]) } else { KeyCommand::Llen },
            key,
        });
        let keys = proptest::collection::vec(key(), 1..5);
        prop_oneof![4 => one, 1 => keys.clone().prop_map(DataCommand::Mget), 1 => keys.prop_map(DataCommand::Del)]
    }

    /// The bytes that a client reads when `commands` go through rounds of `size`, to as many keyspaces as there are
    /// shards.
    fn conversation(shards: usize, size: usize, commands: &[DataCommand]) -> BytesMut {
        let mut keyspaces: Vec<_> = (0..shards).map(|_| Keyspace::new(1)).collect();
        let mut round = Round::new(map(shards));
        let (mut outbox, mut out) = (Outbox::default(), BytesMut::new());
        for chunk in commands.chunks(size) {
            for command in chunk {
                round.reply(Reply::OK, Protocol::Resp2);
                round.command(command.clone(), Protocol::Resp2);
            }
            let (asked, batches): (Vec<_>, Vec<_>) = round.take_batches().into_iter().unzip();
            let answer = |(shard, batch): (&usize, Vec<DataCommand>)| {
                batch.iter().map(|command| keyspaces[*shard].apply(command, Instant::now())).collect()
            };
            let answers = asked.iter().zip(batches).map(answer).collect();
            round.finish(&asked, answers, &mut outbox);
        }
        outbox.fill(&mut out, usize::MAX);
        out
    }

    proptest! {
        #[test]
        fn rounds_of_any_size_over_any_shards_answer_like_one_command_after_another(
            commands in proptest::collection::vec(commands(), 1..40), shards in 1_usize..6, size in 1_usize..20
        ) {
            prop_assert_eq!(conversation(shards, size, &commands), conversation(1, 1, &commands));
        }
    }

    #[test]
    fn a_shard_that_leaves_commands_unanswered_shifts_no_reply_of_another() {
        let mut round = Round::new(map(1));
        round.command(DataCommand::Exists(vec![Bytes::from("k")]), Protocol::Resp2);
        round.reply(Reply::OK, Protocol::Resp2);
        let mut outbox = Outbox::default();
        round.finish(&[0], vec![Vec::new()], &mut outbox);
        let mut out = BytesMut::new();
        outbox.fill(&mut out, usize::MAX);
        assert_eq!(&out[..], b"-ERR internal: a shard left a command unanswered\r\n+OK\r\n");
    }
}
