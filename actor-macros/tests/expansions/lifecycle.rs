//! The mailbox and both hooks.

#[actor(mailbox = Mailbox::bounded(16))]
impl Db {
    #[on_start]
    async fn open(&mut self, ctx: &mut Context<Self>) -> io::Result<()> {
        Ok(())
    }

    #[on_stop]
    fn close(&mut self, reason: &StopReason) {}
}
