//! The Activation API's endpoint, from the KV namespace that is bound as `PROFILES`.

use pintle::document::environment::Environment;
use pintle::seal::secret::Secret;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast as _, JsValue};
use worker::kv::KvError;
use worker::{ByteStream, Env, KvStore, ObjectNamespace, Request, console_error, console_warn, js_sys};

use super::{body, settings, telling};
use crate::activation::{
    Answer, Endpoint, Entry, MAX_BODY_BYTES, MAX_PROFILE_BYTES, Question, Refusal, Task,
};
use crate::event::Alias;

/// Answers a request. Whatever fails is an answer, too.
pub(super) async fn answer(request: Request, env: &Env) -> Answer {
    answered(request, env).await.unwrap_or_else(|refusal| {
        if let Refusal::Kv(..) | Refusal::People(_) = refusal {
            console_error!("pintle: {refusal}");
        }
        refusal.answer()
    })
}

async fn answered(mut request: Request, env: &Env) -> Result<Answer, Refusal> {
    let endpoint = endpoint(env).ok_or(Refusal::NotSetUp)?;
    let authorization = request.headers().get("authorization").ok().flatten();
    let task = endpoint.admit(&request.path(), request.method().as_ref(), authorization.as_deref())?;
    let body = match request.stream() {
        Ok(stream) => body::read(stream, MAX_BODY_BYTES).await,
        // A request without a body.
        Err(_) => Ok(Some(Vec::new())),
    };
    let body = body.map_err(|error| Refusal::NotAQuestion(error.to_string()))?.ok_or(Refusal::TooLarge)?;
    let question = endpoint.read(task, &body)?;
    let profiles = env.kv("PROFILES").map_err(|error| Refusal::Kv("look", error.to_string()))?;
    match task {
        Task::Tell => tell(&question, &profiles).await,
        Task::Delete => match (question.alias(), env.durable_object("PEOPLE")) {
            (Some(alias), Ok(people)) => {
                forget(&alias, &people).await.map_err(|error| Refusal::People(error.to_string()))
            }
            _ => delete(&question, &profiles).await,
        },
    }
}

fn endpoint(env: &Env) -> Option<Endpoint> {
    let environment = Environment { variable: &|name| settings::variable(env, name) };
    let token = Secret::new(environment.get("ACTIVATION_TOKEN")?);
    Some(Endpoint { token, destination_id: environment.get("ACTIVATION_DESTINATION_ID") })
}

async fn tell(question: &Question, profiles: &KvStore) -> Result<Answer, Refusal> {
    let entry = match open(question, profiles).await? {
        None => Entry::Missing {},
        Some(value) => match body::read(value, MAX_PROFILE_BYTES).await {
            Ok(value) => value.map_or(Entry::Broken, Entry::read).at(now_ms()),
            Err(error) => return Err(Refusal::Kv("read a profile", error.to_string())),
        },
    };
    if let Entry::Broken = entry {
        console_warn!("{}", question.warning());
    }
    Ok(question.tell(&entry))
}

/// Has an object forget whoever it knows, and everybody forget them who shares with it; it has KV forget them, too.
async fn forget(alias: &Alias, people: &ObjectNamespace) -> worker::Result<Answer> {
    let wish = json!({ "own": alias, "asked": alias }).to_string();
    let request = telling::request("DELETE", "https://people/", &wish)?;
    let mut response = people.id_from_name(alias.as_str())?.get_stub()?.fetch_with_request(request).await?;
    match response.status_code() {
        200 => {
            let told: Value = serde_json::from_str(&response.text().await?)?;
            let keys = told.get("keys").and_then(Value::as_u64).and_then(|keys| keys.try_into().ok());
            Ok(Answer::deleted(keys.unwrap_or_default()))
        }
        status => Err(format!("an object answered with status {status}").into()),
    }
}

/// KV says nothing of whether it had what it deletes: that is asked first.
async fn delete(question: &Question, profiles: &KvStore) -> Result<Answer, Refusal> {
    let Some(key) = question.key() else { return Ok(Answer::deleted(0)) };
    let was_there = open(question, profiles).await?.is_some();
    // What seems not to be there is deleted as well: what was just written may not be seen yet.
    profiles.delete(&key).await.map_err(|error| Refusal::Kv("delete a profile", in_its_words(&error)))?;
    Ok(Answer::deleted(was_there.into()))
}

/// The value of the profile's key, not yet read.
async fn open(question: &Question, profiles: &KvStore) -> Result<Option<ByteStream>, Refusal> {
    let Some(key) = question.key() else { return Ok(None) };
    match profiles.get(&key).stream().await {
        Ok(value) => Ok(value.map(ByteStream::from)),
        Err(error) => Err(Refusal::Kv("read a profile", in_its_words(&error))),
    }
}

/// The message of what KV threw: its own `Display` is the whole stack.
fn in_its_words(error: &KvError) -> String {
    match error {
        KvError::JavaScript(thrown) => message(thrown),
        KvError::Serialization(_) | KvError::InvalidKvStore(_) => error.to_string(),
    }
}

fn message(thrown: &JsValue) -> String {
    let error: Option<&js_sys::Error> = thrown.dyn_ref();
    error.map_or_else(|| format!("{thrown:?}"), |error| error.message().into())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole milliseconds since 1970")]
fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}
