//! smoke
use actor_core::prelude::*;
use actor_core::testing::{Setup, TestSystem, run};

struct Counter(u64);
impl Actor for Counter {}
struct Add(u64);
struct Boom;
impl Handler<Add> for Counter {
    type Reply = u64;
    async fn handle(&mut self, Add(n): Add, _: &mut Context<Self>) -> u64 { self.0 += n; self.0 }
}
impl Handler<Boom> for Counter {
    type Reply = ();
    async fn handle(&mut self, _: Boom, _: &mut Context<Self>) { panic!("boom") }
}

#[test]
fn t1() {
    run(Setup::new("t1").paused(), |system: TestSystem| async move {
        let c = system.spawn(Counter(0));
        c.tell(Add(1)).await.unwrap();
        assert_eq!(c.ask(Add(2)).await.unwrap(), 3);
        let w = c.downgrade();
        drop(c);
        w.stopped().await;
        println!("{:#?}", system.trace());
        let tree = Supervisor::one_for_one().name("tree").child(Child::new("c", || Counter(0))).start(&system).await.unwrap();
        let c: ActorRef<Counter> = tree.child("c").unwrap();
        c.tell(Add(5)).await.unwrap();
        let e = c.ask(Boom).await.unwrap_err();
        println!("{e} {e:?}");
        assert_eq!(c.ask(Add(2)).await.unwrap(), 2);
        println!("{}", system.tree());
        c.stop();
        system.settle().await;
        println!("{}", system.tree());
        c.kill();
        system.settle().await;
        c.tell(Boom).await.unwrap();
        system.settle().await;
        println!("{:#?}", system.trace());
        println!("{}", system.shutdown().await);
    });
}
