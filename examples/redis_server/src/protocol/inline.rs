//! Splits an inline request into arguments, with the quoting that `redis-cli` and `telnet` users rely on.

use bytes::{BufMut, Bytes, BytesMut};

use super::ProtocolError;

/// The arguments of one line, without its line end. No arguments if the line is blank.
///
/// Arguments part at blanks. Within double quotes `\n \r \t \b \a` and `\xHH` stand for their bytes and a
/// backslash takes any other byte as it is; within single quotes only `\'` is special. A closing quote must
/// end its argument.
pub(super) fn split(line: &[u8]) -> Result<Vec<Bytes>, ProtocolError> {
    let mut arguments = Vec::new();
    let mut rest = line.trim_ascii_start();
    while !rest.is_empty() {
        let mut argument = BytesMut::new();
        rest = take_argument(rest, &mut argument)?.trim_ascii_start();
        arguments.push(argument.freeze());
    }
    Ok(arguments)
}

/// Moves one argument into `argument` and returns what follows it.
fn take_argument<'a>(mut rest: &'a [u8], argument: &mut BytesMut) -> Result<&'a [u8], ProtocolError> {
    while let [byte, tail @ ..] = rest {
        rest = match byte {
            b'"' => return closed(take_double_quoted(tail, argument)?),
            b'\'' => return closed(take_single_quoted(tail, argument)?),
            byte if byte.is_ascii_whitespace() => break,
            byte => {
                argument.put_u8(*byte);
                tail
            }
        };
    }
    Ok(rest)
}

/// `"a"b` is refused rather than read as one argument or two: either guess surprises somebody.
fn closed(rest: &[u8]) -> Result<&[u8], ProtocolError> {
    match rest.first() {
        Some(byte) if !byte.is_ascii_whitespace() => Err(ProtocolError::UnbalancedQuotes),
        _ => Ok(rest),
    }
}

fn take_double_quoted<'a>(mut rest: &'a [u8], argument: &mut BytesMut) -> Result<&'a [u8], ProtocolError> {
    loop {
        let (byte, tail) = match rest {
            [b'"', tail @ ..] => return Ok(tail),
            [b'\\', b'x', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (hex(*high) << 4 | hex(*low), tail)
            }
            [b'\\', escaped, tail @ ..] => (unescape(*escaped), tail),
            [byte, tail @ ..] => (*byte, tail),
            [] => return Err(ProtocolError::UnbalancedQuotes),
        };
        argument.put_u8(byte);
        rest = tail;
    }
}

fn take_single_quoted<'a>(mut rest: &'a [u8], argument: &mut BytesMut) -> Result<&'a [u8], ProtocolError> {
    loop {
        let (byte, tail) = match rest {
            [b'\'', tail @ ..] => return Ok(tail),
            [b'\\', b'\'', tail @ ..] => (b'\'', tail),
            [byte, tail @ ..] => (*byte, tail),
            [] => return Err(ProtocolError::UnbalancedQuotes),
        };
        argument.put_u8(byte);
        rest = tail;
    }
}

fn unescape(byte: u8) -> u8 {
    match byte {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'a' => 0x07,
        other => other,
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit.to_ascii_lowercase() - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Result<Vec<Vec<u8>>, ProtocolError> {
        Ok(split(line.as_bytes())?.into_iter().map(Vec::from).collect())
    }

    #[test]
    fn arguments_part_at_any_run_of_blanks() {
        assert_eq!(arguments("  SET\t k  v "), Ok(vec![b"SET".to_vec(), b"k".to_vec(), b"v".to_vec()]));
        assert_eq!(arguments(" \t "), Ok(vec![]));
    }

    #[test]
    fn quotes_hold_blanks_and_the_empty_argument() {
        assert_eq!(arguments(r#"a "b c" 'd e' """#).map(|a| a.len()), Ok(4));
    }

    #[test]
    fn double_quotes_know_escapes_and_single_quotes_do_not() {
        assert_eq!(arguments(r#""\x41\n\"\z\xZZ""#), Ok(vec![b"A\n\"zxZZ".to_vec()]));
        assert_eq!(arguments(r"'\x41\n\'q'"), Ok(vec![br"\x41\n'q".to_vec()]));
    }

    #[test]
    fn an_open_quote_or_text_behind_a_closing_one_is_unbalanced() {
        for line in [r#"a "b"#, "a 'b", r#""a"b"#, "'a'b", r#"""""#, r#""a\"#] {
            assert_eq!(arguments(line), Err(ProtocolError::UnbalancedQuotes), "{line}");
        }
    }
}
