//! The JSON of the Activation API as it is on the wire. A question is read leniently here, and checked by
//! [`Question`](super::Question), which tells what is wrong with it.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// What should be a `T`, and may be anything else or not there at all.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Lenient<T> {
    Right(T),
    Other(IgnoredAny),
}

impl<T> Lenient<T> {
    pub(super) fn right(self) -> Option<T> {
        match self {
            Self::Right(it) => Some(it),
            Self::Other(_) => None,
        }
    }
}

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self::Other(IgnoredAny)
    }
}

/// The other members of an object. Asking for them also makes it an object: without, serde takes a list for a struct.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Others {}

/// The body of a request.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Question {
    pub(super) entity: Lenient<String>,
    pub(super) destination_id: Lenient<String>,
    pub(super) id: Lenient<Id>,
    #[serde(flatten)]
    _others: Others,
}

/// Its `id`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Id {
    #[serde(rename = "type")]
    pub(super) id_type: Lenient<String>,
    pub(super) value: Lenient<String>,
    #[serde(flatten)]
    _others: Others,
}

/// The answer to a `POST`.
#[derive(Debug, Serialize)]
pub(super) struct Found<'a> {
    pub(super) entity: &'a str,
    pub(super) id: &'a super::Id,
    pub(super) data: &'a super::Entry,
}

/// The answer to a `DELETE`: of how many keys there were, how many are gone.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deleted {
    pub(super) deleted_keys: u32,
    pub(super) actual_keys: u32,
}

/// What is wrong.
#[derive(Debug, Serialize)]
pub(super) struct Error<'a> {
    pub(super) error: &'a str,
}

/// The JSON text of an answer.
pub(super) fn text(answer: &impl Serialize) -> String {
    // None of them holds anything that has no JSON text.
    serde_json::to_string(answer).unwrap_or_default()
}
