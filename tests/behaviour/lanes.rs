//! Contract, section 3: the two lanes of a mailbox, who goes first, and who has room.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use tokio::sync::oneshot;

use crate::kit::gate;

/// Handles calls in the order in which it gets to them: `n` is a normal one, and `n!` an urgent one.
#[derive(Default)]
struct Desk {
    seen: Vec<String>,
}

#[actor]
impl Desk {
    #[handler]
    fn call(&mut self, n: u32) {
        self.seen.push(n.to_string());
    }

    #[handler(lane = high)]
    fn urgent(&mut self, n: u32) {
        self.seen.push(format!("{n}!"));
    }

    #[handler]
    async fn hold(&mut self, gate: oneshot::Receiver<()>) {
        let _ = gate.await;
    }

    #[handler]
    fn remind(&mut self, delay: Duration, ctx: &mut Context<Self>) {
        let _ = ctx.send_after(delay, DeskUrgent { n: 99 });
    }

    #[handler(lane = high)]
    fn crash(&mut self) {
        panic!("on purpose");
    }

    #[handler]
    fn seen(&mut self) -> Vec<String> {
        std::mem::take(&mut self.seen)
    }
}

/// A desk whose handler waits at a gate, so that what follows stays queued.
async fn busy(system: &TestSystem, mailbox: Mailbox) -> (ActorRef<Desk>, oneshot::Sender<()>) {
    let desk = system.build(Desk::default()).mailbox(mailbox).spawn().unwrap();
    let open = hold(system, &desk).await;
    (desk, open)
}

async fn hold(system: &TestSystem, desk: &ActorRef<Desk>) -> oneshot::Sender<()> {
    let (open, waiting) = gate();
    desk.hold(waiting).tell().await.unwrap();
    system.settle().await;
    open
}

#[actor_core::test(paused)]
async fn high_messages_go_first_however_they_are_sent(system: TestSystem) {
    let (desk, open) = busy(&system, Mailbox::default()).await;
    desk.call(1).tell().await.unwrap();
    desk.urgent(1).tell().await.unwrap();
    desk.call(2).try_tell().unwrap();
    desk.urgent(2).try_tell().unwrap();
    desk.downgrade().tell(DeskUrgent { n: 3 }).await.unwrap();
    desk.recipient().tell(DeskUrgent { n: 4 }).await.unwrap();
    let asked = tokio::spawn(desk.urgent(5).owned().into_future());
    system.settle().await;
    drop(open);
    asked.await.unwrap().unwrap();
    assert_eq!(desk.seen().await.unwrap(), ["1!", "2!", "3!", "4!", "5!", "1", "2"]);
}

#[actor_core::test(paused)]
async fn at_most_eight_high_messages_go_before_a_normal_one_that_waits(system: TestSystem) {
    let (desk, open) = busy(&system, Mailbox::default()).await;
    for n in 1..=20 {
        desk.urgent(n).try_tell().unwrap();
    }
    for n in 1..=3 {
        desk.call(n).try_tell().unwrap();
    }
    drop(open);
    system.settle().await;
    let seen = desk.seen().await.unwrap().join(" ");
    assert_eq!(seen, "1! 2! 3! 4! 5! 6! 7! 8! 1 9! 10! 11! 12! 13! 14! 15! 16! 2 17! 18! 19! 20! 3");
}

/// Whatever is queued in whatever order: each lane keeps its own, no normal message waits for more than eight high ones
/// in a row, and none goes before a high one that need not wait.
#[actor_core::test(paused)]
async fn both_lanes_are_in_order_and_fair_whatever_is_queued(system: TestSystem) {
    let desk = system.build(Desk::default()).mailbox(Mailbox::unbounded()).spawn().unwrap();
    for seed in 0..100 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let open = hold(&system, &desk).await;
        let urgent_in_a_hundred = rng.u32(0..=100);
        let (mut calls, mut urgent) = (0, 0);
        for _ in 0..rng.u32(0..200) {
            if rng.u32(0..100) < urgent_in_a_hundred {
                urgent += 1;
                desk.urgent(urgent).try_tell().unwrap();
            } else {
                calls += 1;
                desk.call(calls).try_tell().unwrap();
            }
        }
        drop(open);
        system.settle().await;
        let seen = desk.seen().await.unwrap();

        let (mut last_call, mut last_urgent, mut in_a_row) = (0, 0, 0);
        for one in &seen {
            if let Some(n) = one.strip_suffix('!') {
                last_urgent += 1;
                in_a_row += 1;
                assert_eq!(n, last_urgent.to_string(), "seed {seed}: {seen:?}");
                assert!(in_a_row <= 8 || last_call == calls, "seed {seed}: normal mail waits: {seen:?}");
            } else {
                last_call += 1;
                assert_eq!(one, &last_call.to_string(), "seed {seed}: {seen:?}");
                let in_turn = in_a_row == 8 || last_urgent == urgent;
                assert!(in_turn, "seed {seed}: high mail waits: {seen:?}");
                in_a_row = 0;
            }
        }
        assert_eq!((last_call, last_urgent), (calls, urgent), "seed {seed}");
    }
}

