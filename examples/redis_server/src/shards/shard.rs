//! The actor that owns one shard's keys: it carries out batches, and removes keys that have expired.
//!
//! Its state is its incarnation's own, so a crash empties it: the supervisor starts it again with no keys. What waits
//! in its mailbox survives, and is carried out on the empty keyspace. Nothing is kept across the crash on purpose: a
//! panic in the middle of a change says that the data can no longer be trusted, and Redis without persistence loses
//! its data in a crash as well, all of it rather than a shard's share.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Instant;

use actor_core::Timer;
use actor_core::prelude::*;

use crate::command::DataCommand;
use crate::keyspace::Keyspace;
use crate::reply::Reply;

/// How many expired keys are removed in one go: well under a millisecond's work, after which the commands that have
/// come in meanwhile get their turn.
const EXPIRED_AT_ONCE: usize = 1_000;

/// A shard of the keyspace.
pub struct Shard {
    keyspace: Keyspace,
    crash: Option<Countdown>,
    alarm: Option<Alarm>,
}

/// Counts the writes until the crash that was asked for.
struct Countdown {
    every: NonZeroU64,
    left: u64,
}

/// The timer for the next expiry, and when it goes off.
struct Alarm {
    at: Instant,
    timer: Timer,
}

impl Shard {
    /// A shard without keys, which panics at every `crash_every`th write.
    pub fn new(crash_every: Option<NonZeroU64>) -> Self {
        let crash = crash_every.map(|every| Countdown { every, left: every.get() });
        // A seed of its own for each incarnation: members that `SPOP` draws should not repeat after a crash.
        Self { keyspace: Keyspace::new(fastrand::u64(..)), crash, alarm: None }
    }

    /// Has the keys that expire removed when the first of them does.
    ///
    /// An alarm that goes off too early costs one look, so it is left alone when its key is written again or deleted;
    /// only an earlier expiry sets it anew.
    fn set_alarm(&mut self, now: Instant, ctx: &Context<Self>) {
        let Some(at) = self.keyspace.next_expiry() else { return };
        if let Some(alarm) = &self.alarm {
            if alarm.at <= at {
                return;
            }
            alarm.timer.cancel();
        }
        let timer = ctx.send_after(at.saturating_duration_since(now), ShardExpire);
        self.alarm = Some(Alarm { at, timer });
    }
}

#[actor]
impl Shard {
    /// Carries out `batch` in its order and answers each of its commands.
    ///
    /// A batch is what one connection has read at once. It is the unit of a crash too: none of its replies is given, and
    /// none of its effects stays. It is shared, so that whoever asked still has it then.
    #[handler]
    pub(crate) fn apply(&mut self, batch: Arc<[DataCommand]>, ctx: &mut Context<Self>) -> Vec<Reply> {
        // One look at the clock for the batch: its commands arrived together.
        let now = now();
        let mut replies = Vec::with_capacity(batch.len());
        for command in &*batch {
            if let Some(crash) = &mut self.crash {
                crash.count(command);
            }
            replies.push(self.keyspace.apply(command, now));
        }
        self.set_alarm(now, ctx);
        replies
    }

    /// Removes what has expired; again at once, behind the mail that waits, if that is more than fits one go.
    #[handler]
    fn expire(&mut self, ctx: &mut Context<Self>) {
        self.alarm = None;
        let now = now();
        self.keyspace.expire(now, EXPIRED_AT_ONCE);
        self.set_alarm(now, ctx);
    }
}

impl Countdown {
    fn count(&mut self, command: &DataCommand) {
        self.left -= u64::from(command.is_write());
        assert!(self.left > 0, "asked to crash at every {}th write", self.every);
    }
}

/// The runtime's clock rather than the machine's: a test that stops the one stops expiry with it.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

#[cfg(test)]
mod tests {
    use actor_core::testing::TestSystem;
    use bytes::Bytes;

    use super::*;
    use crate::command::KeyCommand;

    fn set(key: impl Into<Bytes>, ttl: Option<Duration>) -> DataCommand {
        let command = KeyCommand::Set { value: Bytes::from_static(b"v"), ttl, condition: None };
        DataCommand::Key { key: key.into(), command }
    }

    /// How many keys the shard holds, those included that have expired and are still there.
    async fn held(shard: &ActorRef<Shard>) -> Reply {
        shard.apply([DataCommand::Dbsize].into()).await.expect("an answer").remove(0)
    }

    #[actor_core::test(paused)]
    async fn keys_that_nobody_asks_for_are_gone_when_they_expire(system: TestSystem) {
        let shard = system.spawn(Shard::new(None));
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        shard.apply([set("late", seconds(9)), set("for ever", None)].into()).await.expect("an answer");
        // The alarm is set for nine seconds and has to be set anew.
        shard.apply([set("soon", seconds(1))].into()).await.expect("an answer");
        assert_eq!(held(&shard).await, Reply::Integer(3));
        system.advance(Duration::from_secs(1)).await;
        assert_eq!(held(&shard).await, Reply::Integer(2));
        system.advance(Duration::from_secs(8)).await;
        assert_eq!(held(&shard).await, Reply::Integer(1));
    }

    #[actor_core::test(paused)]
    async fn more_keys_than_fit_one_go_expire_without_another_alarm(system: TestSystem) {
        let shard = system.spawn(Shard::new(None));
        let many = (0..EXPIRED_AT_ONCE * 5 / 2).map(|n| set(n.to_string(), Some(Duration::from_secs(1))));
        shard.apply(many.collect()).await.expect("an answer");
        system.advance(Duration::from_secs(1)).await;
        assert_eq!(held(&shard).await, Reply::Integer(0));
    }

    #[actor_core::test(paused)]
    async fn the_write_that_was_asked_for_crashes_and_nothing_else_does(system: TestSystem) {
        let shard = system.spawn(Shard::new(NonZeroU64::new(3)));
        shard.apply([set("a", None), set("b", None), DataCommand::Dbsize].into()).await.expect("two writes");
        assert_eq!(held(&shard).await, Reply::Integer(2));
        let crash = shard.apply([set("c", None)].into()).await;
        assert!(matches!(crash, Err(AskError::Unanswered(_))), "{crash:?}");
    }
}
