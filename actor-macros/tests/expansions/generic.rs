//! A generic actor: messages carry what their fields use, and the calls are generic over the actor as a whole.

#[actor]
impl<T: Send + 'static, const N: usize> Store<T, N>
where
    T: Clone,
{
    #[handler]
    fn put(&mut self, at: usize, item: T) -> Option<T> {
        self.slots[at].replace(item)
    }

    #[handler]
    async fn put_like<U: Into<T> + Send + 'static>(&mut self, items: Vec<U>) {}

    #[handler]
    fn room(&self) -> usize {
        N
    }
}
