//! Writes replies in either version of the protocol.

use bytes::{BufMut, BytesMut};

use super::Reply;
use crate::protocol::Protocol;

/// What follows the header of an aggregate.
pub(super) type Elements = std::vec::IntoIter<Reply>;

impl Reply {
    /// Appends this reply to `out`, all of it. Recurses as deep as the reply nests, which our own code
    /// decides and no peer. For replies as long as the data, see [`Outbox`](super::Outbox).
    pub fn encode(self, protocol: Protocol, out: &mut BytesMut) {
        for element in self.encode_head(protocol, out).into_iter().flatten() {
            element.encode(protocol, out);
        }
    }

    /// Appends all of a plain reply, or the header of an aggregate, whose elements are handed back.
    pub(super) fn encode_head(self, protocol: Protocol, out: &mut BytesMut) -> Option<Elements> {
        use Protocol::{Resp2, Resp3};
        match (self, protocol) {
            (Self::Simple(text), _) => line(b'+', text.as_bytes(), out),
            (Self::Error(text), _) => error(&text, out),
            (Self::Integer(number), _) => number_line(b':', number, out),
            (Self::Bulk(bytes), _) => bulk(b'$', b"", &bytes, out),
            (Self::Verbatim(text), Resp2) => bulk(b'$', b"", text.as_bytes(), out),
            (Self::Verbatim(text), Resp3) => bulk(b'=', b"txt:", text.as_bytes(), out),
            (Self::Null, Resp2) => out.put_slice(b"$-1\r\n"),
            (Self::NullArray, Resp2) => out.put_slice(b"*-1\r\n"),
            (Self::Null | Self::NullArray, Resp3) => out.put_slice(b"_\r\n"),
            (Self::Set(items), Resp3) => return Some(header(b'~', items.len(), items, out)),
            (Self::Push(items), Resp3) => return Some(header(b'>', items.len(), items, out)),
            (Self::Map(items), Resp3) => return Some(header(b'%', items.len() / 2, items, out)),
            (Self::Array(items), _) | (Self::Set(items) | Self::Push(items) | Self::Map(items), Resp2) => {
                return Some(header(b'*', items.len(), items, out));
            }
        }
        None
    }
}

fn header(mark: u8, length: usize, items: Vec<Reply>, out: &mut BytesMut) -> Elements {
    number_line(mark, length, out);
    items.into_iter()
}

fn number_line(mark: u8, number: impl itoa::Integer, out: &mut BytesMut) {
    line(mark, itoa::Buffer::new().format(number).as_bytes(), out);
}

/// One reservation for the whole line: these are short and many.
fn line(mark: u8, text: &[u8], out: &mut BytesMut) {
    out.reserve(text.len() + 3);
    out.put_u8(mark);
    out.put_slice(text);
    out.put_slice(b"\r\n");
}

fn bulk(mark: u8, prefix: &[u8], bytes: &[u8], out: &mut BytesMut) {
    let length = prefix.len() + bytes.len();
    number_line(mark, length, out);
    out.reserve(length + 2);
    out.put_slice(prefix);
    out.put_slice(bytes);
    out.put_slice(b"\r\n");
}

/// An error quotes the peer's own words, and a line end among them would begin a reply of the peer's making.
fn error(text: &str, out: &mut BytesMut) {
    out.reserve(text.len() + 3);
    out.put_u8(b'-');
    out.extend(text.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
    out.put_slice(b"\r\n");
}

#[cfg(test)]
pub(super) mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn encoded(reply: Reply, protocol: Protocol) -> String {
        let mut out = BytesMut::new();
        reply.encode(protocol, &mut out);
        String::from_utf8(out.to_vec()).expect("test replies are text")
    }

    fn both(reply: Reply) -> [String; 2] {
        [Protocol::Resp2, Protocol::Resp3].map(|protocol| encoded(reply.clone(), protocol))
    }

    #[test]
    fn the_simple_shapes_are_the_same_in_both_versions() {
        for (reply, wire) in [
            (Reply::OK, "+OK\r\n"),
            (Reply::error("ERR no"), "-ERR no\r\n"),
            (Reply::Integer(-42), ":-42\r\n"),
            (Reply::bulk("a\r\nb"), "$4\r\na\r\nb\r\n"),
            (Reply::bulks([Bytes::from("a"), Bytes::new()]), "*2\r\n$1\r\na\r\n$0\r\n\r\n"),
        ] {
            assert_eq!(both(reply), [wire, wire]);
        }
    }

    #[test]
    fn the_shapes_of_resp3_have_stand_ins_in_resp2() {
        let one = || vec![Reply::Integer(1)];
        for (reply, resp2, resp3) in [
            (Reply::Null, "$-1\r\n", "_\r\n"),
            (Reply::NullArray, "*-1\r\n", "_\r\n"),
            (Reply::Set(one()), "*1\r\n:1\r\n", "~1\r\n:1\r\n"),
            (Reply::Push(one()), "*1\r\n:1\r\n", ">1\r\n:1\r\n"),
            (Reply::map([(Reply::Integer(1), Reply::Null)]), "*2\r\n:1\r\n$-1\r\n", "%1\r\n:1\r\n_\r\n"),
            (Reply::Verbatim("hi".into()), "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"),
        ] {
            assert_eq!(both(reply), [resp2, resp3]);
        }
    }

    #[test]
    fn an_error_that_quotes_a_line_end_stays_one_line() {
        assert_eq!(encoded(Reply::error("ERR 'x\r\n+OK'"), Protocol::Resp2), "-ERR 'x  +OK'\r\n");
    }

    pub(in crate::reply) fn replies() -> impl Strategy<Value = Reply> {
        let leaf = prop_oneof![
            Just(Reply::OK),
            Just(Reply::Null),
            Just(Reply::NullArray),
            any::<i64>().prop_map(Reply::Integer),
            // The decoder takes only what can be hashed for a member, and sets have no other members here.
            proptest::collection::vec(any::<i64>().prop_map(Reply::Integer), 0..5).prop_map(Reply::Set),
            "ERR [a-z\r\n]{0,20}".prop_map(Reply::error),
            ".{0,20}".prop_map(Reply::Verbatim),
            proptest::collection::vec(any::<u8>(), 0..40).prop_map(Reply::bulk),
        ];
        leaf.prop_recursive(3, 30, 5, |inner| {
            let items = || proptest::collection::vec(inner.clone(), 0..5);
            prop_oneof![
                items().prop_map(Reply::Array),
                items().prop_map(Reply::Push),
                items().prop_map(|values| Reply::map((0..).map(Reply::Integer).zip(values))),
            ]
        })
    }

    /// How much of `wire` an independent decoder takes for one value.
    fn taken(protocol: Protocol, wire: &[u8]) -> Option<usize> {
        match protocol {
            Protocol::Resp2 => redis_protocol::resp2::decode::decode(wire).ok()?.map(|(_, taken)| taken),
            Protocol::Resp3 => {
                redis_protocol::resp3::decode::complete::decode(wire).ok()?.map(|(_, taken)| taken)
            }
        }
    }

    proptest! {
        #[test]
        fn an_independent_decoder_reads_each_reply_as_one_whole_value(
            reply in replies(), resp3 in any::<bool>()
        ) {
            let protocol = if resp3 { Protocol::Resp3 } else { Protocol::Resp2 };
            let mut out = BytesMut::new();
            reply.encode(protocol, &mut out);
            prop_assert_eq!(taken(protocol, &out), Some(out.len()));
        }
    }
}
