//! `GET /_pintle/recommendations`: a page's own script asks what its visitor is recommended.
//!
//! It is the [decision endpoint](super::decisions) but for what it tells: the attributes of the visitor's profile that
//! `recommendations` of `personalization.json` names, as they are, and nothing else of it.

use serde_json::Map;

use super::{Answer, decisions};
use crate::settings::Settings;
use crate::visit::{NoVisitor, Plan};

/// Where it is.
pub const PATH: &str = "/_pintle/recommendations";

/// Whether a URL that is asked as the decision endpoint is this one.
#[must_use]
pub fn is_asked(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/').ends_with(PATH)
}

/// The answer: `{"recommendations": {"<attribute>": value}}`, and why there are none when nothing is known.
#[must_use]
pub fn answer(nobody: Option<NoVisitor>, plan: &Plan, settings: &Settings) -> Answer {
    let mut told = Map::new();
    let named = settings.recommendations.iter();
    let known = named.filter_map(|name| Some((name, plan.attributes.as_ref()?.get(name)?)));
    told.extend(known.map(|(name, value)| (name.clone(), value.clone())));
    decisions::told(("recommendations", told, plan.attributes.is_none()), nobody, plan)
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
