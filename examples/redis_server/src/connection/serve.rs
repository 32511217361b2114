//! The conversation with one peer: read, carry out, write, and again.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

use actor_core::prelude::*;
use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

use super::round::Round;
use super::{Connection, MESSAGES_AT_HAND, REPLIES_IN_FLIGHT, Services};
use crate::protocol::{Limits, RequestDecoder};
use crate::pubsub::Message;
use crate::reply::{Outbox, Reply};
use crate::session::{self, Session, Step};

/// How much is encoded before it is written: some four full segments for each call to the system, and all that a slow
/// reader holds of a reply that is encoded.
const WRITE_CHUNK: usize = 64 * 1024;

/// Everything about one peer.
pub(super) struct Conversation {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    decoder: RequestDecoder,
    session: Session,
    round: Round,
    outbox: Outbox,
    /// Encoded and not written.
    out: BytesMut,
    this: WeakActorRef<Connection>,
    services: Arc<Services>,
}

/// Whether the conversation goes on.
type Flow = io::Result<ControlFlow<()>>;

impl Conversation {
    pub(super) fn new(
        stream: TcpStream,
        session: Session,
        this: WeakActorRef<Connection>,
        services: Arc<Services>,
    ) -> Self {
        let (reader, writer) = stream.into_split();
        Self {
            reader,
            writer,
            decoder: RequestDecoder::new(Limits::default()),
            session,
            round: Round::new(services.shards.map()),
            outbox: Outbox::default(),
            out: BytesMut::new(),
            this,
            services,
        }
    }

    /// Talks until the peer closes, or is to be closed, or the server stops.
    ///
    /// Nothing is read while requests are carried out or replies written. That, and no limit of its own, is what holds
    /// up a peer that sends faster than it reads: the system's buffers fill, and its own writes wait.
    pub(super) async fn hold(
        mut self,
        mut published: mpsc::Receiver<Message>,
        mut stopping: oneshot::Receiver<()>,
    ) -> io::Result<()> {
        let mut messages = Vec::new();
        loop {
            // Each of the three waits loses nothing when another one comes first.
            tokio::select! {
                biased;
                _ = &mut stopping => return Ok(()),
                1.. = published.recv_many(&mut messages, MESSAGES_AT_HAND) => self.pass_on(&mut messages).await?,
                read = self.reader.read_buf(self.decoder.space()) => {
                    if read? == 0 || self.answer().await?.is_break() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Writes what was published. The messages count as unread until then.
    async fn pass_on(&mut self, messages: &mut Vec<Message>) -> io::Result<()> {
        let mut unwritten = Vec::with_capacity(messages.len());
        for Message { channel, subscription, payload, charge } in messages.drain(..) {
            if self.session.listens(&channel, subscription) {
                self.outbox.push(session::message(channel, payload), self.session.protocol());
                unwritten.push(charge);
            }
        }
        self.flush().await
    }

    /// Answers every request that has arrived in full.
    async fn answer(&mut self) -> Flow {
        loop {
            let request = match self.decoder.decode() {
                Ok(Some(request)) => request,
                Ok(None) => {
                    self.settle().await?;
                    return Ok(ControlFlow::Continue(()));
                }
                Err(error) => return self.close_with(error.into()).await,
            };
            let step = self.session.step(request);
            let protocol = self.session.protocol();
            match step {
                Step::Reply(reply) => self.round.reply(reply, protocol),
                Step::Data(command) => {
                    let is_large = command.has_large_reply();
                    if is_large {
                        self.settle().await?;
                    }
                    self.round.command(command, protocol);
                    if is_large {
                        self.settle().await?;
                    }
                }
                Step::Quit(reply) => return self.close_with(reply).await,
                Step::Subscribe { channels, subscription, replies } => {
                    self.carry_out().await;
                    let joined = self.services.channels.join(self.this.clone(), channels, subscription).await;
                    if joined.is_err() {
                        // The session believes that it listens. Nothing to be said to that but to start over.
                        return self.close_with(Reply::error("ERR the channels do not answer")).await;
                    }
                    replies.into_iter().for_each(|reply| self.outbox.push(reply, protocol));
                }
                Step::Unsubscribe { channels, replies } => {
                    self.carry_out().await;
                    if !channels.is_empty() {
                        // If it fails there is nothing to leave: messages that still come are held back by the session.
                        let _ = self.services.channels.leave(self.this.clone(), channels).await;
                    }
                    replies.into_iter().for_each(|reply| self.outbox.push(reply, protocol));
                }
                Step::Publish { channel, message } => {
                    self.carry_out().await;
                    let reply = match self.services.channels.publish(channel, message).await {
                        Ok(receivers) => Reply::count(receivers),
                        Err(error) => Reply::error(format!("ERR the channels do not answer: {error}")),
                    };
                    self.outbox.push(reply, protocol);
                }
                Step::Info(sections) => {
                    self.carry_out().await;
                    let info = self.services.figures.info(&self.services).await;
                    self.outbox.push(info.render(&sections), protocol);
                }
            }
            if self.round.len() + self.outbox.waiting() >= REPLIES_IN_FLIGHT {
                self.settle().await?;
            }
        }
    }

    async fn close_with(&mut self, reply: Reply) -> Flow {
        self.round.reply(reply, self.session.protocol());
        self.settle().await?;
        Ok(ControlFlow::Break(()))
    }

    /// Has the round carried out, and its replies written.
    async fn settle(&mut self) -> io::Result<()> {
        self.carry_out().await;
        self.flush().await
    }

    /// Has the round carried out. What follows it, in this connection or caused by it elsewhere, sees its effects.
    async fn carry_out(&mut self) {
        let batches = self.round.take_batches();
        let asked: Vec<_> = batches.iter().map(|(shard, _)| *shard).collect();
        let answers = self.services.shards.apply(batches).await;
        self.round.finish(&asked, answers, &mut self.outbox);
    }

    async fn flush(&mut self) -> io::Result<()> {
        while !self.outbox.is_empty() {
            self.outbox.fill(&mut self.out, WRITE_CHUNK);
            let has_grown = self.out.len() > 2 * WRITE_CHUNK;
            self.writer.write_all_buf(&mut self.out).await?;
            if has_grown {
                // For one large value, and most connections never see another.
                self.out = BytesMut::new();
            }
        }
        Ok(())
    }
}
