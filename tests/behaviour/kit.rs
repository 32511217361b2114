//! The actor that most scenarios need: it keeps a log, waits at gates, and breaks in every way there is.

use std::sync::{Arc, Mutex};

use actor_core::prelude::*;
use tokio::sync::oneshot;

/// What several actors, or several incarnations of one, have done, in order.
#[derive(Clone, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(crate) fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// An actor that does as it is told.
#[derive(Default)]
pub(crate) struct Worker {
    pub(crate) name: &'static str,
    pub(crate) diary: Diary,
    pub(crate) seen: Vec<u32>,
}

impl Worker {
    pub(crate) fn new(name: &'static str, diary: &Diary) -> Self {
        Self { name, diary: diary.clone(), seen: Vec::new() }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.diary.note(format!("{} dropped", self.name));
    }
}

#[actor]
impl Worker {
    #[on_start]
    fn begin(&mut self) {
        self.diary.note(format!("{} started", self.name));
    }

    #[on_stop]
    fn finish(&mut self, reason: &StopReason) {
        self.diary.note(format!("{} stops: {}", self.name, kind(reason)));
    }

    /// Remembers `n`.
    #[handler]
    pub(crate) fn note(&mut self, n: u32) -> usize {
        self.seen.push(n);
        self.diary.note(format!("{} saw {n}", self.name));
        self.seen.len()
    }

    /// What this incarnation has seen.
    #[handler]
    pub(crate) fn seen(&self) -> Vec<u32> {
        self.seen.clone()
    }

    /// Waits until the gate opens, or its other end goes.
    #[handler]
    pub(crate) async fn hold(&mut self, gate: oneshot::Receiver<()>) {
        self.diary.note(format!("{} holds", self.name));
        let _ = gate.await;
        self.diary.note(format!("{} goes on", self.name));
    }

    /// Panics.
    #[handler]
    pub(crate) fn crash(&mut self) {
        panic!("on purpose");
    }

    /// Ends itself as failed.
    #[handler]
    pub(crate) fn fail(&mut self, ctx: &mut Context<Self>) {
        ctx.fail("on purpose");
    }

    /// Ends itself as done.
    #[handler]
    pub(crate) fn quit(&mut self, ctx: &mut Context<Self>) {
        ctx.stop();
    }

    /// Blocks its thread until the other end of the channel goes.
    #[handler]
    pub(crate) fn block(&mut self, begun: oneshot::Sender<()>, until: std::sync::mpsc::Receiver<()>) {
        let _ = begun.send(());
        let _ = until.recv();
    }
}

/// A reason without its details.
pub(crate) fn kind(reason: &StopReason) -> &'static str {
    match reason {
        StopReason::Normal => "normal",
        StopReason::Shutdown => "shutdown",
        StopReason::Killed => "killed",
        StopReason::Panicked(_) => "panicked",
        StopReason::Failed(_) => "failed",
        StopReason::StartFailed(_) => "start failed",
        _ => "unknown",
    }
}

/// A closed gate: the end to open it with, and the end that waits.
pub(crate) fn gate() -> (oneshot::Sender<()>, oneshot::Receiver<()>) {
    oneshot::channel()
}

/// A subscriber of the log that keeps the warnings and errors.
pub(crate) struct Log(pub(crate) Diary);

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::WARN
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0 += &format!("{field}={value:?} ");
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.note(text.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

/// Runs a scenario without the test kit, for what the kit would refuse or keep: threads that stay blocked, and messages that
/// must not lie in a recorder. It shuts the system down, and has a minute for all of it.
///
/// Whatever releases a blocked thread belongs into the scenario, so that it goes with it, also if an assertion fails.
pub(crate) fn by_hand(scenario: impl AsyncFnOnce(System)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
    runtime.block_on(async {
        let system = System::new("by-hand");
        let whole = async {
            scenario(system.clone()).await;
            system.shutdown().await;
        };
        tokio::time::timeout(Duration::from_secs(60), whole).await.expect("the scenario ends");
    });
    runtime.shutdown_background();
}
