//! What a full mailbox does: to `try_tell`, to `tell`, to an ask, and under each policy.

use actor_core::prelude::*;
use tokio::sync::oneshot;

// ANCHOR: printer
#[derive(Default)]
struct Printer {
    printed: Vec<u32>,
}

#[actor(mailbox = Mailbox::bounded(2))]
impl Printer {
    #[handler]
    fn print(&mut self, page: u32) {
        self.printed.push(page);
    }

    /// Somebody waits beside the printer.
    #[handler(lane = high)]
    fn print_now(&mut self, page: u32) {
        self.printed.push(page);
    }

    /// Does nothing until somebody clears it. It says when it begins.
    #[handler]
    async fn jam(&mut self, begun: oneshot::Sender<()>, cleared: oneshot::Receiver<()>) {
        let _ = begun.send(());
        let _ = cleared.await;
    }

    #[on_stop]
    fn finish(&mut self) {
        println!("printed: {:?}", self.printed);
    }
}

/// Jams the printer. Dropping what is returned clears it.
async fn jam(printer: &ActorRef<Printer>) -> Result<oneshot::Sender<()>, BoxError> {
    let ((begun, has_begun), (clear, cleared)) = (oneshot::channel(), oneshot::channel());
    printer.jam(begun, cleared).tell().await?;
    has_begun.await?;
    Ok(clear)
}
// ANCHOR_END: printer

#[actor_core::main]
async fn main(system: System) -> Result<(), BoxError> {
    waiting(&system).await?;
    too_late(&system).await?;
    dropping(&system).await?;
    going_first(&system).await
}

// ANCHOR: waiting
async fn waiting(system: &System) -> Result<(), BoxError> {
    let printer = system.spawn(Printer::default());
    let clear = jam(&printer).await?;
    printer.print(1).tell().await?;
    printer.print(2).tell().await?;
    println!("{} pages wait", printer.queue_len());

    let error = printer.print(3).try_tell().unwrap_err();
    println!("try_tell: {error}");

    // `tell` waits for room. Beside it we clear the jam, or it would wait for ever.
    let (told, ()) = tokio::join!(printer.print(4).tell(), async { drop(clear) });
    told?;
    printer.drain();
    printer.stopped().await;
    Ok(())
}
// ANCHOR_END: waiting

// ANCHOR: too_late
async fn too_late(system: &System) -> Result<(), BoxError> {
    let printer = system.spawn(Printer::default());
    let clear = jam(&printer).await?;
    let soon = Duration::from_millis(20);
    println!("ask: {}", printer.print(1).timeout(soon).await.unwrap_err());
    drop(clear);
    printer.drain();
    printer.stopped().await;
    Ok(())
}
// ANCHOR_END: too_late

// ANCHOR: dropping
async fn dropping(system: &System) -> Result<(), BoxError> {
    let latest = Mailbox::bounded(2).overflow(Overflow::DropOldest);
    let printer = system.build(Printer::default()).mailbox(latest).spawn()?;
    let mut events = system.events();
    let clear = jam(&printer).await?;
    for page in 1..=4 {
        printer.print(page).tell().await?;
    }
    while let Some(event) = events.try_recv() {
        if let Event::DeadLetter(letter) = event {
            let PrinterPrint { page } = letter.take().ok_or("not a page")?;
            println!("page {page} is dropped: {}", letter.reason);
        }
    }
    drop(clear);
    printer.drain();
    printer.stopped().await;
    Ok(())
}
// ANCHOR_END: dropping

// ANCHOR: going_first
async fn going_first(system: &System) -> Result<(), BoxError> {
    let printer = system.spawn(Printer::default());
    let clear = jam(&printer).await?;
    printer.print(1).tell().await?;
    printer.print(2).tell().await?;
    printer.print_now(3).tell().await?;
    drop(clear);
    printer.drain();
    printer.stopped().await;
    Ok(())
}
// ANCHOR_END: going_first
