//! Why a question is not answered, with the status and the body that say so.

use std::fmt;

use super::{Answer, MAX_BODY_BYTES, wire};

/// The body of a 401.
pub(super) const UNAUTHORIZED: &str = r#"{"error":"Unauthorized request. Please check your access token"}"#;
/// The body of a 404.
pub(super) const INVALID_DESTINATION: &str =
    r#"{"error":"Invalid Destination. Please verify you are passing the right destination ID"}"#;

/// Why a question is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// 405: the path answers these methods only.
    Method(&'static str),
    /// 401: the bearer token is missing, or another.
    Unauthorized,
    /// 400: the body has more than [`MAX_BODY_BYTES`].
    TooLarge,
    /// 400: what is wrong with the body.
    NotAQuestion(String),
    /// 400: a `DELETE` without an id.
    NoId,
    /// 404: the destination is not the one that is answered for.
    OtherDestination,
    /// 500: the switch that the question came through was turned off, or never on.
    NotSetUp,
    /// 500: KV failed; what was to be done, and its own words.
    Kv(&'static str, String),
    /// 500: a person's object failed; its own words.
    People(String),
}

/// The body of a `DELETE`'s 400, as RudderStack documents it.
const NO_ID: &str = r#"{"message":"id should have at least one item"}"#;

impl Refusal {
    /// The answer that says it.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let (status, body) = match self {
            Self::Method(_) => (405, self.error()),
            Self::Unauthorized => (401, UNAUTHORIZED.to_owned()),
            Self::TooLarge | Self::NotAQuestion(_) => (400, self.error()),
            Self::NoId => (400, NO_ID.to_owned()),
            Self::OtherDestination => (404, INVALID_DESTINATION.to_owned()),
            Self::NotSetUp | Self::Kv(..) | Self::People(_) => (500, self.error()),
        };
        let allow = if let Self::Method(allow) = self { Some(*allow) } else { None };
        Answer { status, body, allow }
    }

    fn error(&self) -> String {
        wire::text(&wire::Error { error: &self.to_string() })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(allow) => write!(f, "only {allow} is answered here"),
            Self::Unauthorized => f.write_str("the access token is missing or another"),
            Self::TooLarge => {
                write!(f, "the body is not a question: it is too large, {MAX_BODY_BYTES} bytes are read")
            }
            Self::NotAQuestion(why) => write!(f, "the body is not a question: {why}"),
            Self::NoId => f.write_str("the body names no id"),
            Self::OtherDestination => f.write_str("the destination is another"),
            Self::NotSetUp => f.write_str("ACTIVATION_TOKEN is not set"),
            Self::Kv(what, why) => {
                write!(f, "could not {what} in the KV namespace that is bound as PROFILES: {why}")
            }
            Self::People(why) => write!(f, "could not forget a person; ask for it again: {why}"),
        }
    }
}
