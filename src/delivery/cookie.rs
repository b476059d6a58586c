//! Cookies that carry decisions to the page's own scripts: their values, and when they are written.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Became, Decided, Effects, SetCookie, Written};
use crate::decision::{Decision, Feature};
use crate::document::mistake::{Mistakes, Place};
use crate::document::reader::Object;
use crate::document::{duration, json};
use crate::ecmascript;
use crate::identity::{anonymous_id, ticket};
use crate::request::is_token;

/// Browsers keep no cookie longer (RFC 6265bis, 5.5).
const MAX_COOKIE_AGE_S: u64 = 400 * 24 * 60 * 60;
/// Browsers keep no cookie whose name and value have more bytes (RFC 6265bis, 5.7).
const MAX_BYTES: usize = 4096;

/// A cookie that carries a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionCookie {
    /// The key of the feature whose value it carries.
    pub feature: String,
    /// Its name.
    pub name: String,
    /// How long a browser keeps it, in seconds.
    pub max_age_s: u64,
}

impl DecisionCookie {
    /// Reads the member `cookie` of a delivery of `feature`, which stands at `place`.
    pub fn compile(value: &Value, place: Place<'_>, feature: &str, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::read(value, place, mistakes)?;
        let name = object.text("name", mistakes);
        let name = object.require("name", name, mistakes);
        let max_age = object.text("maxAge", mistakes);
        let max_age = object.require("maxAge", max_age, mistakes);
        object.finish(mistakes);
        if let Some(wrong) = name.and_then(wrong_cookie_name) {
            mistakes.note(place.member("name"), wrong);
        }
        let max_age_s =
            max_age.map(|text| duration::seconds(text).filter(|s| (60..=MAX_COOKIE_AGE_S).contains(s)));
        if max_age_s == Some(None) {
            mistakes.note(
                place.member("maxAge"),
                "must be a duration from `60s` to `400d`, such as `12h` or `1d`",
            );
        }
        Some(Self { feature: feature.to_owned(), name: name?.to_owned(), max_age_s: max_age_s?? })
    }

    /// How many bytes its name and value have when `feature` is what it can be at most; a mistake at `place` for each value
    /// that no browser would keep: the page's scripts would go on reading the one before.
    pub fn largest(&self, feature: &Feature, place: Place<'_>, mistakes: &mut Mistakes) -> usize {
        let mut largest = 0;
        for (value, reason) in feature.values() {
            let bytes = self.name.len() + text(value).map_or(0, |text| text.len());
            if bytes > MAX_BYTES {
                mistakes.note(
                    place,
                    format!(
                        "is too large for a cookie where {reason}: `{}` and the value have {bytes} bytes, and browsers keep \
                         {MAX_BYTES}",
                        self.name
                    ),
                );
            } else {
                largest = largest.max(bytes);
            }
        }
        largest
    }

    /// Its part of the plan; `brought` is the value that the browser has.
    pub fn deliver(
        &self,
        decision: Decision,
        brought: Option<&str>,
        written: &mut Written,
        effects: &mut Effects,
    ) -> Decided {
        let set_cookie = self.update(&decision.value, brought, written.age_s(&self.name));
        let became = match &set_cookie {
            None => Became::Unchanged,
            Some(SetCookie::Written { value, .. }) => Became::Written(value.clone()),
            Some(SetCookie::Removed { .. }) => Became::Removed,
        };
        if set_cookie.is_some() {
            written.at_s.insert(self.name.clone(), written.now_s.into());
        }
        effects.set_cookies.extend(set_cookie);
        Decided { feature: self.feature.clone(), decision, carrier: self.name.clone(), became }
    }

    /// The header that brings the browser's cookie from `current` to `value`, if it needs one: when
    /// the value changes, or when less than a quarter of its life is left. When it was last written is
    /// known from the ticket only; a cookie of unknown age is left alone, as it will be absent, and so
    /// written, on the first page after its end.
    #[must_use]
    pub fn update(&self, value: &Value, current: Option<&str>, age_s: Option<u64>) -> Option<SetCookie> {
        let value = text(value);
        let nears_its_end = age_s.is_some_and(|age_s| age_s > self.max_age_s - self.max_age_s / 4);
        let unchanged = value.as_deref() == current && !(value.is_some() && nears_its_end);
        let name = self.name.clone();
        if unchanged {
            return None;
        }
        Some(match value {
            Some(value) => SetCookie::Written { name, value, max_age_s: self.max_age_s, http_only: false },
            None => SetCookie::Removed { name },
        })
    }
}

/// A name that a cookie can have, and not one that others rely on.
fn wrong_cookie_name(name: &str) -> Option<&'static str> {
    if !is_token(name) {
        Some("must be of letters, digits and !#$%&'*+-.^_`|~")
    } else if name.starts_with("rl_") || name == anonymous_id::COOKIE {
        Some("starts with `rl_` as RudderStack's own cookies do, and would harm them")
    } else if name == ticket::COOKIE {
        Some("is the name of Pintle's own ticket")
    } else {
        None
    }
}

/// A decision's value as a cookie holds it, encoded as `encodeURIComponent` does; null is no cookie.
fn text(value: &Value) -> Option<String> {
    const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'!')
        .remove(b'~')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')');
    let plain = match value {
        Value::Null => return None,
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => ecmascript::text_of(value.as_f64()?),
        Value::String(value) => value.clone(),
        Value::Array(_) | Value::Object(_) => json::text(value),
    };
    Some(utf8_percent_encode(&plain, UNRESERVED).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DAY_S: u64 = 86_400;

    fn update(value: Value, current: Option<&str>, age_s: Option<u64>) -> Option<String> {
        let cookie = DecisionCookie { feature: "f".to_owned(), name: "c".to_owned(), max_age_s: DAY_S };
        cookie.update(&value, current, age_s).map(|cookie| cookie.to_string())
    }

    #[test]
    fn a_cookie_is_written_when_its_value_changes() {
        let written = Some("c=true; SameSite=Lax; Secure; Path=/; Max-Age=86400".to_owned());
        assert_eq!(update(json!(true), None, None), written);
        assert_eq!(update(json!(true), Some("false"), Some(5)), written);
        assert_eq!(update(json!(true), Some("true"), Some(5)), None);
        assert_eq!(update(json!(true), Some("true"), None), None);
    }

    #[test]
    fn a_cookie_is_written_again_when_it_nears_its_end() {
        assert_eq!(update(json!(true), Some("true"), Some(DAY_S * 3 / 4)), None);
        assert!(update(json!(true), Some("true"), Some(DAY_S * 3 / 4 + 1)).is_some());
    }

    #[test]
    fn null_takes_the_cookie_away() {
        let removal = Some("c=; SameSite=Lax; Secure; Path=/; Max-Age=0".to_owned());
        assert_eq!(update(Value::Null, Some("true"), None), removal);
        assert_eq!(update(Value::Null, None, Some(DAY_S)), None);
    }

    #[test]
    fn values_can_break_out_of_nothing() {
        for (value, expected) in [
            (json!("a; Domain=evil\r\nX: y"), "a%3B%20Domain%3Devil%0D%0AX%3A%20y"),
            (json!("Größe,\"1\""), "Gr%C3%B6%C3%9Fe%2C%221%22"),
            (json!(1.0), "1"),
            (json!({ "a": [1] }), "%7B%22a%22%3A%5B1%5D%7D"),
        ] {
            assert_eq!(text(&value).as_deref(), Some(expected));
        }
    }
}
