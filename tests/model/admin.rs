//! Administration: what the calls answer, and what the listings say.

use std::sync::Arc;
use std::time::Duration;

use actor_core::{
    AdminError, AutoShutdown, Backoff, Child, ChildCount, ChildInfo, ChildStatus, DynamicRef, Supervisor,
    SupervisorRef,
};

use crate::drive::{Shared, Worker, child};
use crate::model::{Answer, Auto, Call, Phase, Spec, State, Strategy, Worker as Manner};

pub(crate) fn supervisor(strategy: Strategy, auto: Auto) -> Supervisor {
    let supervisor = match strategy {
        Strategy::OneForOne => Supervisor::one_for_one(),
        Strategy::OneForAll => Supervisor::one_for_all(),
        Strategy::RestForOne => Supervisor::rest_for_one(),
        Strategy::Dynamic => unreachable!("built as a `DynamicSupervisor`"),
    };
    supervisor.auto_shutdown(match auto {
        Auto::Never => AutoShutdown::Never,
        Auto::Any => AutoShutdown::Any,
        Auto::All => AutoShutdown::All,
    })
}

pub(crate) fn dress(mut child: Child<Worker>, manner: &Manner) -> Child<Worker> {
    let ms = Duration::from_millis;
    if manner.significant {
        child = child.significant();
    }
    match manner.backoff {
        Some(backoff) => child
            .backoff(Backoff::exponential(ms(backoff.first), ms(backoff.cap)).reset_after(ms(backoff.reset))),
        None => child,
    }
}

fn answer<T>(outcome: Result<T, AdminError>) -> Answer {
    match outcome {
        Ok(_) => Answer::Ok,
        Err(AdminError::DuplicateName { .. }) => Answer::Duplicate,
        Err(AdminError::Unknown { .. }) => Answer::Unknown,
        Err(AdminError::Running { .. }) => Answer::Running,
        Err(AdminError::Restarting { .. }) => Answer::Restarting,
        Err(AdminError::NotStarted { .. }) => Answer::NotStarted,
        Err(AdminError::Closed) => Answer::Closed,
        Err(other) => panic!("an answer that the model does not know: {other}"),
    }
}

pub(crate) fn call_dynamic(
    to: Option<DynamicRef>,
    call: Call,
    n: usize,
    tree: &[Spec],
    shared: &Arc<Shared>,
) {
    let Some(to) = to else { return };
    let (tree, shared) = (tree.to_vec(), shared.clone());
    tokio::spawn(async move {
        let answer = match call {
            Call::Start => answer(to.start_child(child(&tree, n, &shared)).await),
            Call::Terminate => answer(to.terminate_child(&tree[n].name).await),
            Call::Restart | Call::Delete => unreachable!("no calls of a dynamic supervisor"),
        };
        shared.answers.lock().unwrap().push((n, call, answer));
    });
}

pub(crate) fn call(to: Option<SupervisorRef>, call: Call, n: usize, tree: &[Spec], shared: &Arc<Shared>) {
    let Some(to) = to else { return };
    let (tree, shared) = (tree.to_vec(), shared.clone());
    tokio::spawn(async move {
        let name = &tree[n].name;
        let answer = match call {
            Call::Start => answer(to.start_child(child(&tree, n, &shared)).await),
            Call::Terminate => answer(to.terminate_child(name).await),
            Call::Restart => answer(to.restart_child(name).await),
            Call::Delete => answer(to.delete_child(name).await),
        };
        shared.answers.lock().unwrap().push((n, call, answer));
    });
}

pub(crate) type Listed =
    tokio::task::JoinHandle<(Result<Vec<ChildInfo>, AdminError>, Result<ChildCount, AdminError>)>;

pub(crate) fn ask(to: SupervisorRef) -> Listed {
    tokio::spawn(async move { (to.children().await, to.count().await) })
}

/// What `children()` and `count()` get wrong.
pub(crate) async fn listing(asked: Listed, expected: &[(&str, &State)]) -> Option<String> {
    if !asked.is_finished() {
        return Some("it does not answer".to_owned());
    }
    let (Ok(children), Ok(count)) = asked.await.ok()? else { return Some("it is closed".to_owned()) };
    let status = |state: &State, status| match state.phase {
        Phase::Up => status == ChildStatus::Running || state.halt && status == ChildStatus::Restarting,
        Phase::Starting if state.halt => matches!(status, ChildStatus::Starting | ChildStatus::Restarting),
        // Somebody still waits for its first start, whatever came between.
        Phase::Starting if state.restarting && state.call.is_none() => status == ChildStatus::Restarting,
        Phase::Starting => status == ChildStatus::Starting,
        Phase::Waiting if state.call == Some(Call::Restart) => status != ChildStatus::Running,
        Phase::Waiting if state.call.is_some() && !state.restarting => status == ChildStatus::Starting,
        Phase::Waiting => status == ChildStatus::Restarting,
        // The supervisor hears of an end when it is over; a member of a group is restarting and stopping.
        Phase::Stopping => status != ChildStatus::Stopped,
        Phase::Ended if state.revive => matches!(status, ChildStatus::Stopped | ChildStatus::Restarting),
        Phase::Ended | Phase::Absent => status == ChildStatus::Stopped,
    };
    let same = children.len() == expected.len()
        && count.specs == expected.len()
        && children.iter().zip(expected).all(|(child, (name, state))| {
            let is_there = child.id.is_some() == (state.phase != Phase::Ended && !state.fresh);
            *child.name == **name && status(state, child.status) && is_there
        });
    let steady = |(_, state): &&(&str, &State)| matches!(state.phase, Phase::Up | Phase::Ended);
    let active = expected.iter().filter(|(_, state)| state.phase == Phase::Up).count();
    let counted = expected.iter().filter(steady).count() < expected.len() || count.active == active;
    if same && counted {
        return None;
    }
    let expected: Vec<_> =
        expected.iter().map(|(name, state)| (name, state.phase, state.restarting)).collect();
    Some(format!("expected {expected:?}\n    seen     {children:?} {count:?}"))
}
