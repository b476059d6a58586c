//! The plan: everything that a shell must do to the response and after it, as a value.
//!
//! A shell applies it without asking what it means. An empty plan is the origin's response, untouched.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::explanation::Explanation;
use crate::delivery::{Decided, Effects};
use crate::profile::lookup::{Keep, Lookup};

/// All that is to be done.
#[must_use]
#[derive(Default)]
pub struct Plan {
    /// What is done to the response. If anything is, it is private, as [`caching`](crate::delivery::caching) says.
    pub effects: Effects,
    /// What was decided, in the order of the settings; empty when nothing was.
    pub decisions: Arc<[Decided]>,
    /// The address that the visitor is sent to, instead of the page.
    pub redirect: Option<String>,
    /// What became of each experiment of pages, in words, when the settings ask for explanations.
    pub redirects: Vec<String>,
    /// What of the visitor's profile the settings have told as it is; nothing when nothing was known.
    pub recommendations: Option<Map<String, Value>>,
    /// How it came about, when the settings ask for it.
    pub explanation: Option<Explanation>,
    /// How many characters a ticket would have had that fits into no cookie, so that there is none.
    pub ticket_too_long: Option<usize>,
    /// What is to be done after the response.
    pub after: After,
}

/// What is to be done after the response.
#[derive(Default)]
pub struct After {
    /// A profile to be written to KV.
    pub keep: Option<Keep>,
    /// What is still to be looked up, for the next page.
    pub lookup: Option<Lookup>,
    /// Events for RudderStack, in its SDK's shape but for their times: what the visitor was shown.
    pub exposures: Vec<Value>,
}

impl Plan {
    /// Whether the response is made for one visitor, and so must be kept by no shared cache. If not, it leaves byte for
    /// byte as it came.
    #[must_use]
    pub fn is_private(&self) -> bool {
        !self.effects.is_nothing() || self.explanation.is_some()
    }
}
