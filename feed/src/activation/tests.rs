use pintle::document::environment::Environment;
use pintle::document::mistake::Mistakes;
use pintle::identity::anonymous_id::AnonymousId;
use pintle::profile::lookup::Ask;
use pintle::profile::settings::Profiles;
use pintle::profile::sources::activation_api;

use super::refusal::{INVALID_DESTINATION, UNAUTHORIZED};
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn endpoint() -> Endpoint {
    Endpoint { token: Secret::new("token".to_owned()), destination_id: Some("dest".to_owned()) }
}

fn body(entity: &str, id_type: &str, value: &str) -> Vec<u8> {
    let body =
        json!({ "entity": entity, "destinationId": "dest", "id": { "type": id_type, "value": value } });
    body.to_string().into_bytes()
}

fn asked() -> Question {
    endpoint().read(Task::Tell, &body("user", "anonymous_id", "2c5b")).unwrap()
}

fn why(task: Task, body: &str) -> String {
    endpoint().read(task, body.as_bytes()).unwrap_err().to_string()
}

fn stored(value: &str) -> Entry {
    Entry::read(value.as_bytes().to_vec())
}

#[test]
fn each_version_answers_its_methods() {
    let admit = |path, method| endpoint().admit(path, method, Some("Bearer token"));
    for path in ["/v1/activation", "/v2/activation"] {
        assert_eq!(admit(path, "POST"), Ok(Task::Tell));
    }
    assert_eq!(admit("/v2/activation", "DELETE"), Ok(Task::Delete));
    for (path, method, allow) in [
        ("/v1/activation", "DELETE", "POST"),
        ("/v1/activation", "GET", "POST"),
        ("/v2/activation", "GET", "POST, DELETE"),
        ("/v2/activation", "PUT", "POST, DELETE"),
    ] {
        let answer = admit(path, method).unwrap_err().answer();
        assert_eq!((answer.status, answer.allow), (405, Some(allow)), "{method} {path}");
    }
}

#[test]
fn only_the_bearer_of_the_token_is_let_in() {
    let admit = |authorization| endpoint().admit("/v1/activation", "POST", authorization);
    for right in ["Bearer token", "bearer token", "BEARER  token "] {
        assert_eq!(admit(Some(right)), Ok(Task::Tell), "{right}");
    }
    for wrong in
        ["", "Bearer", "Bearer ", "Bearer toke", "Bearer tokens", "Bearer TOKEN", "token", "Basic token"]
    {
        let refusal = admit(Some(wrong)).unwrap_err();
        assert_eq!(refusal, Refusal::Unauthorized, "{wrong}");
        assert_eq!(refusal.answer(), Answer { status: 401, body: UNAUTHORIZED.to_owned(), allow: None });
    }
    assert_eq!(admit(None), Err(Refusal::Unauthorized));
}

