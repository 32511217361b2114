//! Who a connection says it is.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::protocol::Protocol;
use crate::reply::Reply;

/// What `CLIENT INFO` tells. Its texts are copied, since a slice of a request would keep the read buffer
/// alive.
#[derive(Debug)]
pub(super) struct Identity {
    id: u64,
    peer: SocketAddr,
    name: Bytes,
    library_name: Bytes,
    library_version: Bytes,
}

impl Identity {
    pub(super) fn new(id: u64, peer: SocketAddr) -> Self {
        Self { id, peer, name: Bytes::new(), library_name: Bytes::new(), library_version: Bytes::new() }
    }

    /// As a reply. Past `i64::MAX` connections ids would repeat; that many cannot have been opened.
    pub(super) fn id(&self) -> Reply {
        Reply::Integer(i64::try_from(self.id).unwrap_or(i64::MAX))
    }

    /// `None` if none was set, or the empty one, which takes a name away.
    pub(super) fn name(&self) -> Option<Bytes> {
        Some(self.name.clone()).filter(|name| !name.is_empty())
    }

    pub(super) fn set_name(&mut self, name: &[u8]) -> Reply {
        self.name = Bytes::copy_from_slice(name);
        Reply::OK
    }

    pub(super) fn set_library_name(&mut self, name: &[u8]) -> Reply {
        self.library_name = Bytes::copy_from_slice(name);
        Reply::OK
    }

    pub(super) fn set_library_version(&mut self, version: &[u8]) -> Reply {
        self.library_version = Bytes::copy_from_slice(version);
        Reply::OK
    }

    /// One line of fields, as `CLIENT INFO` gives it. All texts are printable ASCII: the parser has seen to
    /// it.
    pub(super) fn describe(&self, protocol: Protocol, subscriptions: usize) -> String {
        let text = String::from_utf8_lossy;
        let protocol = match protocol {
            Protocol::Resp2 => 2,
            Protocol::Resp3 => 3,
        };
        format!(
            "id={} addr={} name={} sub={subscriptions} resp={protocol} lib-name={} lib-ver={}\n",
            self.id,
            self.peer,
            text(&self.name),
            text(&self.library_name),
            text(&self.library_version),
        )
    }
}
