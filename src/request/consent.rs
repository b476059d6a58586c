//! Visitors who do not want to be known: Global Privacy Control, and a consent cookie that says no.
//!
//! For them no profile is looked up and no cookie is set; they get the page as it is. A cookie's value is compared in
//! every way in which a library may have written it: encoded, quoted, as JSON. Whoever refused is heard.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::cookies::cookies;
use super::{Request, is_token};
use crate::document::mistake::{Mistakes, Place};
use crate::document::reader::{Object, array};

/// How often a value is decoded: once for each layer that a library and the page around it may have added, such as
/// JSON in quotes in percent-encoding.
const LAYERS: usize = 3;

/// The cookie in which the site keeps a visitor's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The cookie's name.
    pub cookie: String,
    /// The values that mean no.
    denied: Vec<Answer>,
}

/// What a cookie's value may say: every reading of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    /// The value as it came, first, and decoded.
    texts: Vec<String>,
    /// Those of the texts that are JSON: neither white space nor escapes count in it.
    json: Vec<Value>,
}

/// Whether the browser asks, on behalf of its user, not to be profiled (`Sec-GPC: 1`, W3C Global
/// Privacy Control).
pub fn global_privacy_control(request: &impl Request) -> bool {
    request.header("sec-gpc").is_some_and(|value| value.trim() == "1")
}

impl Consent {
    /// Reads the section `consent` of `personalization.json`, which stands at `place`.
    pub fn compile(value: &Value, place: Place<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::read(value, place, mistakes)?;
        let cookie = object.text("cookie", mistakes);
        let cookie = object.require("cookie", cookie, mistakes);
        let denied = object.take("denied");
        let denied = object.require("denied", denied, mistakes);
        object.finish(mistakes);
        if cookie.is_some_and(|name| !is_token(name)) {
            mistakes.note(place.member("cookie"), "must be of letters, digits and !#$%&'*+-.^_`|~");
        }
        let denied = denied.map(|denied| answers(denied, place.member("denied"), mistakes));
        Some(Self { cookie: cookie?.to_owned(), denied: denied? })
    }

    /// Whether the visitor said no. One who was not asked yet did not. Of several cookies of the name, such as an old
    /// one of a path and a new one of the site, one that says no is enough.
    #[must_use]
    pub fn is_denied(&self, cookie_header: &str) -> bool {
        cookies(cookie_header, &self.cookie).any(|value| {
            let answer = Answer::read(value);
            self.denied.iter().any(|no| no.meets(&answer))
        })
    }
}

/// The list `denied`, which stands at `list`. A value that no cookie can ever have would let everybody be looked up who
/// refused, and nobody would see it.
fn answers(denied: &Value, list: Place<'_>, mistakes: &mut Mistakes) -> Vec<Answer> {
    let texts = array(denied, list, mistakes);
    if denied.as_array().is_some_and(Vec::is_empty) {
        mistakes.note(list, "must name at least one value that means no");
    }
    let answers = texts.iter().enumerate().filter_map(|(index, value)| {
        let place = list.element(index);
        let Some(text) = value.as_str() else {
            mistakes.note(place, "must be the text that the cookie holds for no");
            return None;
        };
        if text.is_empty() {
            mistakes.note(place, "must not be empty: an empty cookie is no answer");
        } else if text.chars().any(char::is_control) {
            mistakes.note(place, "must have no control characters, which no cookie holds");
        } else if let Some(first) = texts.iter().take(index).position(|earlier| earlier == value) {
            mistakes.note(place, format!("is the same as {}", list.element(first)));
        }
        Some(Answer::read(text))
    });
    answers.collect()
}

impl Answer {
    fn read(raw: &str) -> Self {
        let mut texts = vec![raw.to_owned()];
        for _ in 0..LAYERS {
            let decoded: Vec<_> = texts.iter().flat_map(|text| decoded(text)).collect();
            for text in decoded {
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
        }
        let json = texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
        Self { texts, json }
    }

    fn meets(&self, other: &Self) -> bool {
        self.texts.iter().any(|text| other.texts.contains(text))
            || self.json.iter().any(|value| other.json.contains(value))
    }
}

/// What `text` says one layer deeper. A layer that is broken, such as `100%`, says nothing; the text itself remains.
fn decoded(text: &str) -> impl Iterator<Item = String> {
    // A form's encoding, as PHP writes it, has `+` for a space; `encodeURIComponent` has not.
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned);
    // Express writes `j:` before JSON.
    let json = text.strip_prefix("j:").map(str::to_owned);
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let layers = [
        decoded(text),
        decoded(&text.replace('+', " ")),
        json,
        quoted.map(str::to_owned),
        quoted.map(unescaped),
    ];
    layers.into_iter().flatten()
}

