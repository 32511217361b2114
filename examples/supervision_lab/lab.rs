//! The bench: it sets the shop up, and prints nothing that has not turned out to be true.

use std::error::Error;
use std::fmt::Debug;
use std::str::Lines;

use actor_core::prelude::*;
use actor_core::{Events, SupervisorRef};

use crate::pager::Pager;
use crate::shop::{self, Outage};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error>>;

pub(crate) struct Lab {
    pub(crate) system: System,
    pub(crate) shop: SupervisorRef,
    pub(crate) outage: Outage,
    pub(crate) pager: ActorRef<Pager>,
    events: Events,
    /// What is to be printed, line by line.
    expected: Lines<'static>,
}

impl Lab {
    pub(crate) async fn open() -> Outcome<Self> {
        let (system, outage) = (System::new("lab"), Outage::default());
        let shop = shop::open(&system, &outage).await?;
        let pager = system.build(Pager::default()).name("pager").start().await?;
        let (events, expected) = (system.events(), include_str!("output.txt").lines());
        Ok(Self { system, shop, outage, pager, events, expected })
    }

    /// Begins the next way. What was restarted before is out of every window by then.
    pub(crate) async fn begin(&mut self, title: &str) {
        tokio::time::sleep(Duration::from_secs(60)).await;
        while self.events.try_recv().is_some() {}
        self.say(title);
    }

    // ANCHOR: aftermath
    /// Prints what has happened since, and who is there now.
    pub(crate) async fn aftermath(&mut self) {
        settle().await;
        self.say("  events");
        while let Some(event) = self.events.try_recv() {
            self.say(&format!("    {}", without_place(&event.to_string())));
        }
        self.say("  tree");
        for line in self.system.tree().to_string().lines() {
            self.say(&format!("    {line}"));
        }
    }
    // ANCHOR_END: aftermath

    /// Prints a fact after making sure that it is one.
    #[track_caller]
    pub(crate) fn show<T, U>(&mut self, fact: &str, found: T, expected: U)
    where
        T: Debug + PartialEq<U>,
        U: Debug,
    {
        assert_eq!(found, expected, "{fact}");
        self.say(&format!("  {fact:<38} {found:?}"));
    }

    /// Prints a line after making sure that it is the next one of `output.txt`.
    #[track_caller]
    pub(crate) fn say(&mut self, line: &str) {
        assert_eq!(Some(line), self.next_line());
        println!("{line}");
    }

    /// Makes sure that nothing was left out.
    pub(crate) fn close(mut self) {
        assert_eq!(self.next_line(), None);
    }

    /// The book shows the file in pieces; their marks are not printed.
    fn next_line(&mut self) -> Option<&'static str> {
        self.expected.find(|line| !line.starts_with("# ANCHOR"))
    }
}

/// Returns when nobody has anything to do any more: only then does the paused clock move.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// Leaves out where in the source a panic was, which changes with every edit.
fn without_place(event: &str) -> String {
    let Some((before, rest)) = event.split_once(", at ") else { return event.to_owned() };
    let after = rest.find(", while").map_or("", |at| &rest[at..]);
    format!("{before}{after}")
}
