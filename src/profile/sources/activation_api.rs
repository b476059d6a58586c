//! RudderStack's Activation API (v1 and v2): both sides of its contract.
//!
//! `POST` with a bearer token and `{"entity", "destinationId", "id": {"type", "value"}}`; 200 with
//! `{"entity", "id", "data": {"<view>": {"<feature>": value}}}`, where `"data": {}` means that the id is
//! not known. Source: RudderStack's documentation, "Activation API". A status alone is never trusted.

use std::fmt;

use serde_json::Value;

use crate::document::environment::Environment;
use crate::document::mistake::Mistakes;
use crate::seal::secret::Secret;

use crate::document::json;
use crate::profile::view::View;
use crate::profile::{Answer, Failure, within_size};

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

/// A question: the body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The entity of the Profiles project, such as `user`.
    pub entity: String,
    /// The Activation API destination in RudderStack.
    pub destination_id: String,
    /// Whom it is about.
    pub id: Id,
}

/// A typed id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id {
    /// The id type of the Profiles project, such as `anonymous_id`.
    pub id_type: String,
    /// The id.
    pub value: String,
}

impl Id {
    fn json(&self) -> String {
        json::text_in_order(&[("type", text(&self.id_type)), ("value", text(&self.value))])
    }
}

impl Question {
    /// The JSON text that is sent.
    #[must_use]
    pub fn body(&self) -> String {
        json::text_in_order(&[
            ("entity", text(&self.entity)),
            ("destinationId", text(&self.destination_id)),
            ("id", self.id.json()),
        ])
    }

    /// Reads the answer to this question.
    pub fn read_answer(&self, status: u16, body: &str, view: &View) -> Result<Answer, Failure> {
        if status != 200 {
            return Err(Failure::Status(status));
        }
        within_size(body.len())?;
        let answer = json::members(body).map_err(|_| Failure::Malformed)?;
        let data = answer.get("data").filter(|data| data.get().starts_with('{')).ok_or(Failure::NoData)?;
        if let Some(id) = answer.get("id") {
            let id: Value = serde_json::from_str(id.get()).map_err(|_| Failure::Malformed)?;
            if id.get("value").is_some_and(|value| !value.is_null() && *value != self.id.value) {
                return Err(Failure::OtherId);
            }
        }
        Ok(match view.read(data.get())? {
            Some(profile) => Answer::Known(profile, data.get().to_owned()),
            None => Answer::Unknown,
        })
    }

    /// Reads a question, on the side of the endpoint.
    pub fn read(body: &str) -> Result<Self, BadQuestion> {
        within_size(body.len()).map_err(|_| BadQuestion("the body is too large".to_owned()))?;
        let question: Value = serde_json::from_str(body).map_err(|error| BadQuestion(error.to_string()))?;
        let filled = |name, value: Option<&Value>| match value {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            _ => Err(BadQuestion(format!("`{name}` must be a text that is not empty"))),
        };
        let id = question.get("id");
        Ok(Self {
            entity: filled("entity", question.get("entity"))?,
            destination_id: filled("destinationId", question.get("destinationId"))?,
            id: Id {
                id_type: filled("id.type", id.and_then(|id| id.get("type")))?,
                value: filled("id.value", id.and_then(|id| id.get("value")))?,
            },
        })
    }

    /// The JSON text of an answer to this question; `data` is the JSON text of an object.
    #[must_use]
    pub fn answer(&self, data: &str) -> String {
        let data = if json::members(data).is_ok() { data.to_owned() } else { "null".to_owned() };
        json::text_in_order(&[("entity", text(&self.entity)), ("id", self.id.json()), ("data", data)])
    }
}

fn text(text: &str) -> String {
    json::text(&text.into())
}

/// What is wrong with a question's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadQuestion(String);