/// The inside of quotes as Python's `http.cookies` writes it: `\"` is a quote, `\054` a comma.
fn unescaped(quoted: &str) -> String {
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted.as_bytes();
    loop {
        rest = match rest {
            [] => return String::from_utf8_lossy(&bytes).into_owned(),
            [b'\\', high @ b'0'..=b'3', middle @ b'0'..=b'7', low @ b'0'..=b'7', rest @ ..] => {
                bytes.push((high - b'0') << 6 | (middle - b'0') << 3 | (low - b'0'));
                rest
            }
            [b'\\', byte, rest @ ..] | [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn compile(value: &Value) -> (Option<Consent>, Vec<String>) {
        let mut mistakes = Mistakes::default();
        let place = Place::Root.member("consent");
        let consent = Consent::compile(value, place, &mut mistakes);
        (consent, mistakes.iter().map(ToString::to_string).collect())
    }

    fn denies(no: &str, cookie: &str) -> bool {
        let (consent, mistakes) = compile(&json!({"cookie": "c", "denied": ["never", no]}));
        assert_eq!(mistakes, Vec::<String>::new(), "{no}");
        consent.unwrap().is_denied(&format!("theme=dark; c={cookie}; lang=en"))
    }

    #[test]
    fn a_refusal_is_heard_however_a_library_wrote_it() {
        for (no, cookie, writer) in [
            ("no", "no", "by hand"),
            ("no", "\"no\"", "RFC 6265, quoted"),
            ("\"no\"", "no", "configured with the quotes"),
            ("no thanks", "no%20thanks", "encodeURIComponent, js-cookie"),
            ("no thanks", "no+thanks", "PHP"),
            ("no thanks", "\"no thanks\"", "Python"),
            ("no thanks", "%22no%20thanks%22", "JSON.stringify and encodeURIComponent"),
            ("no thanks", "no%2520thanks", "encoded twice"),
            ("no%20thanks", "no thanks", "configured as it is seen in a browser"),
            ("a+b", "a+b", "as it is"),
            ("nein, möglichst nicht", "nein%2C%20m%C3%B6glichst%20nicht", "encodeURIComponent"),
            (r#"{"marketing":false}"#, "{%22marketing%22:false}", "js-cookie"),
            (r#"{"marketing":false}"#, "%7B%22marketing%22%3Afalse%7D", "encodeURIComponent"),
            (r#"{"marketing":false}"#, "%7B%22marketing%22%3A%20false%7d", "with white space"),
            (r#"{"marketing":false}"#, "{\"marketing\":false}", "by hand"),
            (r#"{"marketing":false}"#, r#""{\"marketing\": false}""#, "Python"),
            (r#"{"marketing":false}"#, "j%3A%7B%22marketing%22%3Afalse%7D", "Express"),
            (r#"{"b":[1,"é"],"a":false}"#, r#""{\"a\": false\054 \"b\": [1\054 \"\\u00e9\"]}""#, "Django"),
            (
                r#"{ "ads": false, "stats": false }"#,
                "{%22stats%22:false%2C%22ads%22:false}",
                "in another order",
            ),
            ("%7B%22marketing%22%3Afalse%7D", "{%22marketing%22:false}", "configured encoded"),
        ] {
            assert!(denies(no, cookie), "{no} {cookie}: {writer}");
        }
    }

    #[test]
    fn who_did_not_refuse_is_not_taken_for_somebody_who_did() {
        for (no, cookie) in [
            ("no", ""),
            ("no", "yes"),
            ("no", "no thanks"),
            ("no", "No"),
            ("no", "%6eope"),
            ("false", "{\"marketing\":false}"),
            (r#"{"marketing":false}"#, "{%22marketing%22:true}"),
            (r#"{"marketing":false}"#, "{%22marketing%22:false%2C%22stats%22:true}"),
            (r#"{"marketing":false}"#, "{%22marketing%22:%22false%22}"),
        ] {
            assert!(!denies(no, cookie), "{no} {cookie}");
        }
    }

    #[test]
    fn broken_encoding_never_lets_a_refusal_be_missed() {
        for no in ["100%", "%", "%zz", "no%2", "no%ff", "\"", "\"no", "no\"", "\\", "j:", "{\"a\":", "%C3%28"]
        {
            assert!(denies(no, no), "{no}");
        }
        assert!(denies("100%", "100%25"));
    }

    #[test]
    fn one_refusal_among_several_cookies_of_the_name_is_enough() {
        let consent = compile(&json!({"cookie": "c", "denied": ["no"]})).0.unwrap();
        for header in ["c=no; c=yes", "c=yes; c=no", "c=yes; d=x; c=%6Eo"] {
            assert!(consent.is_denied(header), "{header}");
        }
        assert!(!consent.is_denied("c=yes; xc=no; cx=no"));
    }

    #[test]
    fn settings_by_which_nobody_could_ever_refuse_are_mistakes() {
        for (consent, told) in [
            (json!({"cookie": "c", "denied": []}), "$.consent.denied: must name at least one value"),
            (json!({"cookie": "c", "denied": "no"}), "$.consent.denied: must be an array"),
            (json!({"cookie": "c", "denied": ["no", ""]}), "$.consent.denied[1]: must not be empty"),
            (
                json!({"cookie": "c", "denied": ["n\no"]}),
                "$.consent.denied[0]: must have no control characters",
            ),
            (json!({"cookie": "c", "denied": ["no", 0]}), "$.consent.denied[1]: must be the text"),
            (
                json!({"cookie": "c", "denied": ["no", "0", "no"]}),
                "$.consent.denied[2]: is the same as $.consent.denied[0]",
            ),
            (json!({"cookie": "a b", "denied": ["no"]}), "$.consent.cookie: must be of letters"),
            (json!({"cookie": "c=", "denied": ["no"]}), "$.consent.cookie: must be of letters"),
            (json!({"cookie": "zustimmungsfähig", "denied": ["no"]}), "$.consent.cookie: must be of letters"),
        ] {
            let (_, mistakes) = compile(&consent);
            assert_eq!(mistakes.len(), 1, "{consent} {mistakes:?}");
            assert!(mistakes[0].starts_with(told), "{consent} {mistakes:?}");
        }
    }

    proptest! {
        #[test]
        fn a_value_that_is_what_was_configured_always_refuses(no in "[!-:<-~]{1,24}", other in "[ -~]{0,24}") {
            prop_assert!(denies(&no, &no));
            _ = denies(&no, &other);
        }
    }
}
