//! What do we know? A visitor's profile: the codecs that read it, and how a lookup can end.
//!
//! Bytes become meaning here, without I/O: a shell carries the bytes, and says when a source was silent.

pub mod breaker;
pub mod learned;
pub mod memory;
pub mod settings;
pub mod sources;
pub mod view;

use std::fmt;

use serde_json::{Map, Value};

pub use sources::Source;

/// The largest profile that is read, in bytes of JSON.
pub const MAX_BYTES: usize = 64 * 1024;

/// The features of one view that the settings refer to; a value is a number, text, boolean or null,
/// or a JSON structure of these.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile(pub Map<String, Value>);

/// How a lookup ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup {
    /// A source knows the visitor.
    Found(Profile, Source),
    /// Every source answered, and none knows the visitor.
    Missing,
    /// No source that might know the visitor answered; why the last one did not.
    Failed(Failure),
    /// No source was asked.
    NotAsked,
}

impl Lookup {
    /// How a lookup ended whose only source said this.
    #[must_use]
    pub fn of(answer: Result<Answer, Failure>, source: Source) -> Self {
        match answer {
            Ok(Answer::Known(profile, _)) => Self::Found(profile, source),
            Ok(Answer::Unknown) => Self::Missing,
            Err(failure) => Self::Failed(failure),
        }
    }
}

/// Why a source did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nothing came within the budget.
    Deadline,
    /// The connection failed.
    Unreachable,
    /// A status other than 200.
    Status(u16),
    /// The answer is larger than [`MAX_BYTES`]; its size in bytes, as far as it was read.
    TooLarge(usize),
    /// The answer is not the JSON that was agreed on.
    Malformed,
    /// A 200 without a `data` object. RudderStack's documentation shows one that reports an error.
    NoData,
    /// The answer is about another id than the one asked for.
    OtherId,
    /// The source failed repeatedly and is left alone for a while.
    LeftAlone,
}

impl Failure {
    /// Whether it says something about the whole source, and not about this one visitor: an entry that is broken,
    /// or an id that the source refuses, must not shut it for everybody else.
    #[must_use]
    pub fn is_the_sources(&self, source: Source) -> bool {
        match self {
            Self::Deadline | Self::Unreachable | Self::NoData | Self::LeftAlone => true,
            Self::Status(status) => !matches!(status, 400 | 422),
            Self::Malformed => source != Source::Kv,
            Self::TooLarge(_) | Self::OtherId => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadline => f.write_str("no answer within the budget"),
            Self::Unreachable => f.write_str("the source cannot be reached"),
            Self::Status(status) => write!(f, "the source answered with status {status}"),
            Self::TooLarge(bytes) => write!(f, "the profile has {bytes} bytes, {MAX_BYTES} are read"),
            Self::Malformed => f.write_str("the profile is not the JSON it should be"),
            Self::NoData => f.write_str("the answer has no `data` object"),
            Self::OtherId => f.write_str("the answer is about another id"),
            Self::LeftAlone => f.write_str("the source failed repeatedly and is left alone"),
        }
    }
}

/// What one source said.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It knows the visitor: the profile, and the JSON text of the whole `data` object, to be kept elsewhere.
    Known(Profile, String),
    /// It does not.
    Unknown,
}

/// Refuses an answer that is too large, before anything reads it.
pub fn within_size(bytes: usize) -> Result<(), Failure> {
    if bytes > MAX_BYTES { Err(Failure::TooLarge(bytes)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_one_visitor_is_not_held_against_the_source() {
        assert!(Failure::Status(500).is_the_sources(Source::ActivationApi));
        assert!(Failure::Status(401).is_the_sources(Source::ActivationApi));
        assert!(Failure::Malformed.is_the_sources(Source::ActivationApi));
        assert!(!Failure::Status(400).is_the_sources(Source::ActivationApi));
        assert!(!Failure::Malformed.is_the_sources(Source::Kv));
        assert!(!Failure::TooLarge(70_000).is_the_sources(Source::Kv));
    }
}
