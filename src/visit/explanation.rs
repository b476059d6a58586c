//! Why the visitor got what they got, as a value: each reader writes it in its own way.
//!
//! It names decisions and reasons, never a profile's values, and only the start of an id. It is made
//! only where the settings ask for it: it tells a visitor's browser how the site decides.

use std::fmt;
use std::sync::Arc;

use super::NoVisitor;
use crate::delivery::Decided;
use crate::identity::anonymous_id;
use crate::identity::ticket::Unopened;
use crate::profile::{Failure, Source};

/// An explanation, in the order in which things happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Explanation {
    /// There is nobody.
    Nobody(NoVisitor),
    /// There is somebody.
    Visitor {
        /// The start of their id.
        short_id: String,
        /// How the lookup ended.
        looked: Looked,
        /// Why the ticket that they brought does not open.
        unopened: Option<Unopened>,
        /// How many characters their ticket would have, when it fits into no cookie.
        ticket_too_long: Option<usize>,
        /// What was decided, and what became of it.
        decided: Arc<[Decided]>,
        /// What became of each experiment of pages.
        redirects: Vec<String>,
    },
}

/// How the lookup ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// A source knows the visitor.
    Found(Source),
    /// No source does.
    Missing,
    /// No source that might know them answered.
    Failed(Failure),
    /// Nobody was asked, and there is no ticket.
    NotAsked,
    /// A ticket answers.
    Ticket {
        /// How old it is, in seconds.
        age_s: u64,
        /// Whether it answers instead of a lookup.
        is_fresh: bool,
    },
}

impl fmt::Display for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(source) => write!(f, "found in {source}"),
            Self::Missing => f.write_str("missing: no source knows this id"),
            // What the cause said may name hosts, and is for the log.
            Self::Failed(Failure::Unreachable(_)) => f.write_str("failed: the source cannot be reached"),
            Self::Failed(failure) => write!(f, "failed: {failure}"),
            Self::NotAsked => f.write_str("not asked"),
            Self::Ticket { age_s, is_fresh } => {
                let state = if *is_fresh { "fresh" } else { "stale" };
                write!(f, "not asked: a {state} ticket answers ({age_s} s old)")
            }
        }
    }
}

impl Explanation {
    /// Who it is, or why nobody.
    #[must_use]
    pub fn visitor(&self) -> String {
        match self {
            Self::Nobody(why) => format!("none: {why}"),
            Self::Visitor { short_id, .. } => format!("{short_id} from {}", anonymous_id::COOKIE),
        }
    }

    /// How the lookup ended.
    #[must_use]
    pub fn lookup(&self) -> Option<String> {
        let Self::Visitor { looked, unopened, ticket_too_long, .. } = self else { return None };
        let unopened = unopened.map(|why| format!(" ({why})")).unwrap_or_default();
        let too_long = ticket_too_long
            .map(|chars| format!(" (a ticket of {chars} characters is too long)"))
            .unwrap_or_default();
        Some(format!("{looked}{unopened}{too_long}"))
    }

    /// What was decided, and what became of it.
    #[must_use]
    pub fn decided(&self) -> &[Decided] {
        match self {
            Self::Nobody(_) => &[],
            Self::Visitor { decided, .. } => decided,
        }
    }

    /// What became of each experiment of pages.
    #[must_use]
    pub fn redirects(&self) -> &[String] {
        match self {
            Self::Nobody(_) => &[],
            Self::Visitor { redirects, .. } => redirects,
        }
    }

    /// What became of each cookie.
    #[must_use]
    pub fn cookies(&self) -> Vec<String> {
        self.decided().iter().map(Decided::delivered).collect()
    }

    /// The value of a `Server-Timing` header (W3C Server Timing); `lookup_ms` is how long the lookup took.
    #[must_use]
    pub fn server_timing(&self, lookup_ms: Option<u64>) -> String {
        let mut metrics = vec![metric("pintle-visitor", &self.visitor(), None)];
        metrics.extend(self.lookup().map(|lookup| metric("pintle-lookup", &lookup, lookup_ms)));
        let decided = self.decided().iter();
        metrics.extend(decided.map(|it| metric("pintle-decision", &it.to_string(), None)));
        metrics.extend(self.redirects().iter().map(|it| metric("pintle-redirect", it, None)));
        metrics.extend(self.cookies().iter().map(|cookie| metric("pintle-cookie", cookie, None)));
        metrics.join(", ")
    }
}

/// A header holds ASCII, and a quoted string no quotes.
fn metric(name: &str, description: &str, duration_ms: Option<u64>) -> String {
    let plain: String = description
        .replace('…', "...")
        .chars()
        .map(|c| match c {
            '"' | '\\' => '\'',
            _ if c.is_ascii_graphic() || c == ' ' => c,
            _ => '?',
        })
        .collect();
    let duration = duration_ms.map(|ms| format!(";dur={ms}")).unwrap_or_default();
    format!("{name};desc=\"{plain}\"{duration}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decision::{Decision, Reason};
    use crate::delivery::Became;

    #[test]
    fn an_explanation_is_a_server_timing_header() {
        let decided = Decided {
            feature: "x".to_owned(),
            decision: Decision { value: json!("ü\r"), reason: Reason::DefaultValue, skipped: Vec::new() },
            carrier: "c".to_owned(),
            became: Became::Unchanged,
        };
        let explanation = Explanation::Visitor {
            short_id: "2c5b6d48…".to_owned(),
            looked: Looked::Found(Source::Kv),
            unopened: None,
            ticket_too_long: None,
            decided: vec![decided].into(),
            redirects: Vec::new(),
        };
        assert_eq!(
            explanation.server_timing(Some(3)),
            r#"pintle-visitor;desc="2c5b6d48... from rl_anonymous_id", pintle-lookup;desc="found in kv";dur=3, pintle-decision;desc="x = '?'r': no rule applies, it is the default value", pintle-cookie;desc="c unchanged""#
        );
    }

    #[test]
    fn what_a_connection_failed_of_is_for_the_log_alone() {
        let looked = Looked::Failed(Failure::Unreachable("connect ECONNREFUSED 10.0.0.7:80".to_owned()));
        assert_eq!(looked.to_string(), "failed: the source cannot be reached");
    }
}
