//! An option that `#[derive(Actor)]` does not have.
//! Says: the options are `crate = path` and `mailbox = expression`

use actor_core::prelude::*;

#[derive(Actor)]
#[actor_core(capacity = 16)]
struct Counter(u64);

fn main() {}
