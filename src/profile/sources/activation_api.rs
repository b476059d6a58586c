//! RudderStack's Activation API (v1 and v2), as it is asked. The other side of the contract is the feed's.
//!
//! `POST` with a bearer token and `{"entity", "destinationId", "id": {"type", "value"}}`; 200 with
//! `{"entity", "id", "data": {"<view>": {"<feature>": value}}}`, where `"data": {}` means that the id is
//! not known. Source: RudderStack's documentation, "Activation API". A status alone is never trusted.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::document::environment::Environment;
use crate::document::mistake::Mistakes;
use crate::identity::anonymous_id::AnonymousId;
use crate::profile::lookup::Ask;
use crate::profile::settings::Profiles;
use crate::profile::{Answer, Failure, within_size};
use crate::seal::secret::Secret;

/// Where profiles of this project are asked for when no other URL is set.
pub const DEFAULT_URL: &str = "https://profiles.rudderstack.com/v1/activation";

/// How the Activation API is asked.
#[derive(Debug)]
pub struct ActivationApi {
    /// The whole URL.
    pub url: String,
    /// The destination's id.
    pub destination_id: String,
    /// The service access token.
    pub token: Secret,
}

impl ActivationApi {
    /// Reads `ACTIVATION_API_URL`, `ACTIVATION_DESTINATION_ID` and `ACTIVATION_TOKEN`.
    pub fn compile(environment: &Environment<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let url = environment.url("ACTIVATION_API_URL", mistakes).unwrap_or_else(|| DEFAULT_URL.to_owned());
        let mut required = |name| {
            let value = environment.get(name);
            if value.is_none() {
                mistakes.note(name, "is not set, and PROFILE_SOURCES names `activation-api`");
            }
            value
        };
        let (destination_id, token) = (required("ACTIVATION_DESTINATION_ID"), required("ACTIVATION_TOKEN"));
        if token.as_ref().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            mistakes.note("ACTIVATION_TOKEN", "holds characters that cannot stand in a header");
        }
        Some(Self { url, destination_id: destination_id?, token: Secret::new(token?) })
    }
}

/// The body of a question.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'q> {
    entity: &'q str,
    destination_id: &'q str,
    id: Id<'q>,
}

#[derive(Serialize)]
struct Id<'q> {
    #[serde(rename = "type")]
    id_type: &'q str,
    value: &'q str,
}

/// The body of an answer, as far as it is read.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    data: Option<&'a RawValue>,
    id: Option<Value>,
}

/// A member that is there may hold null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// What it is asked about `id`.
#[must_use]
pub fn ask(id: &AnonymousId, profiles: &Profiles) -> Option<Ask> {
    let ActivationApi { url, destination_id, token } = profiles.activation_api.as_ref()?;
    let id = Id { id_type: &profiles.id_type, value: id.as_str() };
    let body = serde_json::to_string(&Question { entity: &profiles.entity, destination_id, id }).ok()?;
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("authorization", format!("Bearer {}", token.reveal())),
        // Firewalls refuse requests that do not say who asks.
        ("user-agent", "pintle".to_owned()),
    ];
    Some(Ask::Http { url: url.clone(), headers, body })
}

