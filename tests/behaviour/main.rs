//! The behaviour of actors through the public API: a module for each section of the contract, a sentence for each test.

mod kit;

mod administration;
mod alike;
mod asking;
mod children;
mod corners;
mod deadlines;
mod ending;
mod fairness;
mod family;
mod groups;
mod hostile;
mod identity;
mod inline;
mod lanes;
mod lifecycle;
mod macros;
mod mailbox;
mod messages;
mod program;
mod replacing;
mod scale;
mod schedules;
mod slow;
mod stand_ins;
mod statistics;
mod supervision;
mod surface;
mod testkit;
mod time;
mod watching;