#[test]
fn an_answer_is_the_documented_body() {
    let answer = asked().tell(&stored(r#"{ "V": {"F": 1.50, "G": null} }"#));
    let body = r#"{"entity":"user","id":{"type":"anonymous_id","value":"2c5b"},"data":{ "V": {"F": 1.50, "G": null} }}"#;
    assert_eq!(answer, Answer { status: 200, body: body.to_owned(), allow: None });
}

#[test]
fn an_id_that_is_not_known_has_empty_data() {
    for entry in [Entry::Missing {}, stored("{}")] {
        assert!(asked().tell(&entry).body.ends_with(r#","data":{}}"#));
    }
}

#[test]
fn an_entry_that_is_no_object_has_data_null_and_a_warning_that_tells_where_and_not_whose() {
    for value in ["", "not json", "[]", "1", "null", "\"{}\"", "{", "{} {}", r#"{"V":}"#] {
        assert!(asked().tell(&stored(value)).body.ends_with(r#","data":null}"#), "{value}");
    }
    assert!(matches!(Entry::read(vec![b'{', b'"', 0xff, b'"', b':', b'1', b'}']), Entry::Broken));
    let warning = asked().warning();
    assert!(warning.contains("user:anonymous_id") && !warning.contains("2c5b"), "{warning}");
}

#[test]
fn a_profile_is_handed_on_as_it_stands_there() {
    for value in [r#"{"V":{"F":"\ud800"}}"#, r#"{"V":{"F":1e999}}"#, r#"{"a":1,"a":2}"#] {
        assert!(asked().tell(&stored(value)).body.ends_with(&format!(",\"data\":{value}}}")), "{value}");
    }
}

#[test]
fn what_changes_with_time_is_told_as_it_is_now_and_how_it_changes_is_kept_back() {
    let stored =
        |later: &str| stored(&format!(r#"{{"V":{{"AGO":1,"F":2,"WEEK":3}},"pintle:later":{later}}}"#));
    let later = r#"{"since":{"AGO":1000},"steps":{"WEEK":[[5000,2],[9000,1]]}}"#;
    let told = |now_ms| asked().tell(&stored(later).at(now_ms)).body;
    assert!(told(4_999).ends_with(r#","data":{"V":{"AGO":3,"F":2,"WEEK":3}}}"#), "{}", told(4_999));
    assert!(told(9_000).ends_with(r#","data":{"V":{"AGO":8,"F":2,"WEEK":1}}}"#), "{}", told(9_000));
    assert!(matches!(stored("7").at(0), Entry::Broken));
    let exact = self::stored(r#"{"V":{"F":2},"pintle:exact":{"F":1000}}"#).at(0);
    assert!(asked().tell(&exact).body.ends_with(r#","data":{"V":{"F":2}}}"#));
}

#[test]
fn what_the_asking_side_writes_is_read() {
    let variable = |name: &str| match name {
        "PROFILE_SOURCES" => Some("activation-api".to_owned()),
        "ACTIVATION_DESTINATION_ID" | "ACTIVATION_TOKEN" => Some("dest".to_owned()),
        _ => None,
    };
    let environment = Environment { variable: &variable };
    let wanted = (Some("V".to_owned()), [].into());
    let profiles = Profiles::compile(&environment, &[], wanted, &mut Mistakes::default());
    let id = AnonymousId::new("2c\"5b".to_owned()).unwrap();
    let Some(Ask::Http { body, .. }) = activation_api::ask(&id, &profiles) else { panic!("no question") };
    let asked = endpoint().read(Task::Tell, body.as_bytes()).unwrap();
    assert_eq!(asked.key().as_deref(), Some("user:anonymous_id:2c\"5b"));
}

#[test]
fn what_is_wrong_with_a_body_is_told() {
    for (body, named) in [
        ("", "EOF"),
        ("{", "EOF"),
        ("entity=user", "line 1 column"),
        ("\u{feff}{}", "line 1 column"),
        ("{} {}", "trailing"),
        ("[]", "`entity` must be a text"),
        ("null", "`entity` must be a text"),
        (r#"["user","dest",["anonymous_id","2c5b"]]"#, "`entity` must be a text"),
        (r#"{"entity":7}"#, "`entity` must be a text"),
        (r#"{"entity":"user"}"#, "`destinationId` must be a text"),
        (r#"{"entity":"user","destinationId":""}"#, "`destinationId` must be a text that is not empty"),
        (r#"{"entity":"user","destinationId":"dest"}"#, "`id.type` must be a text"),
        (
            r#"{"entity":"user","destinationId":"dest","id":["anonymous_id","2c5b"]}"#,
            "`id.type` must be a text",
        ),
        (
            r#"{"entity":"user","destinationId":"dest","id":{"type":"t","value":7}}"#,
            "`id.value` must be a text",
        ),
        (r#"{"entity":"user","destinationId":"dest","id":{"type":"t","value":"\ud800"}}"#, "line 1 column"),
    ] {
        let why = why(Task::Tell, body);
        assert!(why.starts_with("the body is not a question: ") && why.contains(named), "{body}: {why}");
    }
    let refusal = endpoint().read(Task::Tell, b"{\"entity\":\"\"}").unwrap_err().answer();
    let body = r#"{"error":"the body is not a question: `entity` must be a text that is not empty"}"#;
    assert_eq!((refusal.status, refusal.body.as_str()), (400, body));
}

#[test]
fn a_question_may_say_more_than_is_asked_for() {
    let body =
        r#"{"by":[{}],"entity":"user","destinationId":"dest","id":{"type":"t","value":"v","seen":1.5}}"#;
    assert!(endpoint().read(Task::Tell, body.as_bytes()).is_ok());
}

#[test]
fn a_body_that_is_too_large_is_not_looked_into() {
    assert_eq!(endpoint().read(Task::Tell, &vec![b'x'; MAX_BODY_BYTES + 1]), Err(Refusal::TooLarge));
    assert_eq!(Refusal::TooLarge.answer().status, 400);
}

#[test]
fn entity_and_id_type_never_reach_into_another_part_of_the_key() {
    for (entity, id_type) in
        [("user:anonymous_id", "t"), ("user", "anonymous_id:x"), ("us\ner", "t"), ("user", "t\0")]
    {
        let refusal = endpoint().read(Task::Tell, &body(entity, id_type, "v")).unwrap_err();
        assert!(
            refusal.to_string().contains("must not contain a colon or a control character"),
            "{entity} {id_type}"
        );
    }
    let question = endpoint().read(Task::Tell, &body("product", "SKU 7", "a:b")).unwrap();
    assert_eq!(question.key().as_deref(), Some("product:SKU 7:a:b"));
}

#[test]
fn keys_of_pintles_own_are_no_profiles() {
    for task in [Task::Tell, Task::Delete] {
        let refusal = endpoint().read(task, &body("pintle", "settings", "v")).unwrap_err();
        assert!(refusal.to_string().contains("`pintle`"), "{refusal}");
        assert_eq!(refusal.answer().status, 400);
    }
}

#[test]
fn another_destination_is_refused_where_one_is_set() {
    let other = br#"{"entity":"user","destinationId":"other","id":{"type":"t","value":"v"}}"#;
    let refusal = endpoint().read(Task::Tell, other).unwrap_err().answer();
    assert_eq!(refusal, Answer { status: 404, body: INVALID_DESTINATION.to_owned(), allow: None });
    let any = Endpoint { destination_id: None, ..endpoint() };
    assert!(any.read(Task::Tell, other).is_ok());
}

#[test]
fn a_delete_without_an_id_is_answered_as_documented() {
    for id in ["", r#","id":null"#, r#","id":{}"#, r#","id":[]"#] {
        let body = format!(r#"{{"entity":"user","destinationId":"dest"{id}}}"#);
        let answer = endpoint().read(Task::Delete, body.as_bytes()).unwrap_err().answer();
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (400, r#"{"message":"id should have at least one item"}"#)
        );
    }
    assert!(
        why(Task::Delete, r#"{"entity":"user","destinationId":"dest","id":{"type":"t"}}"#)
            .contains("id.value")
    );
}

#[test]
fn a_deletion_counts_its_key() {
    assert_eq!(Answer::deleted(1).body, r#"{"deletedKeys":1,"actualKeys":1}"#);
    assert_eq!(Answer::deleted(0).body, r#"{"deletedKeys":0,"actualKeys":0}"#);
}

#[test]
fn an_id_that_is_too_long_for_a_key_has_none() {
    let question = endpoint().read(Task::Tell, &body("user", "anonymous_id", &"é".repeat(300))).unwrap();
    assert_eq!(question.key(), None);
}

#[test]
fn a_failure_of_kv_names_what_to_look_at() {
    let answer = Refusal::Kv("read a profile", "KV GET failed: 500".to_owned()).answer();
    assert_eq!(answer.status, 500);
    assert!(
        answer.body.contains("PROFILES") && answer.body.contains("KV GET failed: 500"),
        "{}",
        answer.body
    );
}

proptest! {
    #[test]
    fn no_body_panics(body: Vec<u8>) {
        for task in [Task::Tell, Task::Delete] {
            let _ = endpoint().read(task, &body);
        }
        let _ = asked().tell(&Entry::read(body));
    }

    #[test]
    fn no_json_panics(members in proptest::collection::btree_map("entity|destinationId|id|type|value|\\PC{0,3}", "\\PC{0,9}", 0..6), nested: bool) {
        let body = if nested { json!({ "entity": "user", "destinationId": "dest", "id": members }) } else { json!(members) };
        let answer = endpoint().read(Task::Tell, body.to_string().as_bytes()).map(|question| question.tell(&Entry::Missing {}));
        let text = answer.unwrap_or_else(|refusal| refusal.answer()).body;
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
    }

    #[test]
    fn a_key_has_exactly_one_question(entity in "[^:\\pC]{1,9}", id_type in "[^:\\pC]{1,9}", value in "\\PC{1,20}") {
        prop_assume!(entity != "pintle");
        let question = endpoint().read(Task::Tell, &body(&entity, &id_type, &value)).unwrap();
        let key = question.key().unwrap();
        let parts: Vec<_> = key.splitn(3, ':').collect();
        prop_assert_eq!(parts, [entity, id_type, value]);
    }
}

#[test]
fn an_id_with_blanks_around_it_is_whom_events_with_it_are_about() {
    let question = |entity: &str, value: &str| Question {
        entity: entity.to_owned(),
        id: Id { id_type: "user_id".to_owned(), value: value.to_owned() },
    };
    let alias =
        |entity: &str, value: &str| question(entity, value).alias().map(|alias| alias.id().to_owned());
    assert_eq!(alias("user", " u1\n"), Some("u1".to_owned()));
    assert_eq!(alias("account", "u1"), None);
    assert_eq!(alias("user", " null "), None);
}
