//! Why a request is not taken, with the status and the text that say so, as RudderStack's gateway has them.

use std::fmt;

use super::{Answer, MAX_EVENT_BYTES};

/// Where a write key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are the two places of a request")]
pub enum Carrier {
    Header,
    Query,
}

/// Why a request is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// 401: there is no write key where it should stand.
    NoWriteKey(Carrier),
    /// 401: the write key is none of ours.
    InvalidWriteKey,
    /// 404: the write key is one that may not send now.
    Disabled,
    /// 401: the webhook's secret is missing, or another.
    WrongSecret,
    /// 405: the path answers these methods only.
    Method(&'static str),
    /// 415: the body is in this format, and only JSON is read.
    MediaType(&'static str),
    /// 415: the body is compressed, and not as gzip.
    Encoding,
    /// 400: the body is not JSON.
    InvalidJson,
    /// 400: something that should be an event is no object, or has no type.
    NotAnEvent,
    /// 400: an event names nobody.
    NoId,
    /// 413: the request is larger than is read, or an event than is kept.
    TooLarge,
    /// 400: there is no event.
    EmptyBatch,
    /// 429: too many events of one person; there is room again after so many seconds.
    RateLimited(u32),
    /// 503: it was not kept, or finds no room to wait: whoever sent it sends it again.
    Overloaded,
}

impl Refusal {
    /// The status that says it.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NoWriteKey(_) | Self::InvalidWriteKey | Self::WrongSecret => 401,
            Self::InvalidJson | Self::NotAnEvent | Self::NoId | Self::EmptyBatch => 400,
            Self::Disabled => 404,
            Self::Method(_) => 405,
            Self::TooLarge => 413,
            Self::MediaType(_) | Self::Encoding => 415,
            Self::RateLimited(_) => 429,
            Self::Overloaded => 503,
        }
    }

    /// The answer that says it; `told` is what is wrong and where, for people.
    #[must_use]
    pub fn answer(&self, told: Option<String>) -> Answer {
        let answer = Answer::text(self.status(), format!("{self}\n"));
        let answer = match told {
            Some(told) => answer.telling(told),
            None => answer,
        };
        if let Self::Method(allow) = self {
            answer.with("allow", (*allow).to_owned())
        } else if let Self::RateLimited(after_s) = self {
            answer.with("retry-after", after_s.to_string())
        } else {
            answer
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWriteKey(Carrier::Header) => f.write_str("failed to read writekey from header"),
            Self::NoWriteKey(Carrier::Query) => f.write_str("failed to read writekey from query params"),
            Self::InvalidWriteKey => f.write_str("invalid write key"),
            Self::Disabled => f.write_str("source is disabled"),
            Self::WrongSecret => f.write_str("the secret is missing or another"),
            Self::Method(allow) => write!(f, "only {allow} is answered here"),
            Self::MediaType(format) => write!(f, "the body is {format}, and only JSON is read"),
            Self::Encoding => f.write_str("the body is compressed, and only gzip is read"),
            Self::InvalidJson => f.write_str("invalid json"),
            Self::NotAnEvent => f.write_str("event is not a valid rudder event"),
            Self::NoId => f.write_str("request neither has anonymousId nor userId"),
            Self::TooLarge => f.write_str("request size exceeds max limit"),
            Self::EmptyBatch => f.write_str("empty batch payload"),
            Self::RateLimited(_) => f.write_str("max requests limit reached"),
            Self::Overloaded => f.write_str("service unavailable"),
        }
    }
}

/// A refusal of one thing in a body, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) refusal: Refusal,
    /// What is wrong there: it starts with a JSON path, and quotes nothing of the body.
    pub(super) told: String,
}

impl Wrong {
    pub(super) fn new(refusal: Refusal, told: String) -> Self {
        Self { refusal, told }
    }

    pub(super) fn json(place: &impl fmt::Display, error: &impl fmt::Display) -> Self {
        Self::new(Refusal::InvalidJson, format!("{place} is not JSON: {error}"))
    }

    pub(super) fn large_event(place: &impl fmt::Display, bytes: usize) -> Self {
        let told = format!("{place} has {bytes} bytes, and an event has at most {MAX_EVENT_BYTES}");
        Self::new(Refusal::TooLarge, told)
    }

    pub(super) fn answer(self) -> Answer {
        self.refusal.answer(Some(self.told))
    }
}
