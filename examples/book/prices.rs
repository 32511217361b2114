//! A handler that whoever asks runs himself: a list of prices that many look at.

use actor_core::prelude::*;

// ANCHOR: prices
struct Prices(Vec<u64>);

#[actor]
impl Prices {
    /// What an article costs.
    #[handler(inline)]
    fn of(&self, article: usize) -> Option<u64> {
        self.0.get(article).copied()
    }
}
// ANCHOR_END: prices

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let system = System::new("shop");
    let prices = system.start(Prices(vec![300, 250])).await?;
    assert_eq!(prices.of(1).await?, Some(250));
    assert_eq!(prices.of(7).await?, None);
    system.shutdown().await;
    Ok(())
}
