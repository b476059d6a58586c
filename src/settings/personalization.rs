//! `personalization.json`: what is decided, and how it is delivered, in one file.
//!
//! Features stand in it in the GrowthBook SDK's own format, and are compiled by `decision`.

use serde_json::Value;

use crate::decision::{Features, SavedGroups};
use crate::delivery::Delivery;
use crate::delivery::cookies::DecisionCookie;
use crate::identity::privacy::Consent;
use crate::identity::{anonymous_id, ticket};

use super::mistake::{Mistakes, Place};
use super::reader::{Object, array};
use super::{DOCUMENT, duration};

/// A checked `personalization.json`. What was wrong in it is left out, and noted.
#[derive(Debug, Default)]
pub struct Personalization {
    /// The key of the view that decides.
    pub view: Option<String>,
    /// What is decided.
    pub features: Features,
    /// How it is delivered.
    pub deliveries: Vec<Delivery>,
    /// The cookie by which visitors say no.
    pub consent: Option<Consent>,
}

/// Browsers keep no cookie longer (RFC 6265bis, 5.5).
const MAX_COOKIE_AGE_S: u64 = 400 * 24 * 60 * 60;

impl Personalization {
    /// Checks the text of a `personalization.json`.
    pub fn check(text: &str, mistakes: &mut Mistakes) -> Self {
        let document: Value = match serde_json::from_str(text) {
            Ok(document) => document,
            Err(error) => {
                mistakes.note(DOCUMENT, format!("is not JSON: {error}"));
                return Self::default();
            }
        };
        let Some(mut object) = Object::read(&document, DOCUMENT, mistakes) else { return Self::default() };
        object.take("$schema");
        let view = object.text("view", mistakes).map(str::to_owned);
        let groups = saved_groups(object.take("savedGroups"), mistakes);
        let features = object.take("features");
        let features = object.require("features", features, mistakes);
        let features = compile(features, &groups, mistakes);
        let deliver = object
            .take("deliver")
            .map_or(&[][..], |deliver| array(deliver, DOCUMENT.member("deliver"), mistakes));
        let consent = object.take("consent").and_then(|value| consent(value, mistakes));
        object.finish(mistakes);
        let deliveries = deliveries(deliver, &features, mistakes);
        Self { view, features, deliveries, consent }
    }
}

fn saved_groups(value: Option<&Value>, mistakes: &mut Mistakes) -> SavedGroups {
    let place = DOCUMENT.member("savedGroups");
    match value.map(Value::as_object) {
        None => SavedGroups::default(),
        Some(Some(groups)) => SavedGroups::compile(groups, place, mistakes),
        Some(None) => {
            mistakes.note(place, "must be an object");
            SavedGroups::default()
        }
    }
}

fn compile(value: Option<&Value>, groups: &SavedGroups, mistakes: &mut Mistakes) -> Features {
    let place = DOCUMENT.member("features");
    match value.map(Value::as_object) {
        None => Features::default(),
        Some(Some(features)) => Features::compile(features, place, groups, mistakes),
        Some(None) => {
            mistakes.note(place, "must be an object");
            Features::default()
        }
    }
}

fn deliveries(values: &[Value], features: &Features, mistakes: &mut Mistakes) -> Vec<Delivery> {
    let list = DOCUMENT.member("deliver");
    let mut deliveries: Vec<Delivery> = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let place = list.element(index);
        let Some(delivery) = delivery(value, place, features, mistakes) else { continue };
        if deliveries.iter().any(|other| other.cookie.name == delivery.cookie.name) {
            mistakes.note(
                place.member("cookie").member("name"),
                "is the name of an earlier delivery's cookie too",
            );
        }
        deliveries.push(delivery);
    }
    deliveries
}

fn delivery(
    value: &Value,
    place: Place<'_>,
    features: &Features,
    mistakes: &mut Mistakes,
) -> Option<Delivery> {
    let mut object = Object::read(value, place, mistakes)?;
    let feature = object.text("feature", mistakes);
    let feature = object.require("feature", feature, mistakes);
    if let Some(feature) = feature.filter(|feature| features.get(feature).is_none()) {
        mistakes.note(place.member("feature"), format!("`{feature}` is not among the features"));
    }
    let carried = object.take("cookie");
    let carried = object.require("cookie", carried, mistakes);
    object.finish(mistakes);
    let cookie = cookie(carried?, place.member("cookie"), mistakes);
    Some(Delivery { feature: feature?.to_owned(), cookie: cookie? })
}

