//! The bank without a macro.

use super::*;

pub(super) struct Bank {
    balance: u64,
    diary: Diary,
}

impl Actor for Bank {
    async fn on_start(&mut self, _ctx: &mut Context<Self>) -> Result<(), BoxError> {
        if self.balance == u64::MAX {
            return Err("too rich".into());
        }
        self.diary.note("opened");
        Ok(())
    }

    async fn on_stop(&mut self, reason: &StopReason, _ctx: &mut Context<Self>) {
        self.diary.note(format!("closed: {}", kind(reason)));
    }

    fn mailbox() -> Mailbox {
        Mailbox::bounded(2)
    }
}

pub(super) struct Deposit(u64);

impl Handler<Deposit> for Bank {
    type Reply = u64;

    async fn handle(&mut self, Deposit(amount): Deposit, _ctx: &mut Context<Self>) -> u64 {
        self.balance += amount;
        self.balance
    }
}

pub(super) struct Withdraw(u64);

impl Handler<Withdraw> for Bank {
    type Reply = Result<u64, Short>;

    async fn handle(&mut self, Withdraw(amount): Withdraw, _ctx: &mut Context<Self>) -> Self::Reply {
        self.balance = self.balance.checked_sub(amount).ok_or_else(|| Short(amount - self.balance))?;
        Ok(self.balance)
    }

    fn unclaimed(reply: Self::Reply, ctx: &mut Context<Self>) {
        if let Err(error) = reply {
            ctx.report_unclaimed(std::any::type_name::<Withdraw>(), error.to_string());
        }
    }
}

pub(super) struct Audit(oneshot::Receiver<()>);

impl Handler<Audit> for Bank {
    type Reply = u64;

    async fn handle(&mut self, Audit(done): Audit, _ctx: &mut Context<Self>) -> u64 {
        let _ = done.await;
        self.balance
    }
}

pub(super) struct Epoch;

impl Handler<Epoch> for Bank {
    type Reply = u64;

    async fn handle(&mut self, _: Epoch, ctx: &mut Context<Self>) -> u64 {
        ctx.epoch()
    }
}

pub(super) struct Close;

impl Handler<Close> for Bank {
    type Reply = ();

    async fn handle(&mut self, _: Close, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

pub(super) struct Rob;

impl Handler<Rob> for Bank {
    type Reply = ();

    async fn handle(&mut self, _: Rob, _ctx: &mut Context<Self>) {
        panic!("hands up");
    }
}

pub(super) struct Form;

impl super::Form for Form {
    type Bank = Bank;
    type Deposit = Deposit;
    type Withdraw = Withdraw;
    type Audit = Audit;
    type Epoch = Epoch;
    type Close = Close;
    type Rob = Rob;

    fn bank(balance: u64, diary: &Diary) -> Bank {
        Bank { balance, diary: diary.clone() }
    }

    fn deposit(amount: u64) -> Deposit {
        Deposit(amount)
    }

    fn withdraw(amount: u64) -> Withdraw {
        Withdraw(amount)
    }

    fn audit(done: oneshot::Receiver<()>) -> Audit {
        Audit(done)
    }

    fn epoch() -> Epoch {
        Epoch
    }

    fn close() -> Close {
        Close
    }

    fn rob() -> Rob {
        Rob
    }
}
