//! Contract, section 7: watches, and `Down` exactly once.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;

use crate::kit::{Diary, Worker, kind};

#[actor_core::test(paused)]
async fn a_watch_gives_exactly_one_down_with_the_reason(system: TestSystem) {
    let mut probe = system.probe::<Down>();
    let worker = system.build(Worker::default()).name("w").spawn().unwrap();
    probe.watch(&worker).await;
    probe.watch(&worker).await;
    worker.crash().await.unwrap_err();
    let down = probe.recv().await;
    assert_eq!((down.id, down.path.as_str(), kind(&down.reason)), (worker.id(), "/w", "panicked"));
    system.settle().await;
    assert!(probe.try_recv().is_none());
}

#[actor_core::test(paused)]
async fn watching_one_that_has_ended_gives_down_at_once(system: TestSystem) {
    let mut probe = system.probe::<Down>();
    let worker = system.spawn(Worker::default());
    worker.stop();
    worker.stopped().await;
    probe.watch(&worker).await;
    assert_eq!(kind(&probe.recv().await.reason), "normal");
}

#[actor_core::test(paused)]
async fn a_restart_gives_no_down(system: TestSystem) {
    let mut probe = system.probe::<Down>();
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .child(Child::new("w", move || Worker::new("w", &diary)))
        .start(&system)
        .await
        .unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    probe.watch(&worker).await;
    worker.crash().await.unwrap_err();
    worker.seen().await.unwrap();
    assert!(probe.try_recv().is_none());
    tree.terminate_child("w").await.unwrap();
    assert_eq!(kind(&probe.recv().await.reason), "shutdown");
}

#[actor_core::test(paused)]
async fn no_down_is_handled_after_unwatch_not_even_one_that_is_queued(system: TestSystem) {
    struct Watcher {
        target: ActorRef<Worker>,
        out: Recipient<&'static str>,
    }
    #[actor]
    impl Watcher {
        #[on_start]
        fn begin(&mut self, ctx: &mut Context<Self>) {
            ctx.watch(&self.target);
        }

        #[handler]
        async fn stop_and_unwatch(&mut self, ctx: &mut Context<Self>) {
            self.target.stop();
            self.target.stopped().await;
            // The notice is in the mailbox by now.
            ctx.unwatch(&self.target);
        }
    }
    impl Handler<Down> for Watcher {
        type Reply = ();
        async fn handle(&mut self, _: Down, _ctx: &mut Context<Self>) {
            self.out.tell("down").await.unwrap();
        }
    }
    let mut probe = system.probe();
    let watcher = system.spawn(Watcher { target: system.spawn(Worker::default()), out: probe.recipient() });
    watcher.stop_and_unwatch().await.unwrap();
    system.settle().await;
    assert!(probe.try_recv().is_none());
}

#[actor_core::test(paused)]
async fn the_name_is_free_when_down_arrives(system: TestSystem) {
    struct Heir(Recipient<bool>);
    impl Actor for Heir {}
    impl Handler<Down> for Heir {
        type Reply = ();
        async fn handle(&mut self, down: Down, ctx: &mut Context<Self>) {
            let free = ctx.system().lookup::<Worker>(down.path.name()).is_err();
            self.0.tell(free).await.unwrap();
        }
    }
    struct Watch(ActorRef<Worker>);
    impl Handler<Watch> for Heir {
        type Reply = ();
        async fn handle(&mut self, Watch(worker): Watch, ctx: &mut Context<Self>) {
            ctx.watch(&worker);
        }
    }
    let mut probe = system.probe();
    let worker = system.build(Worker::default()).name("w").spawn().unwrap();
    let heir = system.spawn(Heir(probe.recipient()));
    heir.ask(Watch(worker.clone())).await.unwrap();
    worker.kill();
    assert!(probe.recv().await);
}

#[actor_core::test(paused)]
async fn down_comes_after_everything_that_the_dead_actor_had_sent(system: TestSystem) {
    struct Listener(Vec<String>);
    struct Line(&'static str);
    struct Listen(ActorRef<Talker>);
    struct Heard;
    impl Actor for Listener {}
    impl Handler<Line> for Listener {
        type Reply = ();
        async fn handle(&mut self, Line(line): Line, _ctx: &mut Context<Self>) {
            self.0.push(line.to_owned());
        }
    }
    impl Handler<Down> for Listener {
        type Reply = ();
        async fn handle(&mut self, down: Down, _ctx: &mut Context<Self>) {
            self.0.push(kind(&down.reason).to_owned());
        }
    }
    impl Handler<Listen> for Listener {
        type Reply = ();
        async fn handle(&mut self, Listen(talker): Listen, ctx: &mut Context<Self>) {
            ctx.watch(&talker);
        }
    }
    impl Handler<Heard> for Listener {
        type Reply = Vec<String>;
        async fn handle(&mut self, _: Heard, _ctx: &mut Context<Self>) -> Vec<String> {
            self.0.clone()
        }
    }
    struct Talker(ActorRef<Listener>);
    #[actor]
    impl Talker {
        #[handler]
        async fn talk(&mut self) {
            self.0.tell(Line("one")).await.unwrap();
            self.0.tell(Line("two")).await.unwrap();
            panic!("on purpose");
        }
    }
    let listener = system.spawn(Listener(Vec::new()));
    let talker = system.spawn(Talker(listener.clone()));
    listener.ask(Listen(talker.clone())).await.unwrap();
    talker.talk().await.unwrap_err();
    talker.stopped().await;
    assert_eq!(listener.ask(Heard).await.unwrap(), ["one", "two", "panicked"]);
}

#[actor_core::test(paused)]
async fn a_watch_goes_with_the_incarnation_that_holds_it(system: TestSystem) {
    struct Watcher {
        target: ActorRef<Worker>,
        out: Recipient<&'static str>,
    }
    struct Watch;
    struct Crash;
    impl Actor for Watcher {}
    impl Handler<Watch> for Watcher {
        type Reply = ();
        async fn handle(&mut self, _: Watch, ctx: &mut Context<Self>) {
            ctx.watch(&self.target);
        }
    }
    impl Handler<Crash> for Watcher {
        type Reply = ();
        async fn handle(&mut self, _: Crash, _ctx: &mut Context<Self>) {
            panic!("on purpose");
        }
    }
    impl Handler<Down> for Watcher {
        type Reply = ();
        async fn handle(&mut self, _: Down, _ctx: &mut Context<Self>) {
            self.out.tell("down").await.unwrap();
        }
    }
    let mut probe = system.probe();
    let target = system.spawn(Worker::default());
    let (watched, out) = (target.clone(), probe.recipient());
    let child = Child::new("watcher", move || Watcher { target: watched.clone(), out: out.clone() });
    let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
    let watcher: ActorRef<Watcher> = tree.child("watcher").unwrap();
    watcher.ask(Watch).await.unwrap();
    watcher.ask(Crash).await.unwrap_err();
    system.settle().await;
    target.stop();
    target.stopped().await;
    system.settle().await;
    assert!(probe.try_recv().is_none());
}
