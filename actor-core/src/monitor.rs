//! The monitor: one thread per process that sees handlers which run, or wait, for too long.
//!
//! Each thread that polls a run loop says at a [`post`] of its own whose loop that is, and the type of each message. The monitor
//! looks at the posts in a rhythm of a quarter of the shortest threshold. Where it finds the same actor and the same message for
//! the length of the threshold, that handler does not give its thread back, and [`Event::Blocking`] says so while it still does
//! not. A handler that is pending enters its actor's [`wait`] in a list, at most once for as long as the actor keeps waiting
//! now and then, and [`Event::Waiting`] says when the same handler has been under way like this for too long. The former comes once for each time that a handler has its
//! thread, the latter once for a message.
//!
//! What it costs where messages are handled: three stores on a line of the thread's own for each, beside the count that statistics
//! need anyway, and two for each poll. No clock is read.
//!
//! - A plain thread and no task, since a task needs a thread of the runtime, and those may be the ones that are blocked: on a
//!   runtime of one thread nothing would be seen before it is over. Time is real, as a thread that is blocked does not care
//!   what a test has done to the clock.
//! - One for all systems, since threads and not systems are blocked, and so many systems are no reason for so many threads.
//! - It starts when the first loop is polled, sleeps while nothing is polled and nobody waits, and ends with the last system.
//!   A thread that begins to poll when nobody looks at its post rouses it: so idle actors keep no process awake.
//!
//! Rejected: the time of each message, which costs as much as the message; a timer for each wait; a look at every actor of the
//! system in a rhythm, which costs a million idle ones their idleness.
//!
//! What it does not see: hooks, factories and tasks of actors, which have bounds of their own or are nobody's messages; a
//! thread that does not come to the processor looks as if its handler ran. A threshold may be overrun by half of it.

use std::time::Duration;

use crate::cell::Core;
use crate::erased::Life;
use crate::raw::Kind;
use crate::roll::{Number, Roll};
use crate::rt::atomic::{AtomicBool, Ordering};
use crate::rt::{Arc, Mutex, thread};

mod post;
mod rounds;
mod wait;

use post::{Post, Whom};
use rounds::Rounds;

pub(crate) use post::{Shown, Visiting};
pub(crate) use wait::Wait;

/// When handlers are reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thresholds {
    pub(crate) blocking: Duration,
    pub(crate) waiting: Duration,
}

impl Thresholds {
    /// What blocks for 100 ms is a slow callback for Python's asyncio, too; what waits for 5 s has let down whoever asked, as asks
    /// wait no longer unless they are told to.
    pub(crate) const DEFAULT: Self =
        Self { blocking: Duration::from_millis(100), waiting: Duration::from_secs(5) };

    /// Nothing is reported.
    #[cfg(feature = "testing")]
    pub(crate) const OFF: Self = Self { blocking: Duration::MAX, waiting: Duration::MAX };

    fn is_off(self) -> bool {
        self.blocking == Duration::MAX && self.waiting == Duration::MAX
    }
}

/// So often it looks in one threshold.
const LOOKS: u32 = 4;

/// It looks no more often than this, whatever the threshold.
const SHORTEST: Duration = Duration::from_millis(1);

/// And no more seldom, so that its clock can count.
const LONGEST: Duration = Duration::from_secs(3_600);

static MONITOR: Monitor = Monitor {
    desk: Mutex::new(Desk {
        systems: Vec::new(),
        last_key: 0,
        posts: Vec::new(),
        spare: Vec::new(),
        entering: Vec::new(),
        thread: None,
    }),
    asleep: AtomicBool::new(true),
};

struct Monitor {
    desk: Mutex<Desk>,
    /// It looks at no post until it is roused, or is not there.
    asleep: AtomicBool,
}

struct Desk {
    systems: Vec<System>,
    last_key: u32,
    /// All that were ever made; those that are spare are nobody's.
    posts: Vec<&'static Post>,
    spare: Vec<&'static Post>,
    entering: Vec<Arc<Wait>>,
    thread: Option<thread::Thread>,
}

/// A system whose actors are looked at.
#[derive(Clone)]
struct System {
    key: u32,
    roll: Arc<Roll>,
    thresholds: Thresholds,
}

/// A system's part in it. The key is 0 if nothing is to be reported.
pub(crate) struct Watch {
    key: u32,
}

