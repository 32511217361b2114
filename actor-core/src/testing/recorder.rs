//! What has happened in the system of a test.

use crate::dead_letter::DeadLetter;
use crate::event::{Event, Events};
use crate::rt::{Arc, Mutex};

/// Keeps every event of a system, for the test and for the trace of one that fails.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    stream: Option<Events>,
    events: Vec<Event>,
    /// Among so many of them the test has looked for dead letters.
    seen: usize,
}

impl Recorder {
    pub(super) fn follow(&self, stream: Events) {
        self.0.lock().stream = Some(stream);
    }

    pub(super) fn len(&self) -> usize {
        self.read(|recorded| recorded.events.len())
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.read(|recorded| recorded.events.clone())
    }

    /// The dead letters, which count as seen from now on.
    pub(super) fn letters(&self) -> Vec<DeadLetter> {
        self.read(|recorded| {
            recorded.seen = recorded.events.len();
            recorded.events.iter().filter_map(letter).cloned().collect()
        })
    }

    /// The letters that the test has not seen and whose senders do not know of it.
    pub(super) fn unseen_letters(&self) -> Vec<DeadLetter> {
        self.read(|recorded| {
            let unseen = recorded.events[recorded.seen..].iter().filter_map(letter);
            unseen.filter(|letter| letter.is_unnoticed()).cloned().collect()
        })
    }

    pub(super) fn trace(&self) -> String {
        self.read(|recorded| {
            recorded
                .events
                .iter()
                .fold("what happened:".to_owned(), |text, event| format!("{text}\n  {event}"))
        })
    }

    fn read<T>(&self, look: impl FnOnce(&mut Recorded) -> T) -> T {
        let mut recorded = self.0.lock();
        let Recorded { stream, events, .. } = &mut *recorded;
        if let Some(stream) = stream {
            events.extend(std::iter::from_fn(|| stream.try_recv()));
        }
        look(&mut recorded)
    }
}

fn letter(event: &Event) -> Option<&DeadLetter> {
    match event {
        Event::DeadLetter(letter) => Some(letter),
        _ => None,
    }
}
