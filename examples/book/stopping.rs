//! The ways to end an actor, and what becomes of its messages in each.

use actor_core::Events;
use actor_core::prelude::*;
use tokio::sync::oneshot;

// ANCHOR: porter
#[derive(Default)]
struct Porter {
    carried: Vec<u32>,
}

#[actor]
impl Porter {
    /// Carries the first bag, which takes until the lift comes.
    #[handler]
    async fn lift(&mut self, waits: oneshot::Sender<()>, comes: oneshot::Receiver<()>) {
        let _ = waits.send(());
        let _ = comes.await;
        self.carried.push(1);
    }

    #[handler]
    fn carry(&mut self, bag: u32) {
        self.carried.push(bag);
    }

    #[on_stop]
    fn finish(&mut self, reason: &StopReason) {
        println!("  on_stop({reason}): carried {:?}", self.carried);
    }
}

/// A porter with one bag in its hands and two in its queue.
async fn loaded(
    system: &System,
) -> Result<(ActorRef<Porter>, oneshot::Sender<()>), BoxError> {
    let porter = system.spawn(Porter::default());
    let ((waits, is_waiting), (lift, comes)) = (oneshot::channel(), oneshot::channel());
    porter.lift(waits, comes).tell().await?;
    porter.carry(2).tell().await?;
    porter.carry(3).tell().await?;
    is_waiting.await?;
    Ok((porter, lift))
}
// ANCHOR_END: porter

// ANCHOR: main
#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let system = System::new("hotel");
    let mut events = system.events();

    println!("drain");
    let (porter, lift) = loaded(&system).await?;
    porter.drain();
    drop(lift);
    ended(porter.stopped().await, &mut events);

    println!("the last owner gone");
    let (porter, lift) = loaded(&system).await?;
    let stopped = porter.stopped();
    drop(porter);
    drop(lift);
    ended(stopped.await, &mut events);

    println!("stop");
    let (porter, lift) = loaded(&system).await?;
    porter.stop();
    drop(lift);
    ended(porter.stopped().await, &mut events);

    println!("kill");
    let (porter, lift) = loaded(&system).await?;
    porter.kill();
    ended(porter.stopped().await, &mut events);
    drop(lift);

    println!("shutdown");
    let _porter = system.start(Porter::default()).await?;
    let report = system.shutdown().await;
    println!("  {} stopped, clean: {}", report.stopped, report.is_clean());
    Ok(())
}
// ANCHOR_END: main

// ANCHOR: ended
fn ended(reason: StopReason, events: &mut Events) {
    println!("  stopped(): {reason}");
    while let Some(event) = events.try_recv() {
        if let Event::DeadLetter(letter) = event {
            println!("  {}: {}", letter.message_type, letter.reason);
        }
    }
}
// ANCHOR_END: ended