impl Watch {
    pub(crate) fn new(roll: &Arc<Roll>, thresholds: Thresholds) -> Self {
        if thresholds.is_off() {
            return Self { key: 0 };
        }
        let mut desk = MONITOR.desk.lock();
        let taken = |desk: &Desk| desk.last_key == 0 || desk.systems.iter().any(|it| it.key == desk.last_key);
        desk.last_key = desk.last_key.wrapping_add(1);
        while taken(&desk) {
            desk.last_key = desk.last_key.wrapping_add(1);
        }
        let key = desk.last_key;
        desk.systems.push(System { key, roll: roll.clone(), thresholds });
        if let Some(thread) = &desk.thread {
            // It may be in the rhythm of a system with more patience.
            thread.unpark();
        }
        Self { key }
    }

    #[inline]
    pub(crate) fn key(&self) -> u32 {
        self.key
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut desk = MONITOR.desk.lock();
        desk.systems.retain(|it| it.key != self.key);
        if let (true, Some(thread)) = (desk.systems.is_empty(), &desk.thread) {
            thread.unpark();
        }
    }
}

/// The loop of this actor is being polled on this thread, for as long as what is returned is there.
#[inline]
pub(crate) fn show(core: &Core) -> Shown {
    match whom(core) {
        Some(whom) => watched().enter(whom),
        None => Shown::NOTHING,
    }
}

#[inline]
fn whom(core: &Core) -> Option<Whom> {
    let key = core.system.watch_key();
    (key != 0).then(|| Whom::new(key, core.number().to_u32()))
}

/// The post of this thread, which the monitor looks at.
#[inline]
fn watched() -> &'static Post {
    let post = post::own();
    if !post.is_unwatched() {
        return post;
    }
    rouse();
    post::own()
}

/// It is about to handle a message of this type.
#[inline]
pub(crate) fn say(kind: &'static Kind) {
    // Where nobody was ever shown, nobody looks, and the line is everybody's.
    if post::has_own() {
        post::own().say(kind);
    }
}

/// A message of this type is handled for this actor, on this thread, inside whatever else that is at: until what is returned goes.
#[inline]
pub(crate) fn show_guest(core: &Core, kind: &'static Kind) -> Visiting {
    match whom(core) {
        Some(whom) => watched().visit(whom, kind),
        None => Visiting::NOTHING,
    }
}

/// The handler of the message that was said last is pending. `wait` is the incarnation's, and made if there is none.
pub(crate) fn begin_wait(core: &Core, wait: &mut Option<Arc<Wait>>) {
    if wait.is_none() {
        *wait = whom(core).map(|whom| Arc::new(Wait::new(whom)));
    }
    if let Some(wait) = wait {
        if wait.begin(post::own().heard()) {
            let mut desk = MONITOR.desk.lock();
            // If there could be no thread for it, nobody would take them out.
            if desk.thread.is_some() {
                desk.entering.push(wait.clone());
            }
        }
    }
}

/// A handler that waits is polled again.
pub(crate) fn resume(wait: Option<&Wait>) {
    if let Some(kind) = wait.and_then(Wait::heard) {
        say(kind);
    }
}

/// Nobody looks at this thread's post.
#[cold]
fn rouse() {
    if !post::has_own() {
        let mut desk = MONITOR.desk.lock();
        let post = desk.spare.pop().unwrap_or_else(|| {
            let post: &'static Post = Box::leak(Box::new(Post::new()));
            desk.posts.push(post);
            post
        });
        drop(desk);
        post::take(post, |post| MONITOR.desk.lock().spare.push(post));
        if !post::has_own() {
            return;
        }
    }
    post::own().set_unwatched(false);
    if MONITOR.asleep.swap(false, Ordering::SeqCst) {
        let mut desk = MONITOR.desk.lock();
        match &desk.thread {
            Some(thread) => thread.unpark(),
            None => match thread::start("actor-monitor", || Rounds::default().run()) {
                Ok(thread) => desk.thread = Some(thread),
                Err(error) => {
                    drop(desk);
                    tracing::warn!(%error, "no thread for the monitor: handlers that block or wait for too long are not reported");
                }
            },
        }
    }
}

impl System {
    fn find(&self, whom: Whom) -> Option<Arc<dyn Life>> {
        self.roll.find(Number::from_u32(whom.number()))
    }
}

impl Desk {
    /// There is no system left: the next one starts another monitor.
    fn retire(&mut self) {
        self.thread = None;
        self.entering.clear();
        for post in &self.posts {
            post.set_unwatched(true);
        }
        MONITOR.asleep.store(true, Ordering::SeqCst);
    }

    /// Whether nothing has been entered, and no thread has come, since somebody had these posts from it.
    fn is_as(&self, posts: &[&'static Post]) -> bool {
        self.entering.is_empty() && self.posts.len() == posts.len()
    }
}
