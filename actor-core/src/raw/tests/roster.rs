//! Who waits for a coarse clock, tick by tick.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::raw::{Asking, Due, Found, Roster, TICK, Then, exchange};
use crate::rt::Mutex;

/// There for ever, and miri is told so.
static ROSTERS: Mutex<Vec<&'static Roster>> = Mutex::new(Vec::new());
static FORGOTTEN: Mutex<Vec<Asking<String>>> = Mutex::new(Vec::new());

fn roster() -> &'static Roster {
    let roster = Box::leak(Box::new(Roster::new()));
    ROSTERS.lock().push(roster);
    roster
}

fn asking() -> Asking<String> {
    // The actor goes at once and leaves all to the asker.
    exchange(String::from("message"), None, Waker::noop()).0
}

fn entered(roster: &'static Roster, due: Due) -> Asking<String> {
    let mut asking = asking();
    asking.enter(roster, due, Then::Expire);
    asking
}

fn is_over(asking: &mut Asking<String>) -> bool {
    match asking.poll(&Context::from_waker(Waker::noop())) {
        Poll::Ready(found) => {
            assert_eq!(found, Found::Expired { running: false });
            true
        }
        Poll::Pending => false,
    }
}

/// Looks at every tick, and says at which `asking` was over.
fn over_at(roster: &Roster, mut asking: Asking<String>, from: u64) -> u64 {
    let mut now = from;
    while !is_over(&mut asking) {
        now += TICK;
        roster.look(now);
    }
    now
}

#[test]
fn nothing_is_ended_early_or_more_than_two_ticks_late() {
    let roster = roster();
    let mut now = 0;
    for after in [0, 1, TICK - 1, TICK, 3 * TICK + 7, 5_000, 64 * TICK, 65 * TICK, 130 * TICK] {
        // The entry comes at any time before the look at `now + TICK`.
        let asking = entered(roster, Due::After(Duration::from_millis(after)));
        let over = over_at(roster, asking, now);
        assert!((now + TICK + after..=now + after + 2 * TICK + 1).contains(&over), "{after}: {now} {over}");
        let asking = entered(roster, Due::At(over + after));
        now = over_at(roster, asking, over);
        assert!((over + after..=over + after + TICK).contains(&now), "{after}: {over} {now}");
    }
}

#[test]
fn a_clock_that_was_late_ends_all_that_is_due() {
    let roster = roster();
    let due = [1, 10 * TICK, 64 * TICK, 100 * TICK, 300 * TICK];
    let mut all: Vec<_> = due.iter().map(|&due| entered(roster, Due::At(due))).collect();
    roster.look(200 * TICK);
    let over: Vec<_> = all.iter_mut().map(is_over).collect();
    assert_eq!(over, [true, true, true, true, false]);
    roster.look(250 * TICK);
    assert!(!is_over(&mut all[4]));
    roster.look(301 * TICK);
    assert!(is_over(&mut all[4]) && roster.fall_asleep());
}

#[test]
fn many_come_and_go_in_any_order_and_nothing_is_left() {
    let roster = roster();
    let mut all: Vec<_> = (0..100)
        .map(|number| {
            entered(roster, if number % 3 == 0 { Due::At(number * 9) } else { Due::After(Duration::ZERO) })
        })
        .collect();
    for leaving in [99, 0, 40, 41, 42, 7] {
        drop(all.remove(leaving));
    }
    assert!(!roster.fall_asleep());
    roster.look(TICK);
    drop(all.split_off(50));
    for tick in 2..20 {
        roster.look(tick * TICK);
    }
    assert!(all.iter_mut().all(is_over));
    assert!(roster.fall_asleep());
}

#[test]
fn the_first_who_enters_is_to_wake_the_clock_and_a_second_entry_is_none() {
    let roster = roster();
    let [mut first, mut second] = [asking(), asking()];
    assert!(first.enter(roster, Due::At(1), Then::Expire));
    assert!(!first.enter(roster, Due::At(1), Then::Expire));
    assert!(!second.enter(roster, Due::At(1), Then::Expire));
    drop(first);
    assert!(!roster.fall_asleep());
    drop(second);
    assert!(roster.fall_asleep());
    assert!(asking().enter(roster, Due::At(1), Then::Expire));
}

#[test]
fn one_that_is_announced_goes_on_waiting() {
    let roster = roster();
    let mut asking = asking();
    asking.enter(roster, Due::At(TICK), Then::Nudge);
    assert!(!is_over(&mut asking) && !asking.is_near());
    roster.look(TICK);
    assert!(!is_over(&mut asking) && asking.is_near());
    assert!(roster.fall_asleep());
    asking.expire();
    assert!(is_over(&mut asking));
}

/// Nobody does so, but safe code could.
#[test]
fn one_that_is_forgotten_is_ended_all_the_same() {
    let roster = roster();
    FORGOTTEN.lock().push(entered(roster, Due::At(1)));
    let beside = entered(roster, Due::At(1));
    roster.look(TICK);
    drop(beside);
    assert!(roster.fall_asleep());
}
