//! What actors do, one fact a line. Each line is printed only once it has turned out to be true.

use std::error::Error;
use std::fmt::Debug;
use std::sync::Arc;

use actor_core::Unanswered;
use actor_core::prelude::*;
use tokio::sync::Barrier;
use tokio::time::timeout;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const A_MOMENT: Duration = Duration::from_millis(50);

// ANCHOR: actor
/// State that only its own handlers touch, one message at a time.
#[derive(Default)]
struct Kitchen {
    plates: Vec<&'static str>,
}

#[derive(Debug, PartialEq)]
struct OffTheMenu;

#[actor(mailbox = Mailbox::bounded(3))]
impl Kitchen {
    /// Cooks a dish and says which plate it is.
    #[handler]
    fn cook(&mut self, dish: &'static str) -> Result<usize, OffTheMenu> {
        match dish {
            "lobster" => return Err(OffTheMenu),
            "flambé" => panic!("the pan is on fire"),
            _ => self.plates.push(dish),
        }
        Ok(self.plates.len())
    }

    #[handler]
    fn plates(&self) -> Vec<&'static str> {
        self.plates.clone()
    }

    /// Busy from the first meeting at the door to the second.
    #[handler]
    async fn deliver(&mut self, door: Arc<Barrier>) {
        door.wait().await;
        door.wait().await;
    }
}
// ANCHOR_END: actor

#[tokio::main]
async fn main() -> Outcome {
    // A panic is going to happen on purpose: two lines of it are enough, whatever RUST_BACKTRACE says.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    let system = System::new("restaurant");
    let kitchen = Child::new("kitchen", Kitchen::default).registered("kitchen");
    let staff = Supervisor::one_for_one().name("staff").child(kitchen).start(&system).await?;
    let kitchen: ActorRef<Kitchen> = staff.child("kitchen")?;

    tell(&kitchen).await?;
    ask(&kitchen, &system).await?;
    time_out(&kitchen).await?;
    crash(&kitchen).await?;
    backpressure(&kitchen).await?;
    shutdown(&kitchen, &system).await
}

// ANCHOR: tell
async fn tell(kitchen: &ActorRef<Kitchen>) -> Outcome {
    println!("tell: accepted, and not waited for");
    kitchen.cook("soup").tell().await?;
    kitchen.cook("bread").tell().await?;
    show("handled in order", kitchen.plates().await?, ["soup", "bread"]);
    Ok(())
}
// ANCHOR_END: tell

// ANCHOR: ask
async fn ask(kitchen: &ActorRef<Kitchen>, system: &System) -> Outcome {
    println!("ask: the reply has a type");
    show("the third plate", kitchen.cook("salad").await?, Ok(3));
    show("an error is a reply, not a crash", kitchen.cook("lobster").await?, Err(OffTheMenu));
    let found: ActorRef<Kitchen> = system.lookup("kitchen")?;
    show("found by its name, it is the same", found == *kitchen, true);
    Ok(())
}
// ANCHOR_END: ask

// ANCHOR: timeout
async fn time_out(kitchen: &ActorRef<Kitchen>) -> Outcome {
    println!("timeout: every ask has one, 5 s unless said otherwise");
    let door = keep_busy(kitchen).await?;
    let late = kitchen.cook("steak").timeout(A_MOMENT).await.unwrap_err();
    show("the asker hears", late.to_string(), TOO_LATE);
    door.wait().await;
    show("and it is never cooked", kitchen.plates().await?, ["soup", "bread", "salad"]);
    Ok(())
}

const TOO_LATE: &str =
    "no answer to KitchenCook within 50ms: it waited in the mailbox and will not be handled";
// ANCHOR_END: timeout

// ANCHOR: crash
async fn crash(kitchen: &ActorRef<Kitchen>) -> Outcome {
    println!("crash: the supervisor starts it again (the panic itself is reported on stderr)");
    let door = keep_busy(kitchen).await?;
    let (flambe, tea, cake) = (kitchen.cook("flambé"), kitchen.cook("tea"), kitchen.cook("cake"));
    let (flambe, tea, cake, _) = tokio::join!(biased; flambe, tea, cake, door.wait());
    let Err(AskError::Unanswered(Unanswered::Panicked(panic))) = flambe else { panic!("{flambe:?}") };
    show("the asker hears", &*panic.text, "the pan is on fire");
    show("mail queued behind it is handled", (tea?, cake?), (Ok(1), Ok(2)));
    show("by a new incarnation", kitchen.epoch(), 2);
    show("with fresh state, by the same reference", kitchen.plates().await?, ["tea", "cake"]);
    Ok(())
}
// ANCHOR_END: crash

// ANCHOR: backpressure
async fn backpressure(kitchen: &ActorRef<Kitchen>) -> Outcome {
    println!("backpressure: this mailbox has room for three");
    let door = keep_busy(kitchen).await?;
    for dish in ["rice", "fish", "figs"] {
        kitchen.cook(dish).try_tell()?;
    }
    let full = kitchen.cook("wine").try_tell().unwrap_err();
    show("try_tell never waits", full.to_string(), "KitchenCook was not sent: the mailbox is full");
    let mut wine = kitchen.cook("wine").tell();
    show("tell waits for room", timeout(A_MOMENT, &mut wine).await.is_err(), true);
    door.wait().await;
    wine.await?;
    show("nothing is lost", kitchen.plates().await?, ["tea", "cake", "rice", "fish", "figs", "wine"]);
    Ok(())
}
// ANCHOR_END: backpressure

// ANCHOR: shutdown
async fn shutdown(kitchen: &ActorRef<Kitchen>, system: &System) -> Outcome {
    println!("shutdown: children before parents, each within a bound");
    let tree = system.tree().to_string();
    assert_eq!(tree, TREE);
    println!("{tree}");
    let report = system.shutdown().await;
    show("actors that stopped", report.stopped, 2);
    show("all by themselves, in time", report.is_clean(), true);
    show("an ask says what happened", kitchen.plates().await.unwrap_err().to_string(), GONE);
    Ok(())
}

const TREE: &str = "\
restaurant
└─ staff  Supervisor running
   └─ kitchen  Kitchen running, epoch 2";
const GONE: &str = "KitchenPlates was not delivered: the actor has stopped: shutdown";
// ANCHOR_END: shutdown

/// Returns once the kitchen is at the door, where it stays until somebody waits there again.
async fn keep_busy(kitchen: &ActorRef<Kitchen>) -> Outcome<Arc<Barrier>> {
    let door = Arc::new(Barrier::new(2));
    kitchen.deliver(door.clone()).tell().await?;
    door.wait().await;
    Ok(door)
}

/// Prints a fact after making sure that it is one.
#[track_caller]
fn show<T: Debug + PartialEq<U>, U: Debug>(fact: &str, found: T, expected: U) {
    assert_eq!(found, expected, "{fact}");
    println!("  {fact:<40} {found:?}");
}
