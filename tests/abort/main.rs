//! What a system says where a panic ends the process. A program of its own, since tests are never built with
//! `panic = "abort"`: `cargo xtask test abort` builds and runs it so. Built otherwise it holds the opposite.

use std::fmt::Debug;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use actor_core::System;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata};

/// Every warning, as text.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<String>>);

impl Visit for Warnings {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        *self.0.lock().expect("nobody panics") += &format!("{field}={value:?} ");
    }
}

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn main() -> ExitCode {
    let warnings = Warnings::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tracing::subscriber::with_default(warnings.clone(), || {
        runtime.block_on(async { System::new("fragile").shutdown().await });
    });
    let said = warnings.0.lock().expect("nobody panics").clone();
    let warned = said.contains("fragile") && said.contains("supervision cannot work");
    if warned == cfg!(panic = "abort") {
        return ExitCode::SUCCESS;
    }
    eprintln!("panic = \"abort\" is {}, and the system said: {said:?}", cfg!(panic = "abort"));
    ExitCode::FAILURE
}
