//! Paths that Pintle answers itself, whichever shell it runs in.

pub mod decisions;
pub mod health;
pub mod rate;
pub mod recommendations;

use serde::Serialize;

/// What all of these paths begin with.
pub const PATHS: &str = "/_pintle/";

/// A path that Pintle answers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// [`health`]
    Health,
    /// [`decisions`]
    Decisions,
    /// [`recommendations`]
    Recommendations,
}

impl Endpoint {
    /// The endpoint at `path`, if there is one.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        match path {
            health::PATH => Some(Self::Health),
            decisions::PATH => Some(Self::Decisions),
            recommendations::PATH => Some(Self::Recommendations),
            _ => None,
        }
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names and values; one for each `Set-Cookie`.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// JSON that nobody keeps.
    #[must_use]
    pub fn json(status: u16, body: String) -> Self {
        let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
        Self { status, headers: headers.map(|(name, value)| (name, value.to_owned())).into(), body }
    }

    /// Sends the visitor of a page to another address, this time: nobody may keep it, as the next one may stay.
    #[must_use]
    pub fn redirect(to: String) -> Self {
        let headers = vec![("location", to), ("cache-control", "private, no-store".to_owned())];
        Self { status: 302, headers, body: String::new() }
    }
}