/// Reads an answer about `id`. What is wrong with the envelope is the API's fault, what is wrong inside of `data` the
/// entry's.
pub fn read(
    (status, body): (u16, &str),
    id: &AnonymousId,
    profiles: &Profiles,
    now_ms: u64,
) -> Result<Answer, Failure> {
    if status != 200 {
        return Err(Failure::Status(status));
    }
    within_size(body.len())?;
    let envelope: Envelope<'_> = serde_json::from_str(body).map_err(|_| Failure::NotJson)?;
    let told = envelope.id.as_ref().and_then(|id| id.get("value")).filter(|value| !value.is_null());
    if told.is_some_and(|value| value != id.as_str()) {
        return Err(Failure::OtherId);
    }
    let data = envelope.data.ok_or(Failure::NoData)?.get();
    match data.as_bytes().first() {
        Some(b'{') => {}
        Some(b'n') => return Err(Failure::BrokenEntry("its `data` is null")),
        _ => return Err(Failure::NoData),
    }
    let keep = || profiles.writes_back.then(|| data.to_owned());
    Ok(profiles.view.read(data, now_ms)?.map_or(Answer::Unknown, |profile| Answer::Known(profile, keep())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::profile::Source;

    fn profiles() -> Profiles {
        let variables = |name: &str| match name {
            "ACTIVATION_DESTINATION_ID" => Some("dest".to_owned()),
            "ACTIVATION_TOKEN" => Some("secret".to_owned()),
            "PROFILE_SOURCES" => Some("kv,activation-api".to_owned()),
            _ => None,
        };
        let wanted = (Some("V".to_owned()), ["F"].into());
        let environment = Environment { variable: &variables };
        Profiles::compile(&environment, &[Source::Kv], wanted, &mut Mistakes::default())
    }

    fn visitor() -> AnonymousId {
        AnonymousId::new("2c5b".to_owned()).unwrap()
    }

    fn read(status: u16, body: &str) -> Result<Answer, Failure> {
        super::read((status, body), &visitor(), &profiles(), 0)
    }

    #[test]
    fn a_question_is_the_documented_body_under_a_bearer_token() {
        let Some(Ask::Http { url, headers, body }) = ask(&visitor(), &profiles()) else {
            panic!("no question")
        };
        let documented = json!({ "entity": "user", "destinationId": "dest", "id": { "type": "anonymous_id", "value": "2c5b" } });
        assert_eq!(url, DEFAULT_URL);
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), documented);
        assert!(headers.contains(&("authorization", "Bearer secret".to_owned())));
    }

    #[test]
    fn a_known_id_has_a_profile_and_its_data_is_kept_whole() {
        let body =
            r#"{"entity":"user","id":{"type":"anonymous_id","value":"2c5b"},"data":{"V":{"F":1,"G":2}}}"#;
        let Ok(Answer::Known(profile, data)) = read(200, body) else { panic!("not known") };
        assert_eq!(Value::Object(profile.features), json!({ "F": 1 }));
        assert_eq!(data.as_deref(), Some(r#"{"V":{"F":1,"G":2}}"#));
    }

    #[test]
    fn empty_data_is_an_unknown_id() {
        assert_eq!(read(200, r#"{"entity":"user","data":{}}"#), Ok(Answer::Unknown));
    }

    #[test]
    fn a_200_without_a_data_object_is_a_failure() {
        for body in [r#"{"message":"Internal server error"}"#, r#"{"data":"{}"}"#, "{}"] {
            assert_eq!(read(200, body), Err(Failure::NoData), "{body}");
        }
    }

    #[test]
    fn what_is_wrong_inside_of_data_is_the_entrys_fault() {
        for body in [
            r#"{"data":null}"#,
            r#"{"data":{"V":1}}"#,
            r#"{"data":{"V":{"F":"\ud83d"}}}"#,
            r#"{"data":{"V":{"F":1e999}}}"#,
        ] {
            assert!(matches!(read(200, body), Err(Failure::BrokenEntry(_))), "{body}");
        }
    }

    #[test]
    fn every_other_answer_is_a_failure_with_its_reason() {
        assert_eq!(read(401, "{}"), Err(Failure::Status(401)));
        assert_eq!(read(204, ""), Err(Failure::Status(204)));
        assert_eq!(read(200, "<html>"), Err(Failure::NotJson));
        assert_eq!(read(200, r#"{"id":{"value":"other"},"data":{"V":{"F":1}}}"#), Err(Failure::OtherId));
        assert_eq!(read(200, &"x".repeat(70_000)), Err(Failure::TooLarge));
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(body in "\\PC{0,300}", status: u16) {
            let _ = read(status, &body);
        }
    }
}
