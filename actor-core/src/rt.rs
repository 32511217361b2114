//! The one door to the runtime: spawning, the clock, locks.
//!
//! Everything that a model checker, a schedule explorer or the test clock must be able to replace passes through here.
//! The rest of the crate names neither `std::sync` locks nor `tokio::time` nor `tokio::spawn`.

use std::future::Future;
use std::sync::PoisonError;

pub(crate) use std::sync::atomic;
pub(crate) use std::sync::{Arc, OnceLock, Weak};
pub(crate) use tokio::runtime::Handle;
pub(crate) use tokio::sync::{Notify, oneshot, watch};
pub(crate) use tokio::task::{AbortHandle, JoinSet};
pub(crate) use tokio::time::{
    Instant, MissedTickBehavior, Sleep, interval_at, sleep, sleep_until, timeout_at,
};

/// A short-held lock. It ignores poisoning: every room restores its invariants before it runs foreign code, and foreign
/// code is fenced, so a panic never leaves one of these locks with a half-made change.
#[derive(Default)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

pub(crate) type MutexGuard<'a, T> = std::sync::MutexGuard<'a, T>;

impl<T: std::fmt::Debug> std::fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a task of the framework's own. Its end is observed through the actor's cell, never through the join handle.
pub(crate) fn spawn(handle: &Handle, future: impl Future<Output = ()> + Send + 'static) {
    drop(handle.spawn(future));
}
