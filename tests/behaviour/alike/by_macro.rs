//! The bank by `#[actor]`.

use super::*;

pub(super) struct Bank {
    balance: u64,
    diary: Diary,
}

#[actor(mailbox = Mailbox::bounded(2))]
impl Bank {
    #[on_start]
    fn open(&mut self) -> Result<(), String> {
        if self.balance == u64::MAX {
            return Err("too rich".to_owned());
        }
        self.diary.note("opened");
        Ok(())
    }

    #[on_stop]
    fn shut(&mut self, reason: &StopReason) {
        self.diary.note(format!("closed: {}", kind(reason)));
    }

    #[handler]
    pub(super) fn deposit(&mut self, amount: u64) -> u64 {
        self.balance += amount;
        self.balance
    }

    #[handler]
    pub(super) fn withdraw(&mut self, amount: u64) -> Result<u64, Short> {
        self.balance = self.balance.checked_sub(amount).ok_or_else(|| Short(amount - self.balance))?;
        Ok(self.balance)
    }

    #[handler]
    pub(super) async fn audit(&mut self, done: oneshot::Receiver<()>) -> u64 {
        let _ = done.await;
        self.balance
    }

    #[handler(message = BankEpoch)]
    pub(super) fn incarnation(&self, ctx: &mut Context<Self>) -> u64 {
        ctx.epoch()
    }

    #[handler]
    pub(super) fn close(&mut self, ctx: &mut Context<Self>) {
        ctx.stop();
    }

    #[handler]
    pub(super) fn rob(&mut self) {
        panic!("hands up");
    }
}

pub(super) struct Form;

impl super::Form for Form {
    type Bank = Bank;
    type Deposit = BankDeposit;
    type Withdraw = BankWithdraw;
    type Audit = BankAudit;
    type Epoch = BankEpoch;
    type Close = BankClose;
    type Rob = BankRob;

    fn bank(balance: u64, diary: &Diary) -> Bank {
        Bank { balance, diary: diary.clone() }
    }

    fn deposit(amount: u64) -> BankDeposit {
        BankDeposit { amount }
    }

    fn withdraw(amount: u64) -> BankWithdraw {
        BankWithdraw { amount }
    }

    fn audit(done: oneshot::Receiver<()>) -> BankAudit {
        BankAudit { done }
    }

    fn epoch() -> BankEpoch {
        BankEpoch
    }

    fn close() -> BankClose {
        BankClose
    }

    fn rob() -> BankRob {
        BankRob
    }
}
