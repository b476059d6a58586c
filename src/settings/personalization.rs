//! `personalization.json`: what is decided, and how it is delivered, in one file.
//!
//! Features stand in it in the GrowthBook SDK's own format, and are compiled by `decision`.

use serde_json::{Map, Value};

use crate::decision::uses::EACH_CHANGE;
use crate::decision::{Bandits, Features, PageExperiment, SavedGroups, Uses, Wire};
use crate::delivery::Delivery;
use crate::delivery::exposure::Track;
use crate::document::mistake::{Mistakes, Place};
use crate::document::reader::{Object, array};
use crate::request::consent::Consent;

/// The place of the whole `personalization.json`.
const DOCUMENT: Place<'static> = Place::Root;

/// A checked `personalization.json`. What is wrong in it is noted, and no delivery is made of it: [`Mistakes::part`] bounds what
/// a mistake damages.
#[derive(Debug, Default)]
pub struct Personalization {
    /// The key of the view that decides.
    pub view: Option<String>,
    /// What is decided.
    pub features: Features,
    /// The experiments whose variations are other addresses.
    pub experiments: Vec<PageExperiment>,
    /// How it is delivered.
    pub deliveries: Vec<Delivery>,
    /// Which of its values are traits of their visitors.
    pub tracks: Vec<Track>,
    /// The cookie by which visitors say no.
    pub consent: Option<Consent>,
    /// The attributes of a profile that a page's own script may be told as they are.
    pub recommendations: Vec<String>,
}

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
        declared(object.take("profile"), mistakes);
        if let Some(identity) = object.take("identity") {
            Object::read(identity, DOCUMENT.member("identity"), mistakes);
        }
        let view = object.text("view", mistakes).map(str::to_owned);
        let groups = members(&mut object, "savedGroups", mistakes);
        let groups = groups.map(|wire| SavedGroups::compile(wire, DOCUMENT.member("savedGroups"), mistakes));
        let groups = groups.unwrap_or_default();
        let bandits = members(&mut object, "contextualBandits", mistakes);
        let bandits = bandits
            .map(|wire| Bandits::compile(wire, DOCUMENT.member("contextualBandits"), &groups, mistakes));
        let bandits = bandits.unwrap_or_default();
        let features = members(&mut object, "features", mistakes);
        let features = object.require("features", features, mistakes);
        let wire = features.map(|features| Wire { features, groups: &groups, bandits: &bandits });
        let place = DOCUMENT.member("experiments");
        let experiments =
            object.take("experiments").map_or(&[][..], |experiments| array(experiments, place, mistakes));
        let mut experiments = wire.map_or_else(Vec::new, |wire| {
            PageExperiment::compile_redirects(experiments, place, wire, mistakes)
        });
        let features = wire
            .map(|wire| Features::compile(wire, DOCUMENT.member("features"), mistakes))
            .unwrap_or_default();
        experiments.retain(|experiment| experiment.asked().all(|key| features.is_sound(key)));
        let deliver = object
            .take("deliver")
            .map_or(&[][..], |deliver| array(deliver, DOCUMENT.member("deliver"), mistakes));
        let consent = object
            .take("consent")
            .and_then(|value| Consent::compile(value, DOCUMENT.member("consent"), mistakes));
        let told = object.take("recommendations");
        let recommendations = told.map_or_else(Vec::new, |value| recommendations(value, mistakes));
        object.finish(mistakes);
        let place = DOCUMENT.member("deliver");
        let (deliveries, tracks) = Delivery::compile_all(deliver, place, &features, mistakes);
        Self { view, features, experiments, deliveries, tracks, consent, recommendations }
    }

    /// The attributes that the delivered features and the experiments refer to, and those that are told as they are.
    #[must_use]
    pub fn attributes(&self) -> Uses {
        let asked = self.experiments.iter().flat_map(PageExperiment::asked);
        let mut names = self.features.attributes(self.deliveries.iter().map(Delivery::feature).chain(asked));
        self.experiments.iter().for_each(|experiment| experiment.attributes(&mut names));
        self.recommendations.iter().for_each(|name| names.put(name, EACH_CHANGE));
        names
    }
}

