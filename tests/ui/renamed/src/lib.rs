//! Actors of a crate that knows the framework by another name. That they compile is what they are for: a path that the
//! macros take for granted would not be found here.

use framework::prelude::*;

/// An actor by the name of the dependency.
#[derive(Debug)]
pub struct Direct(pub u64);

#[actor(crate = framework, mailbox = Mailbox::bounded(4))]
impl Direct {
    #[on_start]
    async fn open(&mut self) -> Result<(), BoxError> {
        self.0 += 1;
        Ok(())
    }

    #[on_stop]
    fn close(&mut self, _reason: &StopReason, _ctx: &mut Context<Self>) {}

    /// Adds.
    #[handler]
    pub async fn add(&mut self, n: u64) -> Result<u64, String> {
        self.0 += n;
        Ok(self.0)
    }

    /// Borrows over an await.
    #[handler]
    pub async fn total(&self) -> u64 {
        std::future::ready(()).await;
        self.0
    }
}

/// What a framework on top of this one would do.
pub mod actors {
    pub use framework::*;
}

/// An actor by the path of a re-export.
#[derive(Debug)]
pub struct Reexported<T>(pub T);

#[actors::actor(crate = crate::actors)]
impl<T: Clone + Send + 'static> Reexported<T> {
    /// Puts and takes.
    #[handler]
    pub fn swap(&mut self, item: T, ctx: &mut actors::Context<Self>) -> T {
        let _ = ctx;
        std::mem::replace(&mut self.0, item)
    }
}

#[actors::handlers(crate = crate::actors)]
impl<T: Clone + Send + 'static> Reexported<T> {
    /// Looks.
    #[actors::handler]
    pub fn look(&self) -> T {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use framework::testing::TestSystem;

    use super::*;

    #[framework::test(crate = framework, paused)]
    async fn actors_work_behind_other_names(system: TestSystem) {
        let direct = system.spawn(Direct(1));
        assert_eq!(direct.add(2).await.unwrap(), Ok(4));
        assert_eq!(direct.total().await.unwrap(), 4);
        let reexported = system.spawn(Reexported("old"));
        assert_eq!(reexported.swap("new").await.unwrap(), "old");
        assert_eq!(reexported.look().await.unwrap(), "new");
    }
}