#[actor_core::test(paused)]
async fn ticks_travel_in_the_normal_lane_whatever_their_handler_says(system: TestSystem) {
    let desk = system.spawn(Desk::default());
    desk.remind(Duration::from_millis(10)).await.unwrap();
    let open = hold(&system, &desk).await;
    system.advance(Duration::from_millis(10)).await;
    desk.urgent(1).try_tell().unwrap();
    drop(open);
    system.settle().await;
    assert_eq!(desk.seen().await.unwrap(), ["1!", "99!"]);
}

#[actor_core::test(paused)]
async fn a_stop_goes_before_high_mail(system: TestSystem) {
    let (desk, open) = busy(&system, Mailbox::default()).await;
    desk.urgent(1).try_tell().unwrap();
    desk.stop();
    drop(open);
    desk.stopped().await;
    assert_eq!(system.dead_letters()[0].take::<DeskUrgent>().unwrap().n, 1);
}

#[actor_core::test(paused)]
async fn the_high_lane_has_an_eighth_as_much_room_of_its_own_and_shares_the_rest(system: TestSystem) {
    let (desk, open) = busy(&system, Mailbox::bounded(16)).await;
    for n in 0..16 {
        desk.call(n).try_tell().unwrap();
    }
    assert!(matches!(desk.call(16).try_tell(), Err(TellError::Full(_))));
    desk.urgent(0).try_tell().unwrap();
    desk.urgent(1).try_tell().unwrap();
    assert!(matches!(desk.urgent(2).try_tell(), Err(TellError::Full(_))));
    assert_eq!(desk.queue_len(), 18);
    drop(open);
    system.settle().await;

    let open = hold(&system, &desk).await;
    for n in 0..18 {
        desk.urgent(n).try_tell().unwrap();
    }
    assert!(matches!(desk.urgent(18).try_tell(), Err(TellError::Full(_))));
    assert!(matches!(desk.call(0).try_tell(), Err(TellError::Full(_))));
    drop(open);
}

#[actor_core::test(paused)]
async fn a_mailbox_for_one_has_room_for_an_urgent_one_beside_it(system: TestSystem) {
    let (desk, open) = busy(&system, Mailbox::bounded(1)).await;
    desk.call(1).try_tell().unwrap();
    desk.urgent(1).try_tell().unwrap();
    assert!(matches!(desk.urgent(2).try_tell(), Err(TellError::Full(_))));
    drop(open);
}

#[actor_core::test(paused)]
async fn senders_that_wait_keep_their_order_in_each_lane(system: TestSystem) {
    let (desk, open) = busy(&system, Mailbox::bounded(1)).await;
    desk.call(0).try_tell().unwrap();
    desk.urgent(0).try_tell().unwrap();
    for n in 1..=3 {
        tokio::spawn(desk.call(n).owned().tell());
        tokio::spawn(desk.urgent(n).owned().tell());
        system.settle().await;
    }
    drop(open);
    system.settle().await;
    let (urgent, calls): (Vec<_>, Vec<_>) =
        desk.seen().await.unwrap().into_iter().partition(|one| one.ends_with('!'));
    assert_eq!(urgent, ["0!", "1!", "2!", "3!"]);
    assert_eq!(calls, ["0", "1", "2", "3"]);
}

#[actor_core::test(paused)]
async fn a_flood_of_high_mail_does_not_keep_a_normal_sender_out(system: TestSystem) {
    let (desk, open) = busy(&system, Mailbox::bounded(2)).await;
    for n in 0..3 {
        desk.urgent(n).try_tell().unwrap();
    }
    tokio::spawn(desk.call(1).owned().tell());
    system.settle().await;
    for n in 3..100 {
        tokio::spawn(desk.urgent(n).owned().tell());
    }
    system.settle().await;
    drop(open);
    system.settle().await;
    let seen = desk.seen().await.unwrap();
    // It went in when the first of the three had left; from then on eight go before it.
    assert_eq!(seen.iter().position(|one| one == "1"), Some(9), "{seen:?}");
    assert_eq!(seen.len(), 101);
}

