//! The shards as a connection sees them: batches out, replies in, whatever becomes of the actors between.

use std::sync::Arc;

use actor_core::Phase;
use actor_core::prelude::*;
use futures_util::future::join_all;

use super::{Shard, ShardMap};
use crate::command::DataCommand;
use crate::reply::Reply;

/// References to all shards, in the order of their numbers. They stay valid over crashes. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Shards {
    map: ShardMap,
    actors: Arc<[ActorRef<Shard>]>,
}

impl Shards {
    /// The shards that `map` places keys on; as many as it says.
    pub fn new(map: ShardMap, actors: Vec<ActorRef<Shard>>) -> Self {
        assert_eq!(map.shards(), actors.len(), "a shard for each share of the keys");
        Self { map, actors: actors.into() }
    }

    /// Which key lives where.
    pub fn map(&self) -> ShardMap {
        self.map
    }

    /// How often a shard crashed and came back empty.
    pub fn restarts(&self) -> u64 {
        self.actors.iter().map(|shard| shard.epoch().saturating_sub(1)).sum()
    }

    /// How many keys there are; without those of a shard that does not answer.
    pub async fn keys(&self) -> usize {
        let sizes = (0..self.actors.len()).map(|shard| (shard, vec![DataCommand::Dbsize])).collect();
        let replies = self.apply(sizes).await.into_iter().flatten();
        replies
            .filter_map(
                |reply| if let Reply::Integer(keys) = reply { usize::try_from(keys).ok() } else { None },
            )
            .sum()
    }

    /// Has each batch carried out by its shard, all beside one another, and returns a reply for each command of each
    /// batch, errors for a batch that failed.
    ///
    /// The batches take their places in the mailboxes in order, before anything is waited for: two calls one after
    /// another are carried out in that order by every shard.
    pub async fn apply(&self, batches: Vec<(usize, Vec<DataCommand>)>) -> Vec<Vec<Reply>> {
        join_all(batches.into_iter().map(|(shard, batch)| self.apply_one(shard, batch))).await
    }

    /// A batch whose shard crashed, or was killed, under it is asked for once more. That is no second run: the effects
    /// of the first went with all else that the shard held. It is as if the crash had come just before the batch. Once
    /// and no more, since the batch itself may be what the shard crashes of.
    async fn apply_one(&self, shard: usize, batch: Vec<DataCommand>) -> Vec<Reply> {
        let batch: Arc<[DataCommand]> = batch.into();
        let actor = &self.actors[shard];
        let mut outcome = actor.apply(batch.clone()).await;
        if let Err(AskError::Unanswered(_)) = outcome {
            outcome = actor.apply(batch.clone()).await;
        }
        outcome.unwrap_or_else(|error| vec![failure(shard, &error); batch.len()])
    }
}

/// What the peer is told of a batch that failed. It says what the peer must know: whether its commands may have been
/// carried out.
fn failure<M>(shard: usize, error: &AskError<M>) -> Reply {
    Reply::error(match error {
        AskError::Undelivered(..) | AskError::Timeout { phase: Phase::Admission | Phase::Queued, .. } => {
            format!("ERR shard {shard} did not run this: {error}")
        }
        AskError::Unanswered(_) => {
            format!("ERR shard {shard} crashed twice as it ran this, and has lost its keys")
        }
        _ => format!("ERR shard {shard} does not answer, and may have run this: {error}"),
    })
}
