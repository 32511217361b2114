//! An actor with a field that cannot change threads.
//! Says: `Rc<String>` cannot be sent between threads safely

use std::rc::Rc;

use actor_core::prelude::*;

struct Cache {
    shared: Rc<String>,
}

#[actor]
impl Cache {
    #[on_start]
    async fn fill(&mut self) {
        self.shared = Rc::new("full".to_owned());
    }

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
