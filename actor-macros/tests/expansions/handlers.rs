//! More handlers, in another module, by a re-export's path: no actor and no calls type of their own.

#[handlers(crate = my::actors)]
impl super::Counter {
    #[handler]
    pub(crate) fn set(&mut self, count: u64) {
        self.count = count;
    }
}
