//! What the environment may say, and how mistakes in it are told.

use super::*;

const PERSONALIZATION: &str = include_str!("../../personalization.json");
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn check(variables: &[(&str, &str)], has_profiles: bool) -> Result<Settings, Vec<String>> {
    let variable = |name: &str| Some(variables.iter().find(|(known, _)| *known == name)?.1.to_owned());
    let brings: &[Source] = if has_profiles { &[Source::Kv] } else { &[] };
    Settings::check(PERSONALIZATION, &Environment { variable: &variable }, brings)
        .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
}

#[test]
fn an_empty_environment_with_kv_is_enough() {
    let settings = check(&[], true).unwrap();
    assert_eq!(settings.profiles.sources, [Source::Kv]);
    assert_eq!(settings.profiles.budget_ms, 150);
    assert_eq!(
        (settings.profiles.entity.as_str(), settings.profiles.id_type.as_str()),
        ("user", "anonymous_id")
    );
    assert!(settings.profiles.view.features.names().eq(["USER_APP_SIGN_UP"]));
    assert!(settings.keys.is_none() && !settings.explain && !settings.profiles.view.ignore_case);
}

#[test]
fn a_mistake_damages_its_feature_and_what_asks_that_and_any_other_mistake_damages_all() {
    let check = |more: &str, named: &str| {
        let personalization = format!(
            r#"{{"view": "V", {more}"features": {{
                "hero": {{"defaultValue": 0, "rules": [{{"force": 1, "coverage": "all"}}]}},
                "asking": {{"rules": [{{"parentConditions": [{{"id": "hero", "condition": {{}}, "gate": true}}], "force": 1}}]}},
                "right": {{"defaultValue": 0}}
            }}, "deliver": [{{"feature": "right", "cookie": {{"name": {named}, "maxAge": "1d"}}}}]}}"#
        );
        Settings::check(&personalization, &Environment { variable: &|_| None }, &[Source::Kv])
    };
    let places = |mistakes: &Mistakes| mistakes.iter().map(|mistake| mistake.at.clone()).collect::<Vec<_>>();
    let settings = check("", "\"r\"").unwrap();
    assert_eq!(places(&settings.mistakes), ["$.features.hero.rules[0].coverage"]);
    let sound = ["hero", "asking", "right", "unknown"].map(|key| settings.features.is_sound(key));
    assert_eq!(sound, [false, false, true, false]);
    assert_eq!(settings.deliveries.len(), 1);
    let left = check("", "7").unwrap();
    assert_eq!(places(&left.mistakes)[1..], ["$.deliver[0].cookie.name"]);
    assert!(left.deliveries.is_empty());
    for (wrong, at) in [(r#""veiw": "V","#, "$.veiw"), (r#""consent": {},"#, "$.consent")] {
        let told = places(&check(wrong, "\"r\"").unwrap_err());
        assert!(told.contains(&at.to_owned()), "{told:?}");
    }
}

#[test]
fn everything_can_be_set() {
    let variables = [
        ("PROFILE_SOURCES", "activation-api, kv"),
        ("PROFILE_VIEW", "V"),
        ("PROFILE_VIEW_MATCH", "ignore-case"),
        ("LOOKUP_BUDGET_MS", "80"),
        ("PROFILE_KEPT_S", "3600"),
        ("ACTIVATION_API_URL", "http://127.0.0.1:8788/v2/activation"),
        ("ACTIVATION_DESTINATION_ID", "dest"),
        ("ACTIVATION_ENTITY", "account"),
        ("ACTIVATION_ID_TYPE", "rudder_anon"),
        ("ACTIVATION_TOKEN", "token"),
        ("TICKET_KEYS", KEY),
        ("EXPLAIN", "true"),
    ];
    let settings = check(&variables, true).unwrap();
    assert_eq!(settings.profiles.sources, [Source::ActivationApi, Source::Kv]);
    assert_eq!(settings.profiles.view.key, "V");
    assert_eq!((settings.profiles.budget_ms, settings.profiles.kept_s), (80, 3600));
    assert!(settings.keys.is_some() && settings.explain && settings.profiles.view.ignore_case);
    assert!(!format!("{settings:?}").contains("token\""), "the token shows in {settings:?}");
}

#[test]
fn every_mistake_is_told_at_once_and_no_secret_with_it() {
    let variables = [
        ("PROFILE_SOURCES", "kv,activation-api,kv,mongo"),
        ("LOOKUP_BUDGET_MS", "fast"),
        ("PROFILE_KEPT_S", "5"),
        ("PROFILE_VIEW_MATCH", "maybe"),
        ("ACTIVATION_API_URL", "profiles.rudderstack.com"),
        ("ACTIVATION_ID_TYPE", "email"),
        ("ACTIVATION_TOKEN", "gr\u{fc}n-secret"),
        ("TICKET_KEYS", "c2VjcmV0"),
        ("ORIGIN_URL", "https://user:password@site.example"),
        ("EXPLAIN", "yes"),
    ];
    let told = check(&variables, false).unwrap_err();
    let names: Vec<_> = told.iter().filter_map(|mistake| Some(mistake.split_once(": ")?.0)).collect();
    let expected = [
        "TICKET_KEYS",
        "PROFILE_VIEW_MATCH",
        "PROFILE_SOURCES",
        "PROFILE_SOURCES",
        "ACTIVATION_API_URL",
        "ACTIVATION_DESTINATION_ID",
        "ACTIVATION_TOKEN",
        "PROFILES",
        "ACTIVATION_ID_TYPE",
        "LOOKUP_BUDGET_MS",
        "PROFILE_KEPT_S",
        "ORIGIN_URL",
        "EXPLAIN",
    ];
    assert_eq!(names, expected, "{told:#?}");
    assert!(
        !told.concat().contains("secret")
            && !told.concat().contains("password")
            && !told.concat().contains("c2VjcmV0")
    );
}

