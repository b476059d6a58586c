//! What the page's own server is told on the same request: the decisions, in a header.
//!
//! With ticket keys the header is sealed, and whatever somebody else wrote there does not open. Without, it is plain
//! JSON, and as safe as the shell that removes it from every request that comes from outside.

use serde_json::Value;

use super::{Decided, values};
use crate::document::json;
use crate::seal::key_ring::KeyRing;
use crate::seal::{Label, Nonce};

/// The name of the request header.
pub const HEADER: &str = "x-pintle-decisions";

const LABEL: Label<'static> = Label { purpose: "pintle decisions", name: HEADER };

/// The header's value; `None` when nothing was decided.
#[must_use]
pub fn header(
    decisions: &[Decided],
    keys: Option<&KeyRing>,
    nonce: impl FnOnce() -> Nonce,
) -> Option<String> {
    if decisions.is_empty() {
        return None;
    }
    let text = json::text(&values(decisions).into());
    match keys {
        Some(keys) => LABEL.seal(&text, keys, nonce()),
        None => Some(ascii(&text)),
    }
}

/// The JSON text in the value of a header that came with a request; `None` when it is not ours.
#[must_use]
pub fn open(value: &str, keys: Option<&KeyRing>) -> Option<String> {
    match keys {
        Some(keys) => LABEL.open(value, keys).ok(),
        None => {
            serde_json::from_str(value).is_ok_and(|json: Value| json.is_object()).then(|| value.to_owned())
        }
    }
}

/// JSON text as a header can carry it: what is not ASCII can only stand in strings, where it can be escaped.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decision::{Decision, Reason};
    use crate::delivery::Became;

    fn decided(value: Value) -> [Decided; 1] {
        let decision = Decision { value, reason: Reason::DefaultValue, skipped: Vec::new() };
        let (feature, carrier) = ("plan".to_owned(), "plan".to_owned());
        [Decided { feature, decision, carrier, became: Became::Unchanged }]
    }

    fn ring(key: char) -> KeyRing {
        KeyRing::parse(&key.to_string().repeat(64)).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_and_what_others_wrote_does_not() {
        let value = header(&decided(json!("Größe 🎉")), Some(&ring('a')), || [7; 12]).unwrap();
        assert_eq!(open(&value, Some(&ring('a'))).as_deref(), Some(r#"{"plan":"Größe 🎉"}"#));
        assert_eq!(open(&value, Some(&ring('b'))), None);
        assert_eq!(open(r#"{"plan":"free"}"#, Some(&ring('a'))), None);
    }

    #[test]
    fn without_keys_it_is_json_in_ascii() {
        let value = header(&decided(json!("Größe 🎉")), None, || [7; 12]).unwrap();
        assert_eq!(value, r#"{"plan":"Gr\u00f6\u00dfe \ud83c\udf89"}"#);
        let read: Value = serde_json::from_str(&open(&value, None).unwrap()).unwrap();
        assert_eq!(read, json!({ "plan": "Größe 🎉" }));
        assert_eq!(open("{", None), None);
        assert_eq!(open("[1]", None), None);
    }

    #[test]
    fn nothing_decided_is_no_header() {
        assert_eq!(header(&[], None, || [7; 12]), None);
    }
}