/// What profiles are made of is the feed's to read: here it need only be there as it should, one object a member.
fn declared(value: Option<&Value>, mistakes: &mut Mistakes) {
    let place = DOCUMENT.member("profile");
    if value.is_some_and(|value| Object::read(value, place, mistakes).is_some()) {
        for (name, member) in value.and_then(Value::as_object).into_iter().flatten() {
            Object::read(member, place.member(name), mistakes);
        }
    }
}

fn recommendations(value: &Value, mistakes: &mut Mistakes) -> Vec<String> {
    let place = DOCUMENT.member("recommendations");
    let mut names = Vec::new();
    for (index, name) in array(value, place, mistakes).iter().enumerate() {
        match name.as_str().filter(|name| !name.is_empty()) {
            Some(name) => names.push(name.to_owned()),
            None => mistakes.note(place.element(index), "must be the name of an attribute"),
        }
    }
    names
}

/// The members of the object `name`, if it is there.
fn members<'v>(
    object: &mut Object<'v, '_>,
    name: &'static str,
    mistakes: &mut Mistakes,
) -> Option<&'v Map<String, Value>> {
    let value = object.take(name)?;
    if !value.is_object() {
        mistakes.note(object.at(name), "must be an object");
    }
    value.as_object()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::cookie::DecisionCookie;

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
        let cookie = DecisionCookie {
            feature: "signed_up".to_owned(),
            name: "rs_activation_signed_up".to_owned(),
            max_age_s: 86_400,
        };
        assert_eq!(shipped.deliveries, [Delivery::Cookie(cookie)]);
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
    fn an_experiment_of_pages_with_a_mistake_is_left_out_alone_and_so_is_one_that_asks_a_feature_with_one() {
        let experiment = |key: &str, more: &str| {
            let variations = r#"[{}, { "urlRedirect": "/new" }]"#;
            format!(
                r#"{{ "key": "{key}", "variations": {variations}, "urlPatterns": [{{ "type": "simple", "pattern": "/" }}] {more} }}"#
            )
        };
        let asks =
            |feature: &str| format!(r#", "parentConditions": [{{ "id": "{feature}", "condition": {{}} }}]"#);
        let experiments = [
            experiment("sound", &asks("right")),
            experiment("damaged", r#", "weights": "all""#),
            experiment("asks", &asks("wrong")),
        ]
        .join(",");
        let text = format!(
            r#"{{ "features": {{ "right": {{}}, "wrong": {{ "rules": 7 }} }}, "experiments": [{experiments}] }}"#
        );
        let mut mistakes = Mistakes::default();
        let checked = Personalization::check(&text, &mut mistakes);
        assert_eq!(checked.experiments.iter().map(PageExperiment::key).collect::<Vec<_>>(), ["sound"]);
        assert!(!mistakes.damage_all(), "{mistakes:?}");
        let places: Vec<_> = mistakes.iter().map(|mistake| mistake.at.as_str()).collect();
        assert_eq!(places, ["$.experiments[1].weights", "$.features.wrong.rules"]);
    }

    #[test]
    fn what_is_misspelt_is_told_with_what_was_probably_meant() {
        let told = mistakes(
            r#"{ "savedGroups": { "staff": [] }, "contextualBandits": { "hero-bandit": { "contexts": [] } }, "features": {
                "signed_up": { "defaultVlue": 1, "rules": [
                    { "force": 1, "conditon": {} },
                    { "force": 1, "condition": { "a": { "$inn": [1] }, "b": { "$inGroup": "stafff" } } },
                    { "force": 1, "parentConditions": [{ "id": "sigend_up", "condition": {} }] },
                    { "variations": [1, 2], "contextualBanditRef": "hero-bandits" }
                ] }
            }, "deliver": [{ "feature": "signed_upp", "cookie": { "name": "a", "maxage": "1d" } }], "consnt": {} }"#,
        );
        let meant: Vec<_> =
            told.iter().filter_map(|told| told.split_once("did you mean ")).map(|it| it.1).collect();
        let expected = [
            "defaultValue",
            "condition",
            "$in",
            "staff",
            "signed_up",
            "hero-bandit",
            "consent",
            "signed_up",
            "maxAge",
        ];
        let expected = expected.map(|name| format!("`{name}`?"));
        assert_eq!(meant, expected, "{told:#?}");
    }

    #[test]
    fn what_profiles_are_made_of_is_let_through_where_it_has_the_form() {
        let with = |profile: &str| mistakes(&format!(r#"{{"features": {{}}, "profile": {profile}}}"#));
        assert_eq!(with(r#"{"features": {"F": {"anything": 1}}, "identity": {}}"#), Vec::<String>::new());
        assert_eq!(with("[]"), ["$.profile: must be an object"]);
        assert_eq!(with(r#"{"features": [], "identity": {}}"#), ["$.profile.features: must be an object"]);
        assert_eq!(with(r#"{}, "identity": {"anything": 1}"#), Vec::<String>::new());
        assert_eq!(with(r#"{}, "identity": 1"#), ["$.identity: must be an object"]);
    }

    #[test]
    fn what_is_told_as_it_is_is_named_and_referred_to() {
        let text = r#"{"features": {}, "recommendations": ["NEXT", "LAST_FIVE"]}"#;
        let named = Personalization::check(text, &mut Mistakes::default());
        assert_eq!(named.recommendations, ["NEXT", "LAST_FIVE"]);
        assert_eq!(named.attributes().names().collect::<Vec<_>>(), ["LAST_FIVE", "NEXT"]);
        assert_eq!(
            mistakes(r#"{"features": {}, "recommendations": ["NEXT", ""]}"#),
            ["$.recommendations[1]: must be the name of an attribute"]
        );
    }

    #[test]
    fn a_value_that_no_browser_keeps_in_a_cookie_is_a_mistake() {
        let deliver = |value: &str, cookies: usize| {
            let each = (0..cookies).map(|index| {
                format!(r#"{{"feature": "f", "cookie": {{"name": "cookie_{index}", "maxAge": "1d"}}}}"#)
            });
            mistakes(&format!(
                r#"{{"features": {{"f": {{"defaultValue": "{}", "rules": [{{"force": 1, "enabled": false}}, {{"id": "x", "force": {value}}}]}}}},
                    "deliver": [{}]}}"#,
                "a".repeat(100),
                each.collect::<Vec<_>>().join(",")
            ))
        };
        let text = |bytes: usize| format!("\"{}\"", "a".repeat(bytes));
        assert_eq!(deliver(&text(4085), 1), Vec::<String>::new());
        assert_eq!(
            deliver(&text(4089), 2),
            ["0", "1"].map(|index| format!(
                "$.deliver[{index}].feature: is too large for a cookie where rule 2 (x) forces it: `cookie_{index}` and the \
                 value have 4097 bytes, and browsers keep 4096"
            ))
        );
        // As the cookie holds it: three bytes for a quote, six for an umlaut.
        let told = deliver(&format!("[\"{}\"]", "ä".repeat(700)), 1);
        assert!(told.len() == 1 && told[0].contains("have 4220 bytes"), "{told:?}");
    }

    #[test]
    fn cookies_that_fill_a_header_line_together_are_a_mistake() {
        let deliver = |bytes: usize| {
            mistakes(&format!(
                r#"{{"features": {{"f": {{"defaultValue": "{}"}}}}, "deliver": [
                    {{"feature": "f", "cookie": {{"name": "a", "maxAge": "1d"}}}},
                    {{"feature": "f", "cookie": {{"name": "b", "maxAge": "1d"}}}}]}}"#,
                "a".repeat(bytes)
            ))
        };
        assert_eq!(deliver(2044), Vec::<String>::new());
        assert_eq!(
            deliver(2045),
            [
                "$.deliver: fills cookies of 4098 bytes together when each feature has its largest value, and may fill 4096, so \
              that proxies take the requests"
            ]
        );
    }

    #[test]
    fn what_is_not_json_is_told_by_line_and_column() {
        let told = mistakes("{\n  \"features\": {,}\n}");
        assert_eq!(told, ["$: is not JSON: key must be a string at line 2 column 16"]);
        assert_eq!(mistakes("[]"), ["$: must be an object"]);
        assert_eq!(mistakes("{}"), ["$: `features` is missing"]);
    }
}
