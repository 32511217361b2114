//! One client: an actor that owns the connection, and its task that talks.
//!
//! ```text
//!   socket ──► task: decode ► session ► shards, channels ► encode ──► socket
//!                ▲ messages                        │ ended
//!   channels ──► actor ◄── stop, kill, Down        ▼
//! ```
//!
//! # Why a task beside the actor
//!
//! An actor handles one message at a time, and a connection waits for two things at once: what its peer says and what
//! is published. So the reading, and the writing that follows from it, are a task of the incarnation
//! ([`Context::spawn`]), which ends with it; the actor is what everybody else knows: it is supervised, watched,
//! stopped and killed, and published messages reach it as mail. Two other ways were thought through:
//!
//! - A handler that loops over the socket would leave the mailbox unread for as long as the connection lasts.
//! - A task that only reads, and sends what it has read to its own actor to carry out, costs another way through a
//!   mailbox for each pipeline; and a stop would drop the requests which wait there, read and unanswered.
//!
//! # Guarantees
//!
//! - **Order**: replies in the order of the requests, messages in the order of publishing, between two rounds.
//! - **Slow readers**: while the peer does not read, nothing more of it is read or carried out. What it holds
//!   meanwhile is bounded: one request under way ([`Limits`](crate::protocol::Limits)), [`REPLIES_IN_FLIGHT`] replies,
//!   of those that may be as long as the data a single one, and the messages of
//!   [`pubsub`](crate::pubsub), past whose limits it is killed. Nobody waits for it.
//! - **Stop**: what has been read is answered and written, within [`DRAIN`]; then the connection closes.
//! - **End**: when the peer closes, breaks the protocol or says QUIT, the task ends and the actor with it.

mod round;
mod serve;

use std::net::SocketAddr;
use std::sync::Arc;

use actor_core::prelude::*;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

use crate::pubsub::{Channels, Message, UNREAD_MESSAGES};
use crate::server::Figures;
use crate::session::Session;
use crate::shards::Shards;
use crate::vital;
use serve::Conversation;

/// How many requests are carried out before their replies are written. Deeper pipelines take several rounds; the limit
/// bounds what the replies hold while the peer does not read them.
pub const REPLIES_IN_FLIGHT: usize = 128;

/// How long a connection may take to finish when the server stops. A peer that reads is done in a moment; one that does
/// not must not hold up the end.
pub const DRAIN: Duration = Duration::from_secs(2);

/// How many messages wait between the actor and its task. A few, so that a burst is written at once; the rest waits in
/// the mailbox.
const MESSAGES_AT_HAND: usize = 64;

/// What a connection needs of the rest of the server.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) shards: Shards,
    pub(crate) channels: ActorRef<Channels>,
    pub(crate) figures: Figures,
}

/// The actor of one connection.
#[derive(Debug)]
pub struct Connection {
    /// `None` once the task has it.
    accepted: Option<Accepted>,
    talk: Option<Talk>,
}

/// A connection that nobody talks to yet.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) id: u64,
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) services: Arc<Services>,
}

/// The actor's ends of what it shares with its task.
#[derive(Debug)]
struct Talk {
    messages: mpsc::Sender<Message>,
    /// Dropped to have the task finish.
    go_on: oneshot::Sender<()>,
    /// Closed when it has.
    finished: oneshot::Receiver<()>,
}

impl Connection {
    pub(crate) fn new(accepted: Accepted) -> Self {
        Self { accepted: Some(accepted), talk: None }
    }
}

#[actor(mailbox = Mailbox::bounded(UNREAD_MESSAGES))]
impl Connection {
    #[on_start]
    fn open(&mut self, ctx: &mut Context<Self>) {
        let Some(Accepted { id, stream, peer, services }) = self.accepted.take() else { return };
        let (messages, published) = mpsc::channel(MESSAGES_AT_HAND);
        let (go_on, stopping) = oneshot::channel();
        let (finishing, finished) = oneshot::channel();
        let conversation = Conversation::new(stream, Session::new(id, peer), ctx.this(), services);
        vital::spawn(ctx, async move {
            let _finishing = finishing;
            if let Err(error) = conversation.hold(published, stopping).await {
                // The peer is gone. Whose fault that is nobody can tell, and it happens all the time.
                tracing::debug!(client = id, %peer, %error, "connection lost");
            }
        });
        self.talk = Some(Talk { messages, go_on, finished });
    }

    /// Hands a message to the task. Waits while that one waits for its peer, and so fills the mailbox, which is what
    /// the channels go by.
    #[handler]
    pub(crate) async fn deliver(&mut self, message: Message, ctx: &mut Context<Self>) {
        let Some(talk) = &self.talk else { return };
        if let Err(mpsc::error::TrySendError::Full(message)) = talk.messages.try_send(message) {
            tokio::select! {
                // Fails if the task has ended, and the actor is about to.
                _ = talk.messages.send(message) => {}
                // Else a stop would find this handler waiting for a peer that does not read.
                () = ctx.stopping() => {}
            }
        }
    }

    /// Lets the task finish what it has in hand.
    #[on_stop]
    async fn close(&mut self) {
        if let Some(Talk { messages, go_on, finished }) = self.talk.take() {
            drop((go_on, messages));
            // Comes to an error always: the other end is dropped, never used.
            let _ = finished.await;
        }
    }
}