impl fmt::Display for BadQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The body of a 401.
pub const UNAUTHORIZED: &str = r#"{"error":"Unauthorized request. Please check your access token"}"#;
/// The body of a 404.
pub const INVALID_DESTINATION: &str =
    r#"{"error":"Invalid Destination. Please verify you are passing the right destination ID"}"#;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn question() -> Question {
        Question {
            entity: "user".to_owned(),
            destination_id: "dest".to_owned(),
            id: Id { id_type: "anonymous_id".to_owned(), value: "2c5b".to_owned() },
        }
    }

    fn read(status: u16, body: &str) -> Result<Answer, Failure> {
        let view = View { key: "V".to_owned(), ignore_case: false, features: ["F".to_owned()].into() };
        question().read_answer(status, body, &view)
    }

    #[test]
    fn a_question_is_the_documented_body() {
        let body: serde_json::Value = serde_json::from_str(&question().body()).unwrap();
        let documented = json!({ "entity": "user", "destinationId": "dest", "id": { "type": "anonymous_id", "value": "2c5b" } });
        assert_eq!(body, documented);
    }

    #[test]
    fn a_known_id_has_a_profile_and_its_data_is_kept_whole() {
        let body =
            r#"{"entity":"user","id":{"type":"anonymous_id","value":"2c5b"},"data":{"V":{"F":1,"G":2}}}"#;
        let Ok(Answer::Known(profile, data)) = read(200, body) else { panic!("not known") };
        assert_eq!(serde_json::Value::Object(profile.0), json!({ "F": 1 }));
        assert_eq!(data, r#"{"V":{"F":1,"G":2}}"#);
    }

    #[test]
    fn empty_data_is_an_unknown_id() {
        assert_eq!(read(200, r#"{"entity":"user","data":{}}"#), Ok(Answer::Unknown));
    }

    #[test]
    fn a_200_without_a_data_object_is_a_failure() {
        for body in [r#"{"message":"Internal server error"}"#, r#"{"data":null}"#, r#"{"data":"{}"}"#, "{}"] {
            assert_eq!(read(200, body), Err(Failure::NoData), "{body}");
        }
    }

    #[test]
    fn every_other_answer_is_a_failure_with_its_reason() {
        assert_eq!(read(401, UNAUTHORIZED), Err(Failure::Status(401)));
        assert_eq!(read(404, INVALID_DESTINATION), Err(Failure::Status(404)));
        assert_eq!(read(204, ""), Err(Failure::Status(204)));
        assert_eq!(read(200, "<html>"), Err(Failure::Malformed));
        assert_eq!(read(200, r#"{"id":{"value":"other"},"data":{"V":{"F":1}}}"#), Err(Failure::OtherId));
        assert_eq!(read(200, &"x".repeat(70_000)), Err(Failure::TooLarge(70_000)));
    }

    #[test]
    fn what_the_endpoint_answers_the_client_reads() {
        let asked = Question::read(&question().body()).unwrap();
        let answer = asked.answer(r#"{"V":{"F":"yes"}}"#);
        assert!(matches!(read(200, &answer), Ok(Answer::Known(_, data)) if data == r#"{"V":{"F":"yes"}}"#));
        assert_eq!(read(200, &asked.answer("{}")), Ok(Answer::Unknown));
        assert_eq!(read(200, &asked.answer("not json")), Err(Failure::NoData));
    }

    #[test]
    fn a_bad_question_is_told_what_is_wrong_with_it() {
        let why = |body: &str| Question::read(body).unwrap_err().to_string();
        assert!(why("{").contains("EOF"), "{}", why("{"));
        assert!(why(r#"{"entity":"user"}"#).contains("destinationId"));
        assert!(
            why(r#"{"entity":"user","destinationId":"d","id":{"type":"t","value":""}}"#).contains("id.value")
        );
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_the_readers_panic(body in "\\PC{0,300}", status: u16) {
            let _ = read(status, &body);
            let _ = Question::read(&body);
        }
    }
}
