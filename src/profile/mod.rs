//! What do we know? A visitor's profile: where it comes from, and how looking it up can end.
//!
//! Everything here is without I/O: [`lookup`] says what to ask, a shell carries the bytes, and the sources say what
//! they mean.

pub mod breaker;
pub mod failure;
pub mod later;
pub mod learned;
pub mod log;
pub mod lookup;
pub mod memory;
pub mod settings;
pub mod sources;
pub mod view;

use serde_json::{Map, Value};

pub use failure::Failure;
pub use sources::Source;

/// The largest profile that is read, in bytes of JSON.
pub const MAX_BYTES: usize = 64 * 1024;

/// What is known of a visitor.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// The features of one view that the settings refer to; a value is a number, text, boolean or null, or a JSON
    /// structure of these.
    pub features: Map<String, Value>,
    /// The next instant at which one of them changes by itself, in milliseconds since 1970; none when time changes nothing.
    pub until_ms: Option<u64>,
}

/// How a lookup ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A source knows the visitor.
    Found(Profile, Source),
    /// Every source answered, and none knows the visitor.
    Missing,
    /// No source that might know the visitor answered; why the last one did not.
    Failed(Failure),
    /// No source was asked.
    NotAsked,
}

/// What one source said.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It knows the visitor: the profile, and the JSON text of the whole `data` object, to be kept elsewhere.
    Known(Profile, Option<String>),
    /// It does not.
    Unknown,
    /// Another server of it would know, which is asked so.
    Elsewhere(lookup::Ask),
}

/// Refuses an answer that is too large, before anything reads it.
pub fn within_size(bytes: usize) -> Result<(), Failure> {
    if bytes > MAX_BYTES { Err(Failure::TooLarge) } else { Ok(()) }
}
