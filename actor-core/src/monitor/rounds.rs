//! The monitor's own thread: its rounds, and what it remembers from one to the next.

use std::time::Duration;

use super::post::{Post, Whom};
use super::wait::{Entry, Verdict};
use super::{LONGEST, LOOKS, MONITOR, SHORTEST, System, Thresholds};
use crate::event::Event;
use crate::fence::fence;
use crate::rt::atomic::Ordering;
use crate::rt::{RealInstant, thread};

/// What the monitor remembers from one look to the next.
#[derive(Default)]
pub(super) struct Rounds {
    /// By the order of posts, of which none ever goes.
    seen: Vec<Seen>,
    waits: Vec<Entry>,
    /// The last look at them. Not the next one, since a system that comes meanwhile may be less patient.
    looked: Option<RealInstant>,
}

#[derive(Default)]
struct Seen {
    /// Whose message, and which one.
    what: Option<(Whom, u64)>,
    since: Option<RealInstant>,
    reported: bool,
}

impl Rounds {
    pub(super) fn run(mut self) {
        loop {
            let (systems, posts) = {
                let mut desk = MONITOR.desk.lock();
                if desk.systems.is_empty() {
                    desk.retire();
                    return;
                }
                let now = RealInstant::now();
                self.waits.extend(desk.entering.drain(..).map(|wait| Entry::new(wait, now)));
                (desk.systems.clone(), desk.posts.clone())
            };
            let shortest = |threshold: fn(&Thresholds) -> Duration| {
                systems.iter().map(|it| threshold(&it.thresholds)).min().unwrap_or(Duration::MAX)
            };
            let waits = (shortest(|it| it.waiting) / LOOKS).clamp(SHORTEST, LONGEST);
            let tick = (shortest(|it| it.blocking) / LOOKS).clamp(SHORTEST, waits);
            // What it finds may be the last to hold an actor, and its destructors are foreign code.
            let active = fence(|| self.look_at_posts(&systems, &posts)).unwrap_or(true);
            let next = fence(|| self.look_at_waits(&systems, waits)).unwrap_or(Some(waits));
            // A system that is kept here would not end.
            drop(systems);
            if active {
                thread::park_timeout(tick);
                continue;
            }
            MONITOR.asleep.store(true, Ordering::SeqCst);
            if posts.iter().all(|post| post.is_settled()) && MONITOR.desk.lock().is_as(&posts) {
                match next {
                    Some(next) => thread::park_timeout(next),
                    None => thread::park(),
                }
            }
            MONITOR.asleep.store(false, Ordering::SeqCst);
        }
    }

    /// Whether anybody has done anything since the last look.
    fn look_at_posts(&mut self, systems: &[System], posts: &[&'static Post]) -> bool {
        self.seen.resize_with(posts.len(), Seen::default);
        let mut active = false;
        for (seen, post) in self.seen.iter_mut().zip(posts) {
            active |= seen.look(systems, post);
        }
        active
    }

    /// In how long to look again, if anybody has to be.
    fn look_at_waits(&mut self, systems: &[System], rhythm: Duration) -> Option<Duration> {
        let now = RealInstant::now();
        let next = self.looked.map(|looked| looked + rhythm);
        if let Some(next) = next.filter(|next| now < *next) {
            return (!self.waits.is_empty()).then(|| next - now);
        }
        self.looked = Some(now);
        let mut again = false;
        self.waits.retain_mut(|entry| {
            let whom = entry.wait().whom;
            let Some(system) = systems.iter().find(|it| it.key == whom.system()) else { return false };
            match entry.look(now, system.thresholds.waiting) {
                Verdict::Strike => return false,
                Verdict::Leave => {}
                Verdict::Look => again = true,
                Verdict::Report(elapsed) => {
                    if let (Some(kind), Some(life)) = (entry.wait().heard(), system.find(whom)) {
                        if entry.is_current() {
                            life.core().report_slow(|actor, epoch| Event::Waiting {
                                actor,
                                epoch,
                                message_type: kind(),
                                elapsed,
                            });
                        }
                    }
                }
            }
            true
        });
        again.then_some(rhythm)
    }
}

impl Seen {
    /// Whether the thread has done anything since the last look.
    fn look(&mut self, systems: &[System], post: &Post) -> bool {
        let (whom, turn) = post.seen();
        if whom == Whom::NOBODY {
            let idle = self.what == Some((whom, turn));
            *self = Self { what: Some((whom, turn)), ..Self::default() };
            if idle && post.is_settled() {
                return false;
            }
            // One that begins just now may not see it, so there is a look after this.
            post.set_unwatched(idle);
            return true;
        }
        if post.is_unwatched() {
            post.set_unwatched(false);
        }
        let Some(system) = systems.iter().find(|it| it.key == whom.system()) else { return true };
        let Some(life) = system.find(whom) else { return true };
        let (kind, now) = (post.heard(), RealInstant::now());
        let what = Some((whom, turn));
        if self.what != what {
            *self = Self { what, since: Some(now), reported: false };
            return true;
        }
        let elapsed = self.since.map_or(Duration::ZERO, |since| now - since);
        if self.reported || elapsed < system.thresholds.blocking || post.seen() != (whom, turn) {
            return true;
        }
        self.reported = true;
        if let Some(kind) = kind {
            life.core().report_slow(|actor, epoch| Event::Blocking {
                actor,
                epoch,
                message_type: kind(),
                elapsed,
            });
        }
        true
    }
}
