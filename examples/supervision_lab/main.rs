//! A small web shop, broken in five ways on purpose. After each, the program prints what happened and who is left, and
//! it ends with a failure if a line is not the one in `output.txt`.
//!
//! The clock is paused: whenever nobody has anything to do, tokio moves it on to the next timer. So an hour takes no time
//! here, and it takes an hour to the millisecond.

mod lab;
mod pager;
mod shop;
mod ways;

use lab::{Lab, Outcome};

// ANCHOR: main
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Outcome {
    // Panics are going to happen on purpose: a line of each is enough.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    let mut lab = Lab::open().await?;
    ways::the_till_panics(&mut lab).await?;
    ways::a_cart_panics(&mut lab).await?;
    ways::the_pool_panics(&mut lab).await?;
    ways::the_bank_is_out(&mut lab).await?;
    ways::the_catalogue_panics_again_and_again(&mut lab).await?;
    ways::the_reports_ignore_a_stop(&mut lab).await?;
    lab.close();
    Ok(())
}
// ANCHOR_END: main