fn cookie(value: &Value, place: Place<'_>, mistakes: &mut Mistakes) -> Option<DecisionCookie> {
    let mut object = Object::read(value, place, mistakes)?;
    let name = object.text("name", mistakes);
    let name = object.require("name", name, mistakes);
    let max_age = object.text("maxAge", mistakes);
    let max_age = object.require("maxAge", max_age, mistakes);
    object.finish(mistakes);
    if let Some(wrong) = name.and_then(wrong_cookie_name) {
        mistakes.note(place.member("name"), wrong);
    }
    let max_age_s =
        max_age.map(|text| duration::seconds(text).filter(|s| (60..=MAX_COOKIE_AGE_S).contains(s)));
    if max_age_s == Some(None) {
        mistakes
            .note(place.member("maxAge"), "must be a duration from `60s` to `400d`, such as `12h` or `1d`");
    }
    Some(DecisionCookie { name: name?.to_owned(), max_age_s: max_age_s?? })
}

/// RFC 9110's `token`; and not a name that others rely on.
fn wrong_cookie_name(name: &str) -> Option<&'static str> {
    let is_token =
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    if !is_token {
        Some("must be of letters, digits and !#$%&'*+-.^_`|~")
    } else if name.starts_with("rl_") || name == anonymous_id::COOKIE {
        Some("starts with `rl_` as RudderStack's own cookies do, and would harm them")
    } else if name == ticket::COOKIE {
        Some("is the name of Pintle's own ticket")
    } else {
        None
    }
}

fn consent(value: &Value, mistakes: &mut Mistakes) -> Option<Consent> {
    let place = DOCUMENT.member("consent");
    let mut object = Object::read(value, place, mistakes)?;
    let cookie = object.text("cookie", mistakes);
    let cookie = object.require("cookie", cookie, mistakes);
    let denied = object.take("denied");
    let denied = object.require("denied", denied, mistakes);
    object.finish(mistakes);
    let list = place.member("denied");
    let denied = array(denied?, list, mistakes).iter().enumerate().filter_map(|(index, value)| {
        let text = value.as_str();
        if text.is_none() {
            mistakes.note(list.element(index), "must be the text that the cookie holds for no");
        }
        text.map(str::to_owned)
    });
    let denied = denied.collect();
    Some(Consent { cookie: cookie?.to_owned(), denied })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        let mut mistakes = Mistakes::default();
        Personalization::check(text, &mut mistakes);
        mistakes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_shipped_file_is_right() {
        let mut mistakes = Mistakes::default();
        let shipped = Personalization::check(include_str!("../../personalization.json"), &mut mistakes);
        assert_eq!(mistakes, Mistakes::default());
        assert_eq!(shipped.view.as_deref(), Some("WEB_PERSONALIZATION:FEATURES_BY_ANON"));
        let cookie = DecisionCookie { name: "rs_activation_signed_up".to_owned(), max_age_s: 86_400 };
        assert_eq!(shipped.deliveries, [Delivery { feature: "signed_up".to_owned(), cookie }]);
    }

    #[test]
    fn every_mistake_is_told_at_once_with_its_place() {
        let told = mistakes(
            r#"{ "view": 7, "colour": 1, "features": { "a": { "defaultValue": false } }, "deliver": [
                { "feature": "b", "cookie": { "name": "rl_user_id", "maxAge": "soon" } },
                { "cookie": { "name": "a b" } },
                { "feature": "a", "cookie": { "name": "x", "maxAge": "1d", "path": "/" } },
                { "feature": "a", "cookie": { "name": "x", "maxAge": "1d" } }
            ], "consent": { "cookie": "c", "denied": [false] } }"#,
        );
        let places: Vec<_> = told.iter().filter_map(|mistake| Some(mistake.split_once(": ")?.0)).collect();
        let expected = [
            "$.view",
            "$.consent.denied[0]",
            "$.colour",
            "$.deliver[0].feature",
            "$.deliver[0].cookie.name",
            "$.deliver[0].cookie.maxAge",
            "$.deliver[1]",
            "$.deliver[1].cookie",
            "$.deliver[1].cookie.name",
            "$.deliver[2].cookie.path",
            "$.deliver[3].cookie.name",
        ];
        assert_eq!(places, expected, "{told:#?}");
    }

    #[test]
    fn what_is_not_json_is_told_by_line_and_column() {
        let told = mistakes("{\n  \"features\": {,}\n}");
        assert_eq!(told, ["$: is not JSON: key must be a string at line 2 column 16"]);
        assert_eq!(mistakes("[]"), ["$: must be an object"]);
        assert_eq!(mistakes("{}"), ["$: `features` is missing"]);
    }
}
