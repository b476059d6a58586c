//! An id of somebody, with its type: `user_id:u1`, `anonymous_id:a1`.
//!
//! Ids are trimmed and become texts. Words that programs send when they know nobody (`null`, `undefined`, zeros and
//! dashes) would join strangers: they are no ids, and the event counts for its other id only.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What fits into a key of KV behind `user:`.
const MAX_BYTES: usize = 512 - "user:".len();

/// Words for nobody, in whatever case: those of Segment's, PostHog's and Adobe's lists.
const NOBODY: [&str; 17] = [
    "anonymous",
    "guest",
    "distinctid",
    "distinct_id",
    "id",
    "not_authenticated",
    "email",
    "undefined",
    "true",
    "false",
    "nan",
    "none",
    "null",
    "unknown",
    "invalid",
    "[object object]",
    "-1",
];

/// An id with its type, in one text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Alias(String);

impl Alias {
    /// The type of a user's own ids.
    pub const USER: &str = "user_id";
    /// The type of devices.
    pub const DEVICE: &str = "anonymous_id";
    /// Types whose ids stand in members of their own: no trait is one of them.
    pub(crate) const IS_NO_TRAIT: [&str; 2] = [Self::USER, Self::DEVICE];

    /// The anonymous id in a member of an event, if it is somebody's.
    pub(super) fn device(value: &Value) -> Option<Self> {
        Self::new(Self::DEVICE, value)
    }

    /// The id of this type in a member of an event, if it is somebody's.
    #[must_use]
    pub fn new(id_type: &str, value: &Value) -> Option<Self> {
        let id = match value {
            Value::String(id) => id.trim().to_owned(),
            Value::Number(_) | Value::Object(_) => value.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) => return None,
        };
        let is_typed = !id_type.is_empty() && !id_type.contains([':', '\n']);
        let alias = format!("{id_type}:{id}");
        (is_typed && alias.len() <= MAX_BYTES && is_somebody(&id)).then_some(Self(alias))
    }

    /// Whether it is a user's own id, as `userId` is.
    #[must_use]
    pub fn is_user(&self) -> bool {
        self.id_type() == Self::USER
    }

    /// Its type.
    #[must_use]
    pub fn id_type(&self) -> &str {
        self.0.split_once(':').map_or("", |(id_type, _)| id_type)
    }

    /// The id without its type.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, id)| id)
    }

    /// `{id_type}:{id}`
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Alias {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// By its type alone.
impl fmt::Debug for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:***", self.id_type())
    }
}

/// Whom an event is about: a device (or another id that is no user's own), and a user.
pub(super) fn of(event: &Map<String, Value>) -> (Option<Alias>, Option<Alias>) {
    let member = |name| event.get(name);
    let device = member("anonymousId").and_then(Alias::device);
    match member("userId") {
        None => (device, None),
        // A row of a Profiles table: the id, of whatever type, stands in `userId`.
        Some(id) => match profiles_id_type(event) {
            Some(Alias::USER) | None => (device, Alias::new(Alias::USER, id)),
            Some(id_type) => (Alias::new(id_type, id), None),
        },
    }
}

/// How many ids an event names that stand for nobody. What is empty names none.
pub(super) fn nobodies(event: &Map<String, Value>) -> usize {
    let is_named = |id: &&Value| !id.is_null() && id.as_str().is_none_or(|id| !id.trim().is_empty());
    let ids = ["anonymousId", "userId", "previousId"].into_iter().filter_map(|name| event.get(name));
    ids.filter(is_named).filter(|id| Alias::device(id).is_none()).count()
}

fn profiles_id_type(event: &Map<String, Value>) -> Option<&str> {
    if event.get("channel").and_then(Value::as_str) != Some("sources") {
        return None;
    }
    event.get("context")?.get("sources")?.get("profiles_id_type")?.as_str()
}

fn is_somebody(id: &str) -> bool {
    let word = id.trim_matches(['\'', '"']).trim().to_ascii_lowercase();
    !word.chars().all(|letter| letter == '0' || letter == '-') && !NOBODY.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_for_nobody_are_no_ids() {
        for word in [
            "",
            " ",
            "null",
            "NULL",
            "'undefined'",
            "\"None\"",
            "0",
            "00000000-0000-0000-0000-000000000000",
            "-1",
        ] {
            assert_eq!(Alias::device(&json!(word)), None, "{word}");
        }
        for word in ["nullable", "10", "-2", "anonymous-7", "0a"] {
            assert!(Alias::device(&json!(word)).is_some(), "{word}");
        }
    }

    #[test]
    fn numbers_and_objects_become_texts_and_nothing_too_long_is_one() {
        assert_eq!(Alias::new(Alias::USER, &json!(456)).unwrap().as_str(), "user_id:456");
        assert_eq!(Alias::new(Alias::USER, &json!({"id": 456})).unwrap().as_str(), r#"user_id:{"id":456}"#);
        assert_eq!(Alias::new(Alias::USER, &json!("x".repeat(600))), None);
        assert_eq!(format!("{:?}", Alias::new(Alias::USER, &json!("u1")).unwrap()), "user_id:***");
    }
}
