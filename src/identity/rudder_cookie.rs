//! The value of an `rl_*` cookie, as RudderStack's JavaScript SDKs write it, read back into JSON.
//!
//! v3 is `RS_ENC_v3_` + base64 of JSON: no cipher, whatever it is called. Older SDKs wrote the
//! `legacy` cipher. SDKs of different versions on one site wrap each other's values, so layers are
//! peeled as the SDK's storage migrator does, within bounds that keep hostile values cheap. What is
//! read here is *unauthenticated*: anybody can write such a cookie.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::legacy;

/// The largest value that is read, in bytes: a browser keeps no larger cookie.
pub const MAX_BYTES: usize = 4096;
/// How many layers one value may be wrapped in.
pub const MAX_LAYERS: usize = 8;

const V3_PREFIX: &str = "RS_ENC_v3_";
const LEGACY_PREFIX: &str = "RudderEncrypt:";

/// Why a cookie's value could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Nothing stands there.
    Empty,
    /// It is longer than [`MAX_BYTES`].
    TooLong,
    /// Its percent-encoding is broken, or is not UTF-8.
    PercentEncoding,
    /// It is wrapped in more than [`MAX_LAYERS`] layers.
    TooManyLayers,
    /// Its legacy layer has no salt, is cut short or does not decrypt.
    Legacy,
    /// What was unwrapped is not JSON.
    NotJson,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::TooLong => write!(f, "it is longer than {MAX_BYTES} bytes"),
            Self::PercentEncoding => f.write_str("its percent-encoding is broken"),
            Self::TooManyLayers => write!(f, "it is wrapped in more than {MAX_LAYERS} layers"),
            Self::Legacy => f.write_str("its legacy layer does not decrypt"),
            Self::NotJson => f.write_str("it does not hold JSON"),
        }
    }
}

/// Reads the value of an `rl_*` cookie as it stands in a `Cookie` header.
pub fn read(raw: &str) -> Result<Value, Unreadable> {
    if raw.is_empty() {
        return Err(Unreadable::Empty);
    }
    if raw.len() > MAX_BYTES {
        return Err(Unreadable::TooLong);
    }
    let text = percent_decoded(raw)?;
    let Some(mut peeled) = peel(&text)? else { return parse(&text) };
    let mut layers = peeled.layers;
    while layers <= MAX_LAYERS {
        let Value::String(inner) = parse(&peeled.text)? else { return parse(&peeled.text) };
        match peel(&inner)? {
            None => return Ok(Value::String(inner)),
            Some(next) => {
                layers += next.layers;
                peeled = next;
            }
        }
    }
    Err(Unreadable::TooManyLayers)
}

struct Peeled {
    text: String,
    layers: usize,
}

/// Takes the outermost encryption off, if there is one. A legacy layer may hold a v3 text with no
/// JSON in between; both go in one step.
fn peel(text: &str) -> Result<Option<Peeled>, Unreadable> {
    if let Some(sealed) = text.strip_prefix(LEGACY_PREFIX) {
        let opened = legacy::open(&lenient_base64(sealed)).ok_or(Unreadable::Legacy)?;
        return Ok(Some(match opened.strip_prefix(V3_PREFIX) {
            Some(encoded) => Peeled { text: v3_text(encoded), layers: 2 },
            None => Peeled { text: opened, layers: 1 },
        }));
    }
    Ok(text.strip_prefix(V3_PREFIX).map(|encoded| Peeled { text: v3_text(encoded), layers: 1 }))
}

fn parse(text: &str) -> Result<Value, Unreadable> {
    serde_json::from_str(text).map_err(|_| Unreadable::NotJson)
}

/// Undoes `encodeURIComponent`. `+` stays `+`: the SDKs never write it for a blank.
fn percent_decoded(raw: &str) -> Result<Cow<'_, str>, Unreadable> {
    let well_formed = raw.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes();
        let mut is_hex = || digits.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        is_hex() && is_hex()
    });
    if !well_formed {
        return Err(Unreadable::PercentEncoding);
    }
    percent_decode_str(raw).decode_utf8().map_err(|_| Unreadable::PercentEncoding)
}

/// A v3 layer's text. Bytes that are not UTF-8 are replaced and a byte-order mark is dropped, as the
/// `TextDecoder` of the SDK does.
fn v3_text(encoded: &str) -> String {
    let bytes = lenient_base64(encoded);
    let text = String::from_utf8_lossy(&bytes);
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

/// Base64 as Node's `Buffer` reads it: either alphabet, padding or none, strangers skipped, and
/// nothing after the first `=`.
fn lenient_base64(text: &str) -> Vec<u8> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let mut digits: Vec<u8> = text
        .bytes()
        .take_while(|&byte| byte != b'=')
        .filter_map(|byte| match byte {
            b'-' => Some(b'+'),
            b'_' => Some(b'/'),
            b'+' | b'/' => Some(byte),
            _ => byte.is_ascii_alphanumeric().then_some(byte),
        })
        .collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    LENIENT.decode(digits).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    /// `text` wrapped as v3 `layers` times.
    fn wrapped(text: &str, layers: usize) -> String {
        (0..layers).fold(text.to_owned(), |inner, _| {
            format!("{V3_PREFIX}{}", BASE64_STANDARD.encode(Value::String(inner).to_string()))
        })
    }

    #[test]
    fn eight_layers_are_peeled_and_nine_are_refused() {
        assert_eq!(read(&wrapped("id", MAX_LAYERS)), Ok(Value::String("id".to_owned())));
        assert_eq!(read(&wrapped("id", MAX_LAYERS + 1)), Err(Unreadable::TooManyLayers));
    }

    #[test]
    fn a_value_above_four_kibibytes_is_refused_unread() {
        let long = format!("\"{}\"", "x".repeat(MAX_BYTES - 2));
        assert!(read(&long).is_ok());
        assert_eq!(read(&format!("{long} ")), Err(Unreadable::TooLong));
    }

    #[test]
    fn json_nested_thousands_deep_is_refused_without_a_stack_overflow() {
        assert_eq!(read(&"[".repeat(MAX_BYTES)), Err(Unreadable::NotJson));
    }

    #[test]
    fn each_way_of_being_broken_has_its_own_reason() {
        assert_eq!(read(""), Err(Unreadable::Empty));
        assert_eq!(read("%"), Err(Unreadable::PercentEncoding));
        assert_eq!(read("%C3"), Err(Unreadable::PercentEncoding));
        assert_eq!(read("RudderEncrypt:AAAA"), Err(Unreadable::Legacy));
        assert_eq!(read("bare"), Err(Unreadable::NotJson));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(raw in ".{0,300}") {
            let _ = read(&raw);
            let _ = read(&format!("{V3_PREFIX}{raw}"));
            let _ = read(&format!("{LEGACY_PREFIX}{raw}"));
        }

        #[test]
        fn what_is_wrapped_is_read_back(text in "\\PC{1,40}", layers in 1..5usize) {
            proptest::prop_assume!(!text.starts_with("RS_ENC") && !text.starts_with("Rudder"));
            proptest::prop_assert_eq!(read(&wrapped(&text, layers)), Ok(Value::String(text)));
        }
    }
}
