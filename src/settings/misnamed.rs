//! Attributes that were probably meant to be others: neither seen of a request nor declared, and a slip from one that is.
//!
//! No mistakes: a view may have a feature of any name, and a person any trait. The command tells them.

use serde_json::Value;

use super::personalization::Personalization;
use crate::document::mistake::Mistakes;
use crate::document::reader::meant;
use crate::request::fact::{Fact, NAMES};

/// Each such attribute in the text of a `personalization.json`, and what it was probably meant to be.
#[must_use]
pub fn misnamed(text: &str) -> Vec<(String, String)> {
    let checked = Personalization::check(text, &mut Mistakes::default());
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let profile = document.get("profile").and_then(Value::as_object);
    let declared: Vec<_> =
        profile.into_iter().flat_map(|profile| profile.keys().map(String::as_str)).collect();
    let known: Vec<_> = NAMES.into_iter().chain(declared.iter().copied()).collect();
    let attributes = checked.attributes();
    let strange = |name: &&str| *name != "id" && Fact::named(name).is_none() && !declared.contains(name);
    let each = attributes.names().filter(strange);
    each.filter_map(|name| Some((name.to_owned(), meant(name, &known)?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_that_is_a_slip_from_a_fact_or_a_declared_feature_is_told_with_it() {
        let text = r#"{
            "features": { "f": { "rules": [
                { "condition": { "signed_upp": true, "contry": "CH", "path": "/", "plan": "pro", "orders": 1 }, "force": 1 }
            ] } },
            "deliver": [{ "feature": "f", "cookie": { "name": "f", "maxAge": "1d" } }],
            "profile": { "signed_up": { "exists": { "trait": "createdAt" } }, "orders": { "count": { "event": "Buy" } } }
        }"#;
        let told = misnamed(text);
        let expected = [("contry", "country"), ("signed_upp", "signed_up")];
        assert_eq!(told, expected.map(|(name, meant)| (name.to_owned(), meant.to_owned())));
        assert!(misnamed(include_str!("../../personalization.json")).is_empty() && misnamed("{").is_empty());
    }
}
