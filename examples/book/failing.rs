//! What a crash takes and what it leaves, and what happens when crashes do not end.

use actor_core::prelude::*;

// ANCHOR: clerk
/// Adds up what it reads, and does not check it first.
#[derive(Default)]
struct Clerk {
    total: i64,
}

#[actor]
impl Clerk {
    #[handler]
    fn read(&mut self, line: String) -> i64 {
        self.total += line.parse::<i64>().expect("a line is a number");
        self.total
    }
}
// ANCHOR_END: clerk

// ANCHOR: witness
/// Watches a clerk, and keeps what it hears.
struct Witness {
    clerk: WeakActorRef<Clerk>,
    heard: Vec<String>,
}

#[actor]
impl Witness {
    #[on_start]
    fn look(&mut self, ctx: &mut Context<Self>) {
        ctx.watch(&self.clerk);
    }

    #[handler]
    fn heard(&self) -> Vec<String> {
        self.heard.clone()
    }
}

impl Handler<Down> for Witness {
    type Reply = ();

    async fn handle(&mut self, down: Down, _ctx: &mut Context<Self>) {
        self.heard.push(format!("{} ended: {}", down.path, down.reason));
    }
}
// ANCHOR_END: witness

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let system = System::new("office");
    let clerk = start(&system).await?;
    let witness =
        system.start(Witness { clerk: clerk.downgrade(), heard: Vec::new() }).await?;
    once(&system, &clerk).await?;
    println!("the witness has heard {:?}", witness.heard().await?);
    again_and_again(&system, &clerk).await
}

// ANCHOR: start
async fn start(system: &System) -> Result<ActorRef<Clerk>, BoxError> {
    let clerk = Child::new("clerk", Clerk::default).registered("the clerk");
    let staff =
        Supervisor::one_for_one().name("staff").child(clerk).start(system).await?;
    Ok(staff.child("clerk")?)
}
// ANCHOR_END: start

// ANCHOR: once
async fn once(system: &System, clerk: &ActorRef<Clerk>) -> Result<(), BoxError> {
    println!("total {}", clerk.read("40".to_owned()).await?);

    let bad = clerk.read("forty".to_owned());
    let (two, three) = (clerk.read("2".to_owned()), clerk.read("3".to_owned()));
    let (bad, two, three) = tokio::join!(bad, two, three);
    println!("the bad line: {}", bad.unwrap_err());
    println!("behind it: total {}, total {}", two?, three?);

    let found: ActorRef<Clerk> = system.lookup("the clerk")?;
    println!("the same actor: {}, incarnation {}", found == *clerk, clerk.epoch());
    Ok(())
}
// ANCHOR_END: once

// ANCHOR: again
async fn again_and_again(
    system: &System,
    clerk: &ActorRef<Clerk>,
) -> Result<(), BoxError> {
    // Three restarts within five seconds are allowed. One has been used.
    for _ in 0..3 {
        clerk.read("nonsense".to_owned()).await.unwrap_err();
    }
    let report = system.terminated().await;
    let cause = report.cause.ok_or("nobody gave up")?;
    println!(
        "`{}` failed more than {} times in {:?}",
        cause.child, cause.max_restarts, cause.within
    );
    println!("the clerk: {}", clerk.read("1".to_owned()).await.unwrap_err());
    Ok(())
}
// ANCHOR_END: again
