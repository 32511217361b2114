//! `#[actor]` above the struct.
//! Says: put it above `impl Counter

use actor_core::prelude::*;

#[actor]
struct Counter(u64);

fn main() {}
