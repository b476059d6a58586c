use serde_json::json;

use super::*;

fn compile(section: &Value) -> Result<Identity, Vec<String>> {
    let mut mistakes = Mistakes::default();
    let identity = Identity::compile(Some(section), Place::Root.member("identity"), &mut mistakes);
    let told: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
    if told.is_empty() { Ok(identity) } else { Err(told) }
}

fn named(identity: &Identity, event: &Value) -> Vec<String> {
    let event = Event::read(event, 0, Trust::Warehouse).unwrap();
    identity.named_by(&event).iter().map(|alias| alias.as_str().to_owned()).collect()
}

#[test]
fn what_the_import_writes_is_read() {
    let identity = compile(&json!({ "trust": "server", "ids": {
        "user_id": {}, "anonymous_id": { "maximum": 3 },
        "email": { "maximum": 1, "filters": [{ "type": "include", "regex": ".+@.+" }, { "type": "exclude", "value": "a@b" }] },
    } }))
    .unwrap();
    assert_eq!(identity.trust, Trust::Server);
    let maxima = ["anonymous_id", "email", "phone"].map(|id_type| identity.maximum(id_type));
    assert_eq!(maxima, [3, 1, 5]);
    let lets = |id: &str| identity.lets(&Alias::new("email", &json!(id)).unwrap());
    assert_eq!(["jane@example.com", "jane", "a@b"].map(lets), [true, false, false]);
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let told = compile(&json!({ "trust": "everybody", "entity": "user", "ids": {
        "a:b": {}, "user_id": { "maximum": 2 }, "email": { "maximum": 0, "edges": 1, "filters": [
            7, { "type": "only", "value": "x" }, { "type": "include" }, { "type": "include", "regex": "(" },
            { "type": "exclude", "value": 1 }] },
        "phone": [] } }))
    .unwrap_err();
    let places: Vec<_> = told.iter().filter_map(|mistake| Some(mistake.split_once(": ")?.0)).collect();
    let expected = [
        "$.identity.trust",
        "$.identity.entity",
        "$.identity.ids[\"a:b\"]",
        "$.identity.ids.email.maximum",
        "$.identity.ids.email.filters[0]",
        "$.identity.ids.email.filters[1].type",
        "$.identity.ids.email.filters[2]",
        "$.identity.ids.email.filters[3].regex",
        "$.identity.ids.email.filters[4].value",
        "$.identity.ids.email.edges",
        "$.identity.ids.phone",
        "$.identity.ids.user_id.maximum",
    ];
    assert_eq!(places, expected, "{told:#?}");
    assert_eq!(compile(&json!([])).unwrap_err(), ["$.identity: must be an object"]);
    assert_eq!(compile(&json!({ "ids": [] })).unwrap_err(), ["$.identity.ids: must be an object"]);
}

#[test]
fn an_event_names_the_ids_of_declared_types_and_no_other() {
    let identity = compile(&json!({ "ids": { "email": {}, "crm": {}, "user_id": {} } })).unwrap();
    let event = json!({ "type": "identify", "userId": "u", "traits": { "email": "own@x", "phone": "1", "user_id": "u2" },
        "context": { "traits": { "email": "context@x" }, "externalId": [
            { "type": "crm", "id": 7 }, { "type": "crm", "id": "null" }, { "type": "phone", "id": "1" },
            { "type": "email", "id": "own@x" }, { "id": "x" }, 7] } });
    assert_eq!(named(&identity, &event), ["email:own@x", "crm:7"]);
    assert_eq!(named(&Identity::default(), &event), [] as [&str; 0]);
}

#[test]
fn ids_that_are_dropped_are_counted_and_the_event_is_not_dropped() {
    let filters = json!([{ "type": "exclude", "value": "a@b" }]);
    let identity = compile(&json!({ "ids": { "email": { "filters": filters }, "crm": {} } })).unwrap();
    let refused = |event: &Value| identity.refused(&Event::read(event, 0, Trust::Warehouse).unwrap());
    let right = json!({ "type": "page", "anonymousId": "a", "userId": "", "previousId": null });
    assert_eq!(refused(&right), Refused::default());
    let crm: Vec<_> = (0..10).map(|id| json!({ "type": "crm", "id": id + 1 })).collect();
    let wrong = json!({ "type": "identify", "anonymousId": "null", "userId": "u", "traits": { "email": "a@b" },
        "context": { "externalId": crm } });
    assert_eq!(refused(&wrong), Refused { nobody: 2, too_many: 2 });
    assert_eq!(named(&identity, &wrong).len(), MAX_OF_EVENT);
}
