//! The actor that accepts connections and has an actor started for each.

use std::sync::{Arc, Mutex};

use actor_core::prelude::*;
use actor_core::{AdminError, DynamicRef};
use tokio::net::TcpListener;

use crate::connection::{Accepted, Connection, DRAIN, Services};
use crate::vital;

/// How long to wait when a connection cannot be accepted. Out of file descriptors, mostly: it stays true for a while,
/// and asking again at once would take a whole core.
const RETRY: Duration = Duration::from_millis(100);

/// Accepts connections. The socket is bound once for all incarnations, so that a crash turns nobody away: the backlog
/// waits.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) socket: Arc<TcpListener>,
    pub(crate) connections: DynamicRef,
    pub(crate) services: Arc<Services>,
}

#[actor]
impl Listener {
    /// The task ends by a panic, or with the supervisor of the connections. Then the actor's own supervisor starts it
    /// again, or gives up.
    #[on_start]
    fn listen(&mut self, ctx: &mut Context<Self>) {
        let Self { socket, connections, services } = self.clone();
        vital::spawn(ctx, async move {
            loop {
                match socket.accept().await {
                    Ok((stream, peer)) => {
                        let accepted = Accepted {
                            id: services.figures.next_client(),
                            stream,
                            peer,
                            services: services.clone(),
                        };
                        if !welcome(accepted, &connections).await {
                            return;
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept connections");
                        tokio::time::sleep(RETRY).await;
                    }
                }
            }
        });
    }
}

/// Starts the actor of a connection. `false` if there are to be none any more.
async fn welcome(accepted: Accepted, connections: &DynamicRef) -> bool {
    let (id, peer) = (accepted.id, accepted.peer);
    // Replies are written when they are complete; holding them back for more would only add to their latency.
    if let Err(error) = accepted.stream.set_nodelay(true) {
        tracing::debug!(client = id, %peer, %error, "connection lost");
        return true;
    }
    // A factory may be called again, but a Temporary child is made once.
    let connection = Mutex::new(Some(Connection::new(accepted)));
    let take = move || {
        connection.lock().ok().and_then(|mut slot| slot.take()).ok_or("a connection cannot begin anew")
    };
    let child =
        Child::new(format!("client-{id}"), take).restart(Restart::Temporary).shutdown(Shutdown::After(DRAIN));
    match connections.start_child(child).await {
        Ok(_) => true,
        Err(AdminError::Closed) => false,
        Err(error) => {
            tracing::debug!(client = id, %peer, %error, "connection ended as it began");
            true
        }
    }
}