#[test]
fn without_a_list_every_source_that_is_set_up_is_asked() {
    let api = [("ACTIVATION_TOKEN", "t"), ("ACTIVATION_DESTINATION_ID", "d")];
    assert_eq!(check(&api, true).unwrap().profiles.sources, [Source::Kv, Source::ActivationApi]);
    assert_eq!(check(&api, false).unwrap().profiles.sources, [Source::ActivationApi]);
    assert!(check(&[], false).unwrap_err().concat().starts_with("PROFILE_SOURCES"));
}

#[test]
fn settings_that_change_what_a_ticket_must_hold_change_the_fingerprint() {
    let fingerprint = |name, value| check(&[(name, value)], true).unwrap().fingerprint;
    let usual = check(&[], true).unwrap().fingerprint;
    assert_ne!(fingerprint("PROFILE_VIEW", "OTHER"), usual);
    assert_ne!(fingerprint("ACTIVATION_ENTITY", "account"), usual);
    assert_ne!(fingerprint("PROFILE_VIEW_MATCH", "ignore-case"), usual);
    assert_eq!(fingerprint("LOOKUP_BUDGET_MS", "80"), usual);
}

#[test]
fn a_ticket_does_not_outlive_the_number_that_it_was_counted_to() {
    let fingerprint = |condition: &str| {
        let personalization = PERSONALIZATION.replacen(r#""$in": [1, "1", true]"#, condition, 1);
        assert_ne!(personalization, PERSONALIZATION);
        let environment = Environment { variable: &|_| None };
        Settings::check(&personalization, &environment, &[Source::Kv]).unwrap().fingerprint
    };
    assert_ne!(fingerprint(r#""$gt": 3600"#), fingerprint(r#""$gt": 60"#));
    assert_eq!(fingerprint(r#""$gt": 60"#), fingerprint(r#""$lte": 60"#));
}

#[test]
fn a_function_of_the_site_needs_no_view() {
    let personalization =
        PERSONALIZATION.replacen(r#""view": "WEB_PERSONALIZATION:FEATURES_BY_ANON","#, "", 1);
    let check = |brings| Settings::check(&personalization, &Environment { variable: &|_| None }, brings);
    assert!(check(&[Source::Function]).is_ok());
    let told = check(&[Source::Function, Source::Kv]).unwrap_err();
    assert!(told.iter().all(|mistake| mistake.to_string().starts_with("PROFILE_VIEW")), "{told:?}");
}

#[test]
fn a_function_that_is_named_must_be_given() {
    let told = check(&[("PROFILE_SOURCES", "function")], true).unwrap_err();
    assert_eq!(told, ["profile: the function is not given, and PROFILE_SOURCES names `function`"]);
}

#[test]
fn objects_that_are_named_must_be_bound_and_come_after_kv_where_no_order_is_given() {
    let told = check(&[("PROFILE_SOURCES", "people")], true).unwrap_err();
    assert_eq!(told, ["PEOPLE: the Durable Objects are not bound, and PROFILE_SOURCES names `people`"]);
    let bound = |variable| {
        let brings = [Source::Kv, Source::People];
        Settings::check(PERSONALIZATION, &Environment { variable }, &brings).unwrap().profiles.sources
    };
    assert_eq!(bound(&|_| None), [Source::Kv, Source::People]);
    assert_eq!(bound(&|name| (name == "PROFILE_SOURCES").then(|| "people".to_owned())), [Source::People]);
}

#[test]
fn the_header_that_is_believed_is_one_or_several_by_name() {
    let headers = |text| check(&[("DECISION_ADDRESS_HEADER", text)], true);
    assert_eq!(headers("").unwrap().decision_endpoint.address_headers, ["x-real-ip", "x-forwarded-for"]);
    assert_eq!(
        headers(" CF-Connecting-IP ").unwrap().decision_endpoint.address_headers,
        ["cf-connecting-ip"]
    );
    assert_eq!(headers("A,b").unwrap().decision_endpoint.address_headers, ["a", "b"]);
    for (text, told) in [
        ("x-real-ip:", "`x-real-ip:` is not the name of a header"),
        ("x real ip", "`x real ip` is not the name of a header"),
        ("a,,b", "`` is not the name of a header"),
        ("a,A", "names `a` twice"),
    ] {
        assert_eq!(headers(text).unwrap_err(), [format!("DECISION_ADDRESS_HEADER: {told}")]);
    }
}
