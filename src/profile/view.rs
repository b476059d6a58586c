//! A view of a profile: the one member of the `data` object whose features decide.
//!
//! `data` is `{"<view>": {"<feature>": value}}`, in the Activation API and in KV alike. Only the
//! features that the settings refer to are taken out; the rest is never even built.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Map;
use serde_json::value::RawValue;

use super::{Failure, Profile, within_size};
use crate::document::json;

/// Which view, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The view's key, as in `WEB_PERSONALIZATION:FEATURES_BY_ANON`.
    pub key: String,
    /// Whether the key is matched without regard to ASCII case. Warehouses differ in how they spell it.
    pub ignore_case: bool,
    /// The features that decisions refer to.
    pub features: BTreeSet<String>,
}

impl View {
    /// Reads the profile out of the JSON text of a `data` object; `None` when this view has nothing.
    ///
    /// `{}` is how the Activation API says that it does not know the id. A profile without this view
    /// is as unknown as that: the next source may have it.
    pub fn read(&self, data: &str) -> Result<Option<Profile>, Failure> {
        within_size(data.len())?;
        let views = json::members(data).map_err(|_| Failure::BrokenEntry("it is no JSON object of views"))?;
        match self.pick(&views).filter(|view| view.get() != "null") {
            Some(view) => self.features(view.get()).map(Some),
            None => Ok(None),
        }
    }

    /// Reads the profile out of the JSON text of one view.
    pub fn features(&self, view: &str) -> Result<Profile, Failure> {
        let members =
            json::members(view).map_err(|_| Failure::BrokenEntry("it is no JSON object of features"))?;
        let mut profile = Map::new();
        for (name, value) in members {
            if self.features.contains(&name) {
                let value = serde_json::from_str(value.get());
                let value =
                    value.map_err(|_| Failure::BrokenEntry("a feature holds what is no JSON value"))?;
                profile.insert(name, value);
            }
        }
        Ok(Profile(profile))
    }

    fn pick<'a>(&self, views: &BTreeMap<String, &'a RawValue>) -> Option<&'a RawValue> {
        let exact = views.get(&self.key);
        let any_case =
            || views.iter().find(|(key, _)| key.eq_ignore_ascii_case(&self.key)).map(|(_, view)| view);
        exact.or_else(|| if self.ignore_case { any_case() } else { None }).copied()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn view(ignore_case: bool) -> View {
        let features = ["N", "T", "TEXT", "B", "NULL"].map(str::to_owned).into();
        View { key: "WEB:BY_ANON".to_owned(), ignore_case, features }
    }

    #[test]
    fn values_stay_what_they_are_and_only_the_wanted_are_taken() {
        let data = r#"{"OTHER": 1, "WEB:BY_ANON": {"N": 1.5, "T": "007", "TEXT": "pro", "B": false, "NULL": null, "MAIL": "a@b.c"}}"#;
        let wanted = json!({ "N": 1.5, "T": "007", "TEXT": "pro", "B": false, "NULL": null });
        let profile = view(false).read(data).unwrap().unwrap();
        assert_eq!(Value::Object(profile.0), wanted);
    }

    #[test]
    fn what_decisions_do_not_refer_to_need_not_be_understood() {
        // Half of an emoji, as some truncated text has it.
        let other = r#"{"NAME": "Ana \ud83d", "SIZE": 1e999, "DEEP": [[[{}]]]}"#;
        let data = format!(r#"{{"OTHER": {other}, "WEB:BY_ANON": {{"MORE": {other}, "N": 1}}}}"#);
        let profile = view(false).read(&data).unwrap().unwrap();
        assert_eq!(Value::Object(profile.0), json!({ "N": 1 }));
        for broken in [r#""\ud83d""#, "1e999"] {
            let read = view(false).read(&format!(r#"{{"WEB:BY_ANON": {{"N": {broken}}}}}"#));
            assert!(matches!(read, Err(Failure::BrokenEntry(_))), "{broken}");
        }
    }

    #[test]
    fn the_key_is_matched_exactly_unless_the_setting_says_otherwise() {
        let data = r#"{"web:by_anon": {"N": 1}}"#;
        assert_eq!(view(false).read(data), Ok(None));
        assert!(view(true).read(data).unwrap().is_some());
    }

    #[test]
    fn an_exact_key_wins_over_one_in_another_case() {
        let data = r#"{"web:by_anon": {"N": 1}, "WEB:BY_ANON": {"N": 2}}"#;
        assert_eq!(view(true).read(data).unwrap().unwrap().0["N"], 2);
    }

    #[test]
    fn nothing_in_this_view_is_a_visitor_not_known() {
        for data in ["{}", r#"{"OTHER": {}}"#, r#"{"WEB:BY_ANON": null}"#] {
            assert_eq!(view(false).read(data), Ok(None), "{data}");
        }
        assert!(view(false).read(r#"{"WEB:BY_ANON": {}}"#).unwrap().is_some());
    }

    #[test]
    fn what_is_not_a_profile_is_a_failure_and_never_a_miss() {
        for data in ["", "null", "[]", "\"{}\"", r#"{"WEB:BY_ANON": 1}"#, r#"{"WEB:BY_ANON": {"N": 1}"#] {
            assert!(matches!(view(false).read(data), Err(Failure::BrokenEntry(_))), "{data}");
        }
    }

    #[test]
    fn a_profile_above_64_kibibytes_is_refused() {
        let data = |padding| format!(r#"{{"WEB:BY_ANON":{{"TEXT":"{}"}}}}"#, "x".repeat(padding));
        let frame = data(0).len();
        assert!(view(false).read(&data(super::super::MAX_BYTES - frame)).is_ok());
        let size = super::super::MAX_BYTES + 1;
        assert_eq!(view(false).read(&data(size - frame)), Err(Failure::TooLarge));
    }
}
