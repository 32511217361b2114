//! The decoder against well-formed, hostile and randomly cut streams.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

type Outcome = (Vec<Vec<Vec<u8>>>, Option<ProtocolError>);

/// Small enough that random input runs into every one of them.
const SMALL: Limits = Limits { arguments: 5, bulk: 40, request: 250, line: 30 };

/// Feeds `pieces` one after another and returns all that came out, checking the bounds all the way.
fn decode(limits: Limits, pieces: &[&[u8]]) -> Outcome {
    let mut decoder = RequestDecoder::new(limits);
    let mut requests = Vec::new();
    for piece in pieces {
        decoder.space().extend_from_slice(piece);
        loop {
            match decoder.decode() {
                Ok(Some(request)) => {
                    requests.push(request.iter().map(|argument| argument.to_vec()).collect())
                }
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.pending(), 0, "a failed decoder holds on to nothing");
                    assert_eq!(decoder.decode(), Err(error), "a failed decoder stays failed");
                    return (requests, Some(error));
                }
            }
        }
        let waiting = limits.line.max(limits.bulk) + 2;
        assert!(decoder.buffer.len() <= waiting, "buffered {} of {waiting}", decoder.buffer.len());
        assert!(decoder.pending() <= waiting + limits.request);
    }
    (requests, None)
}

fn refused(stream: &str) -> ProtocolError {
    decode(Limits::default(), &[stream.as_bytes()]).1.expect("refused")
}

fn encode(request: &[Vec<u8>]) -> Vec<u8> {
    let mut wire = format!("*{}\r\n", request.len()).into_bytes();
    for argument in request {
        wire.extend(format!("${}\r\n", argument.len()).bytes());
        wire.extend(argument);
        wire.extend(b"\r\n");
    }
    wire
}

#[test]
fn pipelined_arrays_and_inline_lines_come_out_in_order() {
    let stream = b"*2\r\n$3\r\nGET\r\n$0\r\n\r\nPING\r\n\r\n*0\r\n*-1\r\nECHO 'a b'\n*1\r\n$4\r\nQUIT\r\n";
    let (requests, error) = decode(Limits::default(), &[stream]);
    assert_eq!(error, None);
    let spelled = requests.iter().map(|r| r.join(&b'|')).collect::<Vec<_>>();
    assert_eq!(spelled, [b"GET|".to_vec(), b"PING".to_vec(), b"ECHO|a b".to_vec(), b"QUIT".to_vec()]);
}

#[test]
fn broken_framing_is_refused_in_the_words_of_redis() {
    for (stream, text) in [
        ("*x\r\n", "invalid multibulk length"),
        ("*1\n", "invalid multibulk length"),
        ("*+1\r\n", "invalid multibulk length"),
        ("*1048577\r\n", "invalid multibulk length"),
        ("*1\r\n$-1\r\n", "invalid bulk length"),
        ("*1\r\n$67108865\r\n", "invalid bulk length"),
        ("*1\r\n$99999999999999999999\r\n", "invalid bulk length"),
        ("*1\r\n:1\r\n", "expected '$', got ':'"),
        ("*1\r\n\u{1}", r"expected '$', got '\x01'"),
        ("*1\r\n$1\r\nabc", "bulk string not followed by a line end"),
        ("GET 'k\r\n", "unbalanced quotes in request"),
    ] {
        assert_eq!(refused(stream).to_string(), text, "{stream:?}");
    }
}

#[test]
fn a_line_without_end_is_refused_in_the_words_of_its_kind() {
    let endless = "0".repeat(Limits::default().line + 2);
    assert_eq!(refused(&endless), ProtocolError::TooBigInline);
    assert_eq!(refused(&format!("*{endless}")), ProtocolError::TooBigMultibulkCount);
    assert_eq!(refused(&format!("*1\r\n${endless}")), ProtocolError::TooBigBulkCount);
}

