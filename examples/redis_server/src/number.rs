//! Reads integers by Redis's rule, which is stricter than `str::parse`.
//!
//! Lengths on the wire, arguments and stored counters all go through this one rule: an optional `-`, no `+`,
//! no leading zero, no blank, within `i64`. `str::parse` would take `+1` and `007`, so that `INCR` would work
//! on strings that Redis refuses and change what they look like.

/// The integer that `text` spells in its one canonical form, or `None`.
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        [b'1'..=b'9', ..] => {}
        _ => return None,
    }
    // Counts downwards, since the negative half of i64 is the larger one.
    let below_zero = digits.iter().try_fold(0_i64, |total, byte| match byte {
        b'0'..=b'9' => total.checked_mul(10)?.checked_sub(i64::from(byte - b'0')),
        _ => None,
    })?;
    if negative { Some(below_zero) } else { below_zero.checked_neg() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_range_of_i64_is_read() {
        for number in [0, 1, -1, 9, 10, -10, i64::MAX, i64::MIN] {
            assert_eq!(integer(number.to_string().as_bytes()), Some(number));
        }
    }

    #[test]
    fn a_number_one_past_either_end_is_refused() {
        assert_eq!(integer(b"9223372036854775808"), None);
        assert_eq!(integer(b"-9223372036854775809"), None);
        assert_eq!(integer(b"100000000000000000000000"), None);
    }

    #[test]
    fn spellings_that_redis_refuses_are_refused() {
        for text in ["", "-", "+1", "01", "-0", "-01", " 1", "1 ", "1.0", "0x1", "١"] {
            assert_eq!(integer(text.as_bytes()), None, "{text:?}");
        }
    }
}
