//! RudderStack's Activation API (v1 and v2), the side that answers: a question in, an answer out, each refusal named.
//!
//! It decides who may ask (the bearer token), about whom (one profile's key, and no other key of the namespace) and what
//! is said. It does not read KV: `worker` brings what stands there. The side that asks, and what both share, is
//! [`pintle::profile::sources::activation_api`]. Source: RudderStack's documentation, "Activation API".

mod refusal;
#[cfg(test)]
mod tests;
mod wire;

use pintle::profile::later;
use pintle::profile::sources::kv;
use pintle::seal::secret::Secret;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::event::Alias;
use crate::snapshot;
pub use refusal::Refusal;
use wire::Lenient;

/// The largest body that is read, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The largest profile that is answered, in bytes: KV keeps up to 25 MiB, which would stay in the module's memory.
pub const MAX_PROFILE_BYTES: usize = 1024 * 1024;

/// The entity of the keys that Pintle keeps for itself.
const OUR_OWN: &str = "pintle";

/// What a request is here to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// `POST`: say what is known.
    Tell,
    /// `DELETE`, of v2: forget it.
    Delete,
}

/// Who may ask here, and for which destination.
#[derive(Debug)]
pub struct Endpoint {
    /// The service access token.
    pub token: Secret,
    /// The only destination that is right; without, every one is.
    pub destination_id: Option<String>,
}

impl Endpoint {
    /// Lets a request in, before its body is read: by its path, method and `Authorization`.
    pub fn admit(&self, path: &str, method: &str, authorization: Option<&str>) -> Result<Task, Refusal> {
        let task = match (method, path) {
            ("POST", _) => Task::Tell,
            ("DELETE", "/v2/activation") => Task::Delete,
            (_, "/v2/activation") => return Err(Refusal::Method("POST, DELETE")),
            _ => return Err(Refusal::Method("POST")),
        };
        let given = authorization.and_then(|authorization| authorization.split_once(' '));
        let bearer = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        if bearer.is_some_and(|(_, token)| self.token.is(token.trim())) {
            Ok(task)
        } else {
            Err(Refusal::Unauthorized)
        }
    }

    /// Reads the body of a request that was let in.
    pub fn read(&self, task: Task, body: &[u8]) -> Result<Question, Refusal> {
        if body.len() > MAX_BODY_BYTES {
            return Err(Refusal::TooLarge);
        }
        let body = std::str::from_utf8(body)
            .map_err(|error| Refusal::NotAQuestion(format!("it is no text in unicode: {error}")))?;
        let body: Lenient<wire::Question> =
            serde_json::from_str(body).map_err(|error| Refusal::NotAQuestion(error.to_string()))?;
        let wire::Question { entity, destination_id, id, .. } = body.right().unwrap_or_default();
        let entity = word("entity", entity.right())?;
        if entity == OUR_OWN {
            return Err(Refusal::NotAQuestion(format!(
                "`entity` must not be `{OUR_OWN}`: no profiles are kept there"
            )));
        }
        let destination_id = filled("destinationId", destination_id.right())?;
        let wire::Id { id_type, value, .. } = id.right().unwrap_or_default();
        let (id_type, value) = (id_type.right(), value.right());
        if task == Task::Delete && id_type.is_none() && value.is_none() {
            return Err(Refusal::NoId);
        }
        let id = Id { id_type: word("id.type", id_type)?, value: filled("id.value", value)? };
        match &self.destination_id {
            Some(right) if *right != destination_id => Err(Refusal::OtherDestination),
            _ => Ok(Question { entity, id }),
        }
    }
}

/// A member that is a text and says something.
fn filled(name: &str, member: Option<String>) -> Result<String, Refusal> {
    member
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Refusal::NotAQuestion(format!("`{name}` must be a text that is not empty")))
}

/// One that ends where the key's next part begins, so that no two questions have one key.
fn word(name: &str, member: Option<String>) -> Result<String, Refusal> {
    let word = filled(name, member)?;
    if word.contains(|letter: char| letter == ':' || letter.is_control()) {
        return Err(Refusal::NotAQuestion(format!(
            "`{name}` must not contain a colon or a control character"
        )));
    }
    Ok(word)
}