#[test]
fn declared_lengths_allocate_nothing() {
    let mut decoder = RequestDecoder::new(Limits { bulk: 512 << 20, request: 1 << 30, ..Limits::default() });
    decoder.space().extend_from_slice(b"*1048576\r\n$536870912\r\n");
    assert_eq!(decoder.decode(), Ok(None));
    assert!(decoder.buffer.capacity() <= READ_CHUNK);
    let State::Array(partial) = &decoder.state else { panic!("an array is under way") };
    assert_eq!(partial.arguments.capacity(), ARGUMENTS_AT_FIRST);
}

#[test]
fn a_million_nested_arrays_are_refused_at_the_second() {
    assert_eq!(refused(&"*1\r\n".repeat(1_000_000)), ProtocolError::ExpectedBulk(b'*'));
}

#[test]
fn a_request_of_many_arguments_is_refused_when_its_memory_is_too_much() {
    let limits = Limits { request: 100, ..Limits::default() };
    let empty_arguments = format!("*50\r\n{}", "$0\r\n\r\n".repeat(50));
    let (requests, error) = decode(limits, &[empty_arguments.as_bytes()]);
    assert_eq!((requests.len(), error), (0, Some(ProtocolError::TooBigRequest)));
}

#[test]
fn a_buffer_that_grew_for_one_value_is_given_back() {
    let wire = encode(&[b"ECHO".to_vec(), vec![b'x'; 4 << 20]]);
    let mut decoder = RequestDecoder::new(Limits::default());
    decoder.space().extend_from_slice(&wire);
    decoder.buffer.extend_from_slice(b"PI");
    assert!(decoder.decode().expect("well formed").is_some());
    assert!(decoder.buffer.capacity() <= KEPT_BUFFER, "kept {}", decoder.buffer.capacity());
    decoder.space().extend_from_slice(b"NG\r\n");
    assert_eq!(decoder.decode(), Ok(Some(vec![Bytes::from_static(b"PING")])));
}

#[test]
fn a_megabyte_that_arrives_byte_by_byte_is_searched_once() {
    // Quadratic work would be 10^12 steps here: the test would not come back.
    let wire = encode(&[vec![b'a'; 500_000], vec![b'b'; 500_000]]);
    let pieces: Vec<&[u8]> = wire.chunks(1).collect();
    assert_eq!(decode(Limits::default(), &pieces).0.len(), 1);
}

/// Bytes that look like requests often enough to get deep into the decoder.
fn hostile_bytes() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just(b"\r\n".to_vec()),
        Just(b"*2\r\n".to_vec()),
        Just(b"$3\r\nabc\r\n".to_vec()),
        Just(b"*9223372036854775807\r\n".to_vec()),
        Just(b"$536870912\r\n".to_vec()),
        Just(b"'\"\\x".to_vec()),
        vec(any::<u8>(), 0..40),
        (0_usize..6, 0_usize..50).prop_map(|(count, length)| encode(&vec![vec![b'v'; length]; count])),
    ];
    vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

/// A stream and the places to cut it.
fn cut<S: Strategy<Value = Vec<u8>>>(stream: S) -> impl Strategy<Value = (Vec<u8>, Vec<usize>)> {
    (stream, vec(any::<prop::sample::Index>(), 0..10)).prop_map(|(stream, cuts)| {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        (stream, cuts)
    })
}

fn pieces<'a>(stream: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    cuts.windows(2).map(|ends| &stream[ends[0]..ends[1]]).collect()
}

proptest! {
    #[test]
    fn what_was_encoded_comes_out_wherever_the_stream_is_cut(
        (requests, (stream, cuts)) in vec(vec(vec(any::<u8>(), 0..60), 1..6), 0..8)
            .prop_flat_map(|requests| {
                let stream = requests.iter().flat_map(|request| encode(request)).collect::<Vec<u8>>();
                (Just(requests), cut(Just(stream)))
            })
    ) {
        prop_assert_eq!(decode(Limits::default(), &pieces(&stream, &cuts)), (requests, None));
    }

    #[test]
    fn hostile_bytes_stay_within_the_limits_and_mean_the_same_however_they_are_cut(
        (stream, cuts) in cut(hostile_bytes())
    ) {
        prop_assert_eq!(decode(SMALL, &pieces(&stream, &cuts)), decode(SMALL, &[&stream]));
    }
}
