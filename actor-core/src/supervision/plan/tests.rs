//! Decisions that are hard to bring about from outside. The rest is tested through supervisors, and against a model.

use super::*;

fn terms(restart: Restart) -> Terms {
    Terms { restart, backoff: None, significant: false }
}

fn plan(strategy: Strategy, children: u64) -> Plan {
    let intensity = Intensity { max_restarts: 10, within: Duration::from_secs(5) };
    let children = (0..children).map(|key| (key, terms(Restart::Permanent)));
    Plan::new(strategy, AutoShutdown::Never, intensity, false, children)
}

/// The actions that an event leads to, as text without reasons.
fn after(plan: &mut Plan, event: Event) -> Vec<String> {
    let name = |action: &Action| match action {
        Action::Start(key) => format!("start {key}"),
        Action::Restart(key) => format!("restart {key}"),
        Action::Wait(..) => "wait".to_owned(),
        Action::Announce(..) => String::new(),
        Action::Halt(key) => format!("halt {key}"),
        Action::Finish(key, _) => format!("finish {key}"),
        Action::Remove(key) => format!("remove {key}"),
        Action::Terminate(key) => format!("terminate {key}"),
        Action::Ready => "ready".to_owned(),
        Action::Abort(key, _) => format!("abort {key}"),
        Action::GiveUp(key, _) => format!("give up {key}"),
        Action::ShutDown => "shut down".to_owned(),
    };
    let actions = plan.decide(event, Instant::now());
    actions.iter().map(name).filter(|name| !name.is_empty()).collect()
}

fn up(strategy: Strategy, children: u64) -> Plan {
    let mut plan = plan(strategy, children);
    after(&mut plan, Event::Begin);
    for key in 0..children {
        after(&mut plan, Event::Started(key));
    }
    plan
}

#[test]
fn a_child_that_is_terminated_while_it_starts_does_not_hold_up_its_supervisor() {
    let mut plan = plan(Strategy::OneForOne, 2);
    assert_eq!(after(&mut plan, Event::Begin), ["start 0"]);
    assert_eq!(after(&mut plan, Event::Terminate(0)), ["terminate 0"]);
    assert_eq!(after(&mut plan, Event::Ended(0, StopReason::Killed)), [""; 0]);
    assert_eq!(after(&mut plan, Event::Terminated(0)), ["start 1"]);
    assert_eq!(after(&mut plan, Event::Started(1)), ["ready"]);
}

#[test]
fn what_fails_while_the_supervisor_starts_is_looked_at_when_it_is_up() {
    let mut plan = plan(Strategy::OneForOne, 2);
    after(&mut plan, Event::Begin);
    after(&mut plan, Event::Started(0));
    assert_eq!(after(&mut plan, Event::Ended(0, StopReason::Killed)), [""; 0]);
    assert_eq!(after(&mut plan, Event::Started(1)), ["ready", "restart 0"]);
}

#[test]
fn a_child_that_is_added_while_the_supervisor_starts_waits_for_its_turn() {
    let mut plan = plan(Strategy::OneForOne, 1);
    after(&mut plan, Event::Begin);
    assert_eq!(after(&mut plan, Event::Add(1, terms(Restart::Permanent))), [""; 0]);
    assert_eq!(after(&mut plan, Event::Started(0)), ["ready", "start 1"]);
    assert_eq!(after(&mut plan, Event::Ended(1, StopReason::Killed)), ["finish 1", "remove 1"]);
}

#[test]
fn a_child_that_is_added_during_a_group_restart_is_started_with_it() {
    let mut plan = up(Strategy::OneForAll, 2);
    assert_eq!(after(&mut plan, Event::Ended(0, StopReason::Killed)), ["halt 1"]);
    assert_eq!(after(&mut plan, Event::Add(2, terms(Restart::Permanent))), [""; 0]);
    assert_eq!(after(&mut plan, Event::Ended(1, StopReason::Shutdown)), ["restart 0"]);
    assert_eq!(after(&mut plan, Event::Started(0)), ["restart 1"]);
    assert_eq!(after(&mut plan, Event::Started(1)), ["start 2"]);
}

#[test]
fn a_member_that_is_stuck_is_left_out_and_comes_back_when_its_thread_does() {
    let mut plan = up(Strategy::OneForAll, 2);
    assert_eq!(after(&mut plan, Event::Ended(0, StopReason::Killed)), ["halt 1"]);
    assert_eq!(after(&mut plan, Event::Stuck(1)), ["restart 0"]);
    assert_eq!(after(&mut plan, Event::Ended(1, StopReason::Killed)), ["restart 1"]);
    assert_eq!(after(&mut plan, Event::Started(0)), [""; 0]);
}

#[test]
fn a_wait_that_is_overtaken_starts_nobody() {
    let mut plan = up(Strategy::OneForOne, 1);
    let patient =
        Terms { backoff: Some(Backoff::constant(Duration::from_secs(1))), ..terms(Restart::Permanent) };
    after(&mut plan, Event::Add(1, patient));
    after(&mut plan, Event::Started(1));
    let actions = plan.decide(Event::Ended(1, StopReason::Killed), Instant::now());
    let Some(Action::Wait(wait, _)) = actions.last() else { panic!("{actions:?}") };
    let wait = *wait;
    after(&mut plan, Event::Terminate(1));
    after(&mut plan, Event::Terminated(1));
    assert_eq!(after(&mut plan, Event::Elapsed(wait)), [""; 0]);
    assert_eq!(after(&mut plan, Event::Revive(1)), ["start 1"]);
}

#[test]
fn a_supervisor_that_is_over_decides_nothing_more() {
    let mut plan = up(Strategy::OneForOne, 1);
    for _ in 0..10 {
        after(&mut plan, Event::Ended(0, StopReason::Killed));
        after(&mut plan, Event::Started(0));
    }
    assert_eq!(after(&mut plan, Event::Ended(0, StopReason::Killed)), ["finish 0", "give up 0"]);
    assert_eq!(after(&mut plan, Event::Add(1, terms(Restart::Permanent))), [""; 0]);
}
