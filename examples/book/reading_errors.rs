//! What can become of an ask, and what its error says: an account that is asked until it breaks.

use actor_core::prelude::*;
use actor_core::{Phase, Unanswered};

// ANCHOR: account
struct Account {
    balance: u64,
}

#[derive(Debug)]
struct NotEnough;

#[actor]
impl Account {
    /// Takes `amount` out and returns what is left.
    #[handler]
    fn withdraw(&mut self, amount: u64) -> Result<u64, NotEnough> {
        assert!(amount > 0, "nothing is not an amount");
        self.balance = self.balance.checked_sub(amount).ok_or(NotEnough)?;
        Ok(self.balance)
    }
}
// ANCHOR_END: account

// ANCHOR: read
/// Says what became of a withdrawal.
async fn withdraw(account: &ActorRef<Account>, amount: u64) -> String {
    match account.withdraw(amount).await {
        // The handler ran and answered. Its own `Err` is an answer too.
        Ok(Ok(left)) => format!("done, {left} left"),
        Ok(Err(NotEnough)) => "refused: not enough".to_owned(),
        // The account never saw the message. Here it is again.
        Err(AskError::Undelivered(message, why)) => {
            let amount = message.into_inner().amount;
            format!("not delivered, {amount} not withdrawn: {why}")
        }
        // Out of time, and the message will never be handled.
        Err(AskError::Timeout { phase: Phase::Admission | Phase::Queued, .. }) => {
            "too late, not done".to_owned()
        }
        // The handler had begun. Whether it has done its work, nobody here can know.
        Err(AskError::Unanswered(Unanswered::Panicked(panic))) => {
            format!("perhaps done, it panicked: {}", panic.text)
        }
        Err(error) => format!("perhaps done: {error}"),
    }
}
// ANCHOR_END: read

// ANCHOR: main
#[tokio::main]
async fn main() {
    let system = System::new("bank");
    let account = system.spawn(Account { balance: 10 });
    for amount in [3, 100, 0, 5] {
        println!("withdraw {amount}: {}", withdraw(&account, amount).await);
    }

    // A tell brings its message back as well.
    let error = account.withdraw(1).tell().await.unwrap_err();
    println!("tell: {error}");
    println!("the message is back: {}", error.into_message().amount);
    system.shutdown().await;
}
// ANCHOR_END: main
