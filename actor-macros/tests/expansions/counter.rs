//! Sync and async handlers, with the context or without, with and without a reply.

#[actor]
impl Counter {
    /// Adds `n`.
    ///
    /// The second paragraph is for the call alone.
    #[handler]
    pub async fn add(
        &mut self,
        /// How many.
        n: u64,
    ) -> u64 {
        self.count += n;
        self.count
    }

    #[handler]
    fn total(&self) -> u64 {
        self.count
    }

    #[handler]
    async fn check(&self, ctx: &mut Context<Self>, limit: u64) -> Result<(), Exceeded> {
        Ok(())
    }

    #[handler]
    fn reset(&mut self) {
        self.count = 0;
    }

    fn plain(&self) {}
}
