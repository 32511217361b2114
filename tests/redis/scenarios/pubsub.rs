//! Publish and subscribe.

use actor_core::testing::TestSystem;
use futures_util::StreamExt;
use redis::{AsyncTypedCommands, RedisResult};
use redis_server::pubsub::Channels;

use crate::wire::{Wire, client, serve, settings, until, within};

#[actor_core::test(workers = 2)]
async fn subscribers_hear_everything_in_order(system: TestSystem) -> RedisResult<()> {
    let server = serve(&system, &settings(2, None)).await;
    let mut subscribers = Vec::new();
    for _ in 0..10 {
        let client = redis::Client::open(format!("redis://{}", server.local_addr()))?;
        let mut subscriber = client.get_async_pubsub().await?;
        subscriber.subscribe("news").await?;
        subscribers.push(subscriber);
    }
    let mut publisher = client(&server).await;
    for n in 0..200 {
        assert_eq!(publisher.publish("news", n).await?, 10);
    }
    assert_eq!(publisher.publish("olds", 0).await?, 0);
    for subscriber in &mut subscribers {
        let messages = within("messages", subscriber.on_message().take(200).collect::<Vec<_>>()).await;
        let heard: Vec<i64> =
            messages.iter().map(|message| message.get_payload()).collect::<Result<_, _>>()?;
        assert_eq!(heard, Vec::from_iter(0..200));
    }
    Ok(())
}

#[actor_core::test(workers = 2)]
async fn who_unsubscribes_or_leaves_hears_no_more(system: TestSystem) {
    let server = serve(&system, &settings(2, None)).await;
    let (mut one, mut two) = (Wire::open(&server).await, Wire::open(&server).await);
    let mut publisher = Wire::open(&server).await;
    one.send("SUBSCRIBE a b\r\n").await;
    assert_eq!((&*one.reply().await, &*one.reply().await), ("*[subscribe a :1]", "*[subscribe b :2]"));
    assert_eq!(two.ask("SUBSCRIBE a").await, "*[subscribe a :1]");
    assert_eq!(publisher.ask("PUBLISH a 1").await, ":2");
    assert_eq!((&*one.reply().await, &*two.reply().await), ("*[message a 1]", "*[message a 1]"));
    assert_eq!(one.ask("GET k").await.split(':').next(), Some("-ERR Can't execute 'get'"));
    assert_eq!(one.ask("UNSUBSCRIBE a").await, "*[unsubscribe a :1]");
    assert_eq!(publisher.ask("PUBLISH a 2").await, ":1");
    assert_eq!(publisher.ask("PUBLISH b 3").await, ":1");
    assert_eq!(one.reply().await, "*[message b 3]", "and not the 2");
    // One says goodbye, the other one is just gone. Nobody publishes, and still both are forgotten.
    assert_eq!(one.ask("QUIT").await, "+OK");
    drop(two);
    until(&mut publisher, "INFO stats", |info| info.contains("pubsub_channels:0\r\n")).await;
    assert_eq!(publisher.ask("PUBLISH a x").await, ":0");
}

#[actor_core::test(workers = 2)]
async fn what_is_under_way_when_a_channel_is_left_does_not_arrive_any_more(system: TestSystem) {
    // The last of them may find that its connection is gone.
    system.allow_dead_letters();
    let server = serve(&system, &settings(2, None)).await;
    let mut wire = Wire::open(&server).await;
    wire.ask("HELLO 3").await;
    for _ in 0..20 {
        assert_eq!(wire.ask("SUBSCRIBE news").await, ">[subscribe news :1]");
        // To itself, while it is busy with what stands behind.
        wire.send("PUBLISH news hi\r\nUNSUBSCRIBE news\r\nPING\r\n").await;
        assert_eq!((&*wire.reply().await, &*wire.reply().await), (":1", ">[unsubscribe news :0]"));
        assert_eq!(wire.reply().await, "+PONG");
    }
}

#[actor_core::test(workers = 2)]
async fn a_crash_of_the_channels_closes_the_subscribed_connections_and_no_others(system: TestSystem) {
    let server = serve(&system, &settings(2, None)).await;
    let (mut subscriber, mut other) = (Wire::open(&server).await, Wire::open(&server).await);
    assert_eq!(subscriber.ask("SUBSCRIBE news").await, "*[subscribe news :1]");
    system.lookup::<Channels>("channels").expect("the channels").kill();
    assert_eq!(subscriber.rest().await, b"");
    let mut again = Wire::open(&server).await;
    assert_eq!(again.ask("SUBSCRIBE news").await, "*[subscribe news :1]");
    assert_eq!(other.ask("PUBLISH news hi").await, ":1");
    assert_eq!(again.reply().await, "*[message news hi]");
}