/// A question about somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The entity of the Profiles project, such as `user`: without colons, and never `pintle`.
    pub entity: String,
    /// Whom it is about.
    pub id: Id,
}

/// A typed id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Id {
    /// The id type of the Profiles project, such as `anonymous_id`: without colons.
    #[serde(rename = "type")]
    pub id_type: String,
    /// The id: any text.
    pub value: String,
}

impl Question {
    /// The key of the profile in KV; without one, nothing can be known.
    #[must_use]
    pub fn key(&self) -> Option<String> {
        kv::key(&self.entity, &self.id.id_type, &self.id.value)
    }

    /// Whose object knows them, besides KV; of another entity, and of a word for nobody, none does.
    #[must_use]
    pub fn alias(&self) -> Option<Alias> {
        let alias = Alias::new(&self.id.id_type, &Value::from(self.id.value.as_str()))?;
        // Events are read so: blanks around an id are none of it.
        let key = kv::key(&self.entity, &self.id.id_type, alias.id())?;
        (key == format!("user:{}", alias.as_str())).then_some(alias)
    }

    /// Says what is known.
    #[must_use]
    pub fn tell(&self, entry: &Entry) -> Answer {
        Answer::ok(&wire::Found { entity: &self.entity, id: &self.id, data: entry })
    }

    /// What the log says of an entry that is broken: where to look, and not whose it is.
    #[must_use]
    pub fn warning(&self) -> String {
        let (entity, id_type) = (&self.entity, &self.id.id_type);
        format!(
            "pintle: an entry in KV under `{entity}:{id_type}:…` is not the JSON object of a profile: it is answered with \"data\": null"
        )
    }
}

/// What stands under a key, and what `data` says of it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Entry {
    /// Nothing, so the id is not known: `{}`.
    Missing {},
    /// A profile: the JSON text of an object, as it stands there.
    Profile(Box<RawValue>),
    /// Something else: null, which is no profile and not an unknown id either.
    Broken,
}

impl Entry {
    /// Reads the value of a key.
    #[must_use]
    pub fn read(value: Vec<u8>) -> Self {
        let data = String::from_utf8(value).ok().and_then(|text| RawValue::from_string(text).ok());
        match data {
            Some(data) if data.get().starts_with('{') => Self::Profile(data),
            _ => Self::Broken,
        }
    }

    /// The same as it is at `now_ms`, in milliseconds since 1970: what the feed wrote of later is taken as it is then, and
    /// left out. Everything else is handed on as it stands there.
    #[must_use]
    pub fn at(self, now_ms: u64) -> Self {
        if let Self::Profile(data) = &self
            && (data.get().contains(later::MEMBER) || data.get().contains(snapshot::EXACT))
        {
            return at(data.get(), now_ms).map_or(Self::Broken, Self::Profile);
        }
        self
    }
}

fn at(data: &str, now_ms: u64) -> Option<Box<RawValue>> {
    let mut views: Map<String, Value> = serde_json::from_str(data).ok()?;
    views.remove(snapshot::EXACT);
    if let Some(told) = views.remove(later::MEMBER) {
        let told = told.to_string();
        for view in views.values_mut().filter_map(Value::as_object_mut) {
            later::apply(&told, None, view, now_ms)?;
        }
    }
    RawValue::from_string(Value::Object(views).to_string()).ok()
}

/// An answer: JSON that nobody keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The header `Allow`.
    pub allow: Option<&'static str>,
}

impl Answer {
    /// Says how many keys there were, all of which are deleted.
    #[must_use]
    pub fn deleted(keys: u32) -> Self {
        Self::ok(&wire::Deleted { deleted_keys: keys, actual_keys: keys })
    }

    fn ok(answer: &impl Serialize) -> Self {
        Self { status: 200, body: wire::text(answer), allow: None }
    }
}
