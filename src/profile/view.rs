//! A view of a profile: the one member of the `data` object whose features decide.
//!
//! `data` is `{"<view>": {"<feature>": value}}`, in the Activation API and in KV alike. Only the
//! features that the settings refer to are taken out; the rest is never even built. What of them changes with time alone
//! stands beside the views ([`later`]), and is taken as it is at the time of reading.

use serde_json::Map;
use serde_json::value::RawValue;

use super::{Failure, Profile, later, within_size};
use crate::decision::Uses;
use crate::document::json::{self, Members};

/// Which view, and what of it.
#[derive(Debug, Clone)]
pub struct View {
    /// The view's key, as in `WEB_PERSONALIZATION:FEATURES_BY_ANON`.
    pub key: String,
    /// Whether the key is matched without regard to ASCII case. Warehouses differ in how they spell it.
    pub ignore_case: bool,
    /// The features that decisions refer to.
    pub features: Uses,
}

impl View {
    /// Reads the profile, as it is at `now_ms`, out of the JSON text of a `data` object; `None` when this view has nothing.
    ///
    /// `{}` is how the Activation API says that it does not know the id. A profile without this view
    /// is as unknown as that: the next source may have it.
    ///
    /// Every source comes here: one copy of it weighs less than one in each.
    #[inline(never)]
    pub fn read(&self, data: &str, now_ms: u64) -> Result<Option<Profile>, Failure> {
        within_size(data.len())?;
        let views = json::members(data).map_err(|_| Failure::BrokenEntry("it is no JSON object of views"))?;
        let Some(view) = self.pick(&views).filter(|view| view.get() != "null") else { return Ok(None) };
        let mut profile = self.features(view.get())?;
        if let Some(later) = views.get(later::MEMBER) {
            let features = &mut profile.features;
            profile.until_ms = later::apply(later.get(), Some(&self.features), features, now_ms)
                .ok_or(Failure::BrokenEntry("its `pintle:later` is not what the feed writes"))?;
        }
        Ok(Some(profile))
    }

    /// Reads the profile out of the JSON text of one view.
    pub fn features(&self, view: &str) -> Result<Profile, Failure> {
        let members =
            json::members(view).map_err(|_| Failure::BrokenEntry("it is no JSON object of features"))?;
        let mut features = Map::new();
        for (name, value) in members.iter() {
            if self.features.contains(name) {
                let value = serde_json::from_str(value.get());
                let value =
                    value.map_err(|_| Failure::BrokenEntry("a feature holds what is no JSON value"))?;
                features.insert(name.to_owned(), value);
            }
        }
        Ok(Profile { features, until_ms: None })
    }

