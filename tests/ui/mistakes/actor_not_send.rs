//! An actor with a field that cannot change threads.
//! Says: `Rc<String>` cannot be sent between threads safely

use std::rc::Rc;

use actor_core::prelude::*;

struct Cache {
    shared: Rc<String>,
}

#[actor]
impl Cache {
    #[handler]
    fn length(&self) -> usize {
        self.shared.len()
    }

    #[handler]
    async fn text(&mut self) -> String {
        self.shared.to_string()
    }
}

fn main() {}
