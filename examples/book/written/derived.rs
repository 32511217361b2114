//! A derived actor: its handlers stand elsewhere.

use actor_core::prelude::*;

// ANCHOR: derived
#[derive(Actor, Default)]
#[actor_core(mailbox = Mailbox::unbounded())]
pub(crate) struct Log {
    lines: Vec<String>,
}

mod reading {
    use actor_core::prelude::*;

    #[handlers]
    impl super::Log {
        #[handler]
        pub(crate) fn len(&self) -> usize {
            self.lines.len()
        }
    }
}

impl Handler<String> for Log {
    type Reply = ();

    async fn handle(&mut self, line: String, _ctx: &mut Context<Self>) {
        self.lines.push(line);
    }
}
// ANCHOR_END: derived

pub(crate) async fn use_it(system: &System) -> Result<(), BoxError> {
    let log = system.spawn(Log::default());
    log.tell("a line".to_owned()).await?;
    println!("a log of {}", log.len().await?);
    Ok(())
}
