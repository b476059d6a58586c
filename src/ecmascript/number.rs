//! Numbers as JavaScript writes and reads them, natively.

/// The text of a number as JavaScript's `String(number)` writes it: `1.0` is `1`, `1e21` is `1e+21`, `-0` is `0`.
pub(super) fn to_text(number: f64) -> String {
    ryu_js::Buffer::new().format(number).to_owned()
}

/// The number that a text means to JavaScript's `Number(text)`: blank is 0, what is no number is NaN.
pub(super) fn from_text(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    if text.is_empty() {
        return 0.0;
    }
    for (prefixes, bits) in [(["0x", "0X"], 4), (["0o", "0O"], 3), (["0b", "0B"], 1)] {
        if let Some(digits) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            return from_digits(digits, bits).unwrap_or(f64::NAN);
        }
    }
    match text {
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        // Rust reads `inf` and `nan` too, which JavaScript does not; beyond that both read the same decimals.
        decimal if decimal.bytes().all(is_decimal) => decimal.parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

fn is_decimal(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
}

/// White space and line terminators of ECMA-262: Unicode's, with the byte order mark and without U+0085.
fn is_space(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}

/// The number whose digits of `bits` bits each these are, rounded once, to the nearest and ties to even.
fn from_digits(digits: &str, bits: u32) -> Option<f64> {
    let mut leading: u64 = 0;
    let mut dropped_bits: i32 = 0;
    for digit in digits.chars().map(|digit| digit.to_digit(1 << bits)) {
        let digit = u64::from(digit?);
        if leading < 1 << 59 {
            leading = leading << bits | digit;
        } else {
            // 60 bits are more than a double holds, so what follows only decides a tie: one sticky bit will do.
            leading |= u64::from(digit != 0);
            dropped_bits = dropped_bits.saturating_add_unsigned(bits);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "this is the one rounding")]
    let rounded = leading as f64;
    (!digits.is_empty()).then(|| rounded * 2f64.powi(dropped_bits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        for (number, text) in [
            (1.0, "1"),
            (-0.0, "0"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (31_119_155_883_789.063, "31119155883789.062"),
            (0.5f64.powi(44), "5.684341886080802e-14"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.25e21, "1.25e+21"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.5e-7, "1.5e-7"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(to_text(number), text);
        }
    }

    #[test]
    fn text_is_read_as_javascript_reads_it() {
        for (text, number) in [
            ("", 0.0),
            (" \u{feff}\n", 0.0),
            (" 12.50 ", 12.5),
            ("5.", 5.0),
            (".5", 0.5),
            ("+1e3", 1000.0),
            ("1e400", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("0xFf", 255.0),
            ("0O17", 15.0),
            ("0b101", 5.0),
            ("0x20000000000001", 9_007_199_254_740_992.0),
            ("0x20000000000003", 9_007_199_254_740_996.0),
            ("0x8000000000000400000", 37_778_931_862_957_161_709_568.0),
            ("0x8000000000000400001", 37_778_931_862_957_170_098_176.0),
        ] {
            assert_eq!(from_text(text), number, "{text:?}");
        }
    }

    #[test]
    fn everything_else_is_not_a_number() {
        for text in [
            "a", "1a", "1 2", "1_000", ".", "e5", "1e", "--1", "inf", "nan", "infinity", "0x", "-0x1", "0b2",
            "\u{85}1",
        ] {
            assert!(from_text(text).is_nan(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_same_number(number in any::<f64>()) {
            prop_assert!(from_text(&to_text(number)) == number || number.is_nan());
        }

        #[test]
        fn any_text_can_be_read(text in ".*") {
            _ = from_text(&text);
        }
    }
}
