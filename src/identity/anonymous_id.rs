//! The anonymous id: who a visitor is to RudderStack.
//!
//! It is a bearer secret that nobody can guess, and so the only id that may be looked up from a cookie.

use std::fmt;

use serde_json::Value;

use super::rudder_cookie::{self, Unreadable};
use crate::ecmascript;

/// The cookie that holds the anonymous id.
pub const COOKIE: &str = "rl_anonymous_id";
/// The longest id, in bytes.
pub const MAX_BYTES: usize = 256;

/// An anonymous id: 1 to [`MAX_BYTES`] bytes without control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct AnonymousId(String);

/// Why a cookie names no visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAnId {
    /// The cookie's value could not be read.
    Unreadable(Unreadable),
    /// It holds JSON that is neither text nor a number.
    NotText,
    /// The text is empty.
    Empty,
    /// The text is longer than [`MAX_BYTES`].
    TooLong,
    /// The text holds control characters.
    ControlCharacters,
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "{COOKIE} cannot be read: {why}"),
            Self::NotText => write!(f, "{COOKIE} holds neither text nor a number"),
            Self::Empty => write!(f, "{COOKIE} holds an empty id"),
            Self::TooLong => write!(f, "{COOKIE} holds an id longer than {MAX_BYTES} bytes"),
            Self::ControlCharacters => write!(f, "{COOKIE} holds an id with control characters"),
        }
    }
}

impl AnonymousId {
    /// The id in the value of the cookie [`COOKIE`], as it stands in a `Cookie` header.
    pub fn from_cookie(raw: &str) -> Result<Self, NotAnId> {
        match rudder_cookie::read(raw).map_err(NotAnId::Unreadable)? {
            Value::String(text) => Self::new(text),
            Value::Number(numeric) => {
                Self::new(ecmascript::text_of(numeric.as_f64().ok_or(NotAnId::NotText)?))
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err(NotAnId::NotText),
        }
    }

    /// The id `text`, if it can be one.
    pub fn new(text: String) -> Result<Self, NotAnId> {
        if text.is_empty() {
            Err(NotAnId::Empty)
        } else if text.len() > MAX_BYTES {
            Err(NotAnId::TooLong)
        } else if text.chars().any(char::is_control) {
            Err(NotAnId::ControlCharacters)
        } else {
            Ok(Self(text))
        }
    }

    /// The id itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Enough of the id to recognise it by, too little to use it.
    #[must_use]
    pub fn short(&self) -> String {
        let start: String = self.0.chars().take(8).collect();
        if start.len() < self.0.len() { format!("{start}…") } else { start }
    }
}

/// Never the id itself: it would end in a log.
impl fmt::Debug for AnonymousId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnonymousId(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_text_or_a_number_and_nothing_else() {
        assert_eq!(
            AnonymousId::from_cookie("%22a-b%22").map(|id| id.as_str().to_owned()),
            Ok("a-b".to_owned())
        );
        assert_eq!(AnonymousId::from_cookie("12.50").map(|id| id.as_str().to_owned()), Ok("12.5".to_owned()));
        for other in ["null", "true", "[1]", "{}"] {
            assert_eq!(AnonymousId::from_cookie(other), Err(NotAnId::NotText), "{other}");
        }
    }

    #[test]
    fn an_id_has_1_to_256_bytes_without_control_characters() {
        assert!(AnonymousId::new("x".repeat(256)).is_ok());
        assert_eq!(AnonymousId::new("x".repeat(257)), Err(NotAnId::TooLong));
        assert_eq!(AnonymousId::new(String::new()), Err(NotAnId::Empty));
        assert_eq!(AnonymousId::new("a\nb".to_owned()), Err(NotAnId::ControlCharacters));
        assert_eq!(AnonymousId::new("a\u{85}b".to_owned()), Err(NotAnId::ControlCharacters));
    }

    #[test]
    fn an_id_does_not_show_itself_in_a_log() -> Result<(), NotAnId> {
        let id = AnonymousId::new("2c5b6d48-ea90".to_owned())?;
        assert_eq!(format!("{id:?}"), "AnonymousId(***)");
        assert_eq!(id.short(), "2c5b6d48…");
        Ok(())
    }
}
