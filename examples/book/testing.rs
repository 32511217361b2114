//! The tests of the box office that the book shows.

// ANCHOR: first
use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use box_office::{HOLD, Hall, HallHold, Taken, open};

#[actor_core::test(paused)]
async fn a_seat_is_given_once(system: TestSystem) {
    let hall = system.spawn(Hall::default());
    assert_eq!(hall.hold(1).await.unwrap(), Ok(()));
    assert_eq!(hall.hold(1).await.unwrap(), Err(Taken(1)));
}
// ANCHOR_END: first

// ANCHOR: clock
#[actor_core::test(paused)]
async fn a_seat_that_nobody_pays_for_is_free_after_ten_minutes(system: TestSystem) {
    let hall = system.spawn(Hall::default());
    hall.hold(1).await.unwrap().unwrap();
    system.advance(HOLD - Duration::from_millis(1)).await;
    assert!(hall.hold(1).await.unwrap().is_err());
    system.advance(Duration::from_millis(1)).await;
    assert!(hall.hold(1).await.unwrap().is_ok());
}

#[actor_core::test(paused)]
async fn a_seat_that_is_sold_stays_sold(system: TestSystem) {
    let hall = system.spawn(Hall::default());
    hall.hold(1).await.unwrap().unwrap();
    hall.sell(1).await.unwrap();
    system.advance(HOLD * 2).await;
    assert!(hall.hold(1).await.unwrap().is_err());
}
// ANCHOR_END: clock

// ANCHOR: crash
#[actor_core::test(paused)]
async fn a_customer_behind_a_crash_is_served(system: TestSystem) {
    let desk = open(&system).await.unwrap();
    let (bad, good) = (desk.buy(1, "no digits".to_owned()), desk.buy(2, "42".to_owned()));
    let (bad, good) = tokio::join!(bad, good);
    assert!(matches!(bad, Err(AskError::Unanswered(_))));
    assert_eq!(good.unwrap().unwrap().seat, 2);
    assert_eq!(desk.epoch(), 2);
    let crashes = system
        .happened()
        .into_iter()
        .filter(|event| matches!(event, Event::Crashed { .. }));
    assert_eq!(crashes.count(), 1);
}
// ANCHOR_END: crash

// ANCHOR: letters
#[actor_core::test(paused)]
async fn a_told_sale_that_fails_is_a_dead_letter(system: TestSystem) {
    let desk = open(&system).await.unwrap();
    desk.buy(1, "no digits".to_owned()).tell().await.unwrap();
    system.settle().await;
    assert_eq!(system.dead_letters().len(), 1);
}
// ANCHOR_END: letters

// ANCHOR: probe
#[actor_core::test(paused)]
async fn an_usher_calls_the_next_guest_after_a_minute(system: TestSystem) {
    struct Usher {
        door: Recipient<&'static str>,
    }

    #[actor]
    impl Usher {
        #[handler]
        fn arrive(&mut self, ctx: &mut Context<Self>) {
            let _ = ctx.send_after(Duration::from_secs(60), UsherCall);
        }

        #[handler]
        async fn call(&mut self) {
            let _ = self.door.tell("next, please").await;
        }
    }

    let mut door = system.probe();
    let usher = system.spawn(Usher { door: door.recipient() });
    usher.arrive().tell().await.unwrap();
    system.advance(Duration::from_secs(59)).await;
    assert_eq!(door.try_recv(), None);
    system.advance(Duration::from_secs(1)).await;
    assert_eq!(door.try_recv(), Some("next, please"));
}
// ANCHOR_END: probe

// ANCHOR: stand_in
/// Holds two seats, or says which one is taken.
struct Pairs {
    hall: ActorRef<Hall>,
}

#[actor]
impl Pairs {
    #[handler]
    async fn hold(&mut self, seats: [u32; 2]) -> Result<Option<Taken>, BoxError> {
        for seat in seats {
            if let Err(taken) = self.hall.hold(seat).await? {
                return Ok(Some(taken));
            }
        }
        Ok(None)
    }
}

#[actor_core::test(paused)]
async fn a_pair_is_not_held_if_one_of_its_seats_is_taken(system: TestSystem) {
    let (hall, mut stand_in) = system.stand_in::<Hall>();
    let pairs = system.spawn(Pairs { hall });
    let asked = tokio::spawn(pairs.hold([4, 5]).owned().into_future());
    let (hold, answer) = stand_in.expect::<HallHold>().await;
    assert_eq!(hold.seat, 4);
    answer.send(Ok(()));
    let (hold, answer) = stand_in.expect::<HallHold>().await;
    answer.send(Err(Taken(hold.seat)));
    assert_eq!(asked.await.unwrap().unwrap().unwrap(), Some(Taken(5)));
}
// ANCHOR_END: stand_in