#[actor_core::test(workers = 2)]
async fn both_lanes_lose_nothing_and_keep_each_senders_order_under_many_senders(system: TestSystem) {
    let desk = system.build(Desk::default()).mailbox(Mailbox::bounded(4)).spawn().unwrap();
    let senders: Vec<_> = (0..16)
        .map(|sender| {
            let desk = desk.clone();
            tokio::spawn(async move {
                let mut rng = fastrand::Rng::with_seed(sender.into());
                for n in (0..200).map(|n| sender * 1_000 + n) {
                    match rng.u8(0..4) {
                        0 => desk.urgent(n).tell().await.unwrap(),
                        1 => desk.urgent(n).await.unwrap(),
                        2 => desk.call(n).await.unwrap(),
                        _ => desk.call(n).tell().await.unwrap(),
                    }
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    let seen = desk.seen().await.unwrap();
    assert_eq!(seen.len(), 3_200);
    let (urgent, calls): (Vec<_>, Vec<_>) = seen.into_iter().partition(|one| one.ends_with('!'));
    for lane in [urgent, calls] {
        let lane: Vec<u32> = lane.iter().map(|one| one.trim_end_matches('!').parse().unwrap()).collect();
        for sender in 0..16 {
            let of_one: Vec<_> = lane.iter().filter(|n| **n / 1_000 == sender).collect();
            assert!(of_one.is_sorted(), "{of_one:?}");
        }
    }
}

#[actor_core::test(paused)]
async fn a_restart_keeps_both_lanes_in_order(system: TestSystem) {
    let child = Child::new("desk", Desk::default);
    let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
    let desk: ActorRef<Desk> = tree.child("desk").unwrap();
    let open = hold(&system, &desk).await;
    desk.crash().try_tell().unwrap();
    for n in 1..=2 {
        desk.call(n).try_tell().unwrap();
        desk.urgent(n).try_tell().unwrap();
    }
    drop(open);
    system.settle().await;
    assert_eq!(desk.epoch(), 2);
    assert_eq!(desk.seen().await.unwrap(), ["1!", "2!", "1", "2"]);
    assert_eq!(system.dead_letters().len(), 1, "the one that crashed");
}

#[actor_core::test(paused)]
async fn what_is_left_at_the_end_is_reported_lane_by_lane_in_order(system: TestSystem) {
    let (desk, open) = busy(&system, Mailbox::default()).await;
    desk.call(1).try_tell().unwrap();
    desk.urgent(1).try_tell().unwrap();
    desk.call(2).try_tell().unwrap();
    desk.urgent(2).try_tell().unwrap();
    desk.stop();
    drop(open);
    desk.stopped().await;
    let left: Vec<_> = system
        .dead_letters()
        .iter()
        .map(|letter| match letter.take::<DeskUrgent>() {
            Some(urgent) => format!("{}!", urgent.n),
            None => letter.take::<DeskCall>().unwrap().n.to_string(),
        })
        .collect();
    assert_eq!(left, ["1!", "2!", "1", "2"]);
}

#[actor_core::test(paused)]
async fn with_drop_oldest_normal_mail_makes_room_first(system: TestSystem) {
    let (desk, open) = busy(&system, Mailbox::bounded(2).overflow(Overflow::DropOldest)).await;
    for n in 1..=2 {
        desk.call(n).try_tell().unwrap();
    }
    // The first finds room; two push out a normal one each, the fourth the oldest of its kind.
    for n in 1..=4 {
        desk.urgent(n).try_tell().unwrap();
    }
    // There is nothing left that might go for a normal one.
    desk.call(3).try_tell().unwrap();
    let dropped: Vec<_> = system
        .dead_letters()
        .iter()
        .map(|letter| match letter.take::<DeskUrgent>() {
            Some(urgent) => format!("{}!", urgent.n),
            None => letter.take::<DeskCall>().unwrap().n.to_string(),
        })
        .collect();
    assert_eq!(dropped, ["1", "2", "1!", "3"]);
    drop(open);
    system.settle().await;
    assert_eq!(desk.seen().await.unwrap(), ["2!", "3!", "4!"]);
}

#[actor_core::test(paused)]
async fn the_other_policies_look_at_the_room_of_the_lane(system: TestSystem) {
    let (desk, open) = busy(&system, Mailbox::bounded(1).overflow(Overflow::Fail)).await;
    desk.call(1).tell().await.unwrap();
    assert!(matches!(desk.call(2).tell().await, Err(TellError::Full(_))));
    desk.urgent(1).tell().await.unwrap();
    assert!(matches!(desk.urgent(2).tell().await, Err(TellError::Full(_))));
    drop(open);

    let (desk, open) = busy(&system, Mailbox::bounded(1).overflow(Overflow::DropNewest)).await;
    for n in 1..=2 {
        desk.call(n).tell().await.unwrap();
        desk.urgent(n).tell().await.unwrap();
    }
    drop(open);
    assert_eq!(system.dead_letters().len(), 2);
    system.settle().await;
    assert_eq!(desk.seen().await.unwrap(), ["1!", "1"]);
}