    fn pick<'a>(&self, views: &Members<'a>) -> Option<&'a RawValue> {
        let exact = views.get(&self.key);
        let is_named = |key: &str| self.ignore_case && key.eq_ignore_ascii_case(&self.key);
        // The same of several, in whichever order a source has them.
        let any_case = || views.iter().filter(|(key, _)| is_named(key)).min_by_key(|(key, _)| *key);
        exact.or_else(|| Some(any_case()?.1))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn view(ignore_case: bool) -> View {
        let features = ["N", "T", "TEXT", "B", "NULL"].into();
        View { key: "WEB:BY_ANON".to_owned(), ignore_case, features }
    }

    #[test]
    fn values_stay_what_they_are_and_only_the_wanted_are_taken() {
        let data = r#"{"OTHER": 1, "WEB:BY_ANON": {"N": 1.5, "T": "007", "TEXT": "pro", "B": false, "NULL": null, "MAIL": "a@b.c"}}"#;
        let wanted = json!({ "N": 1.5, "T": "007", "TEXT": "pro", "B": false, "NULL": null });
        let profile = view(false).read(data, 0).unwrap().unwrap();
        assert_eq!(Value::Object(profile.features), wanted);
    }

    #[test]
    fn what_decisions_do_not_refer_to_need_not_be_understood() {
        // Half of an emoji, as some truncated text has it.
        let other = r#"{"NAME": "Ana \ud83d", "SIZE": 1e999, "DEEP": [[[{}]]]}"#;
        let data = format!(r#"{{"OTHER": {other}, "WEB:BY_ANON": {{"MORE": {other}, "N": 1}}}}"#);
        let profile = view(false).read(&data, 0).unwrap().unwrap();
        assert_eq!(Value::Object(profile.features), json!({ "N": 1 }));
        for broken in [r#""\ud83d""#, "1e999"] {
            let read = view(false).read(&format!(r#"{{"WEB:BY_ANON": {{"N": {broken}}}}}"#), 0);
            assert!(matches!(read, Err(Failure::BrokenEntry(_))), "{broken}");
        }
    }

    #[test]
    fn the_key_is_matched_exactly_unless_the_setting_says_otherwise() {
        let data = r#"{"web:by_anon": {"N": 1}}"#;
        assert_eq!(view(false).read(data, 0), Ok(None));
        assert!(view(true).read(data, 0).unwrap().is_some());
    }

    #[test]
    fn an_exact_key_wins_over_one_in_another_case() {
        let data = r#"{"web:by_anon": {"N": 1}, "WEB:BY_ANON": {"N": 2}}"#;
        assert_eq!(view(true).read(data, 0).unwrap().unwrap().features["N"], 2);
    }

    #[test]
    fn nothing_in_this_view_is_a_visitor_not_known() {
        for data in ["{}", r#"{"OTHER": {}}"#, r#"{"WEB:BY_ANON": null}"#] {
            assert_eq!(view(false).read(data, 0), Ok(None), "{data}");
        }
        assert!(view(false).read(r#"{"WEB:BY_ANON": {}}"#, 0).unwrap().is_some());
    }

    #[test]
    fn what_is_not_a_profile_is_a_failure_and_never_a_miss() {
        for data in ["", "null", "[]", "\"{}\"", r#"{"WEB:BY_ANON": 1}"#, r#"{"WEB:BY_ANON": {"N": 1}"#] {
            assert!(matches!(view(false).read(data, 0), Err(Failure::BrokenEntry(_))), "{data}");
        }
    }

    #[test]
    fn what_changes_with_time_is_taken_as_it_is_at_the_time_of_reading() {
        let data = r#"{"WEB:BY_ANON": {"N": 1, "T": 2}, "pintle:later":
            {"steps": {"N": [[5000, 0]], "MAIL": [[10, "\ud83d"]]}, "since": {"B": 1000}}}"#;
        let read = |now_ms| view(false).read(data, now_ms).unwrap().unwrap();
        let profile = read(4_999);
        assert_eq!(Value::Object(profile.features), json!({ "N": 1, "T": 2, "B": 3 }));
        assert_eq!(profile.until_ms, Some(5_000));
        assert_eq!(Value::Object(read(5_000).features), json!({ "N": 0, "T": 2, "B": 4 }));
    }

    #[test]
    fn what_is_no_account_of_time_is_the_entrys_fault() {
        for later in ["null", "7", r#"{"steps": {"N": 7}}"#, r#"{"since": {"N": "1"}}"#] {
            let data = format!(r#"{{"WEB:BY_ANON": {{"N": 1}}, "pintle:later": {later}}}"#);
            assert!(matches!(view(false).read(&data, 0), Err(Failure::BrokenEntry(_))), "{later}");
        }
    }

    #[test]
    fn a_profile_above_64_kibibytes_is_refused() {
        let data = |padding| format!(r#"{{"WEB:BY_ANON":{{"TEXT":"{}"}}}}"#, "x".repeat(padding));
        let frame = data(0).len();
        assert!(view(false).read(&data(super::super::MAX_BYTES - frame), 0).is_ok());
        let size = super::super::MAX_BYTES + 1;
        assert_eq!(view(false).read(&data(size - frame), 0), Err(Failure::TooLarge));
    }
}
