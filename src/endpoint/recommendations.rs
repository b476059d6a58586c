//! `GET /_pintle/recommendations`: a page's own script asks what its visitor is recommended.
//!
//! It is the [decision endpoint](super::decisions) but for what it tells: the attributes of the visitor's profile that
//! `recommendations` of `personalization.json` names, as they are, and nothing else of it.

use super::{Answer, decisions};
use crate::request::path;
use crate::visit::{NoVisitor, Plan};

/// Where it is.
pub const PATH: &str = "/_pintle/recommendations";

/// Whether a URL that is asked as the decision endpoint is this one.
#[must_use]
pub fn is_asked(url: &str) -> bool {
    path(url).trim_end_matches('/').ends_with(PATH)
}

/// The answer: `{"recommendations": {"<attribute>": value}}`, and why there are none when nothing is known.
#[must_use]
pub fn answer(nobody: Option<NoVisitor>, plan: &Plan) -> Answer {
    let told = plan.recommendations.clone();
    let is_unknown = told.is_none();
    decisions::told(("recommendations", told.unwrap_or_default(), is_unknown), nobody, plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_from_the_decision_endpoint_by_its_path_alone() {
        for asked in ["", "/", "?x=1", "#x", "/?x=/"] {
            assert!(is_asked(&format!("https://a.example/base{PATH}{asked}")), "{asked}");
        }
        assert!(!is_asked(&format!("https://a.example{}?x={PATH}", decisions::PATH)));
    }
}
