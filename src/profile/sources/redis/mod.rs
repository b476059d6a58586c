//! Redis, as RudderStack's destination writes it: its Profiles sync, or its event stream's users.
//!
//! It is asked over a socket, password, database and question in one write; or by Redis' REST form, where a runtime has no
//! sockets. It is read only. How a reply is framed stands in [`resp`], where Redis is in [`address`].

pub mod address;
pub mod resp;

use serde_json::{Map, Value};

use crate::document::environment::Environment;
use crate::document::json;
use crate::document::mistake::Mistakes;
use crate::identity::anonymous_id::AnonymousId;
use crate::profile::lookup::{Ask, READ_BYTES};
use crate::profile::settings::Profiles;
use crate::profile::{Answer, Failure, within_size};
use address::{Address, Server};
use resp::{Lack, Said};

/// How deep the dots in a name lead: what goes deeper is no trait of anybody's.
const MAX_DEPTH: usize = 16;

/// How Redis is asked.
#[derive(Debug)]
pub struct Redis {
    /// Where it is.
    pub address: Address,
    /// Which of RudderStack's layouts stands there.
    pub layout: Layout,
}

/// A layout: what a key is before the id, and what stands under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// Of a Profiles sync: a hash with a field a view, whose text is JSON.
    Profiles(String),
    /// Of the event stream: a hash with a field a trait, whose name has dots where traits were nested.
    Users(String),
    /// Of the event stream in JSON mode: a document of the JSON module.
    UsersJson(String),
}

impl Redis {
    /// Reads the variables; `entity` and `id_type` are the project's.
    pub fn compile(
        environment: &Environment<'_>,
        (entity, id_type): (&str, &str),
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let url = environment.get("REDIS_URL");
        let address = url.ok_or("is not set, and PROFILE_SOURCES names `redis`");
        let address = address.and_then(|url| Address::read(&url));
        let address = address.map_err(|wrong| mistakes.note("REDIS_URL", wrong)).ok();
        let prefix = environment.get("REDIS_PREFIX").map(|prefix| prefix + ":").unwrap_or_default();
        let layout = match environment.get("REDIS_LAYOUT").as_deref() {
            None | Some("profiles") => {
                let workspace = environment.get("REDIS_WORKSPACE_ID");
                let destination = environment.get("REDIS_DESTINATION_ID");
                let destination = destination.or_else(|| environment.get("ACTIVATION_DESTINATION_ID"));
                for (name, value) in
                    [("REDIS_WORKSPACE_ID", &workspace), ("REDIS_DESTINATION_ID", &destination)]
                {
                    if value.is_none() {
                        mistakes
                            .note(name, "is not set, and the keys of the layout `profiles` begin with it");
                    }
                }
                Some(Layout::Profiles(format!("{}:{}:{entity}:{id_type}:", workspace?, destination?)))
            }
            Some("users") => Some(Layout::Users(prefix + "user:")),
            Some("users-json") => Some(Layout::UsersJson(prefix + "user:")),
            Some(_) => {
                mistakes.note("REDIS_LAYOUT", "must be `profiles`, `users` or `users-json`");
                None
            }
        };
        Some(Self { address: address?, layout: layout? })
    }

    /// What a ticket that was sealed before depends on.
    #[must_use]
    pub fn place(&self) -> String {
        let at = match &self.address {
            Address::Socket(Server { host, port, database, .. }) => format!("{host}:{port}/{database}"),
            Address::Rest { url, .. } => url.clone(),
        };
        let (Layout::Profiles(before) | Layout::Users(before) | Layout::UsersJson(before)) = &self.layout;
        let json = if matches!(self.layout, Layout::UsersJson(_)) { "json" } else { "" };
        [&at, " ", before, json].concat()
    }

    /// How many replies come: to the password, to the database, and to the question.
    fn replies(server: &Server) -> u32 {
        1 + u32::from(server.password.is_some()) + u32::from(server.database > 0)
    }
}

/// What it is asked about `id`.
#[must_use]
pub fn ask(id: &AnonymousId, profiles: &Profiles) -> Option<Ask> {
    let Redis { address, layout } = profiles.redis.as_ref()?;
    let key = |before: &str| format!("{before}{}", id.as_str());
    let (key, view) = match layout {
        Layout::Profiles(before) => (key(before), profiles.view.key.as_str()),
        Layout::Users(before) | Layout::UsersJson(before) => (key(before), ""),
    };
    let question: &[&str] = match layout {
        Layout::Profiles(_) if !profiles.view.ignore_case => &["HGET", &key, view],
        Layout::Profiles(_) | Layout::Users(_) => &["HGETALL", &key],
        Layout::UsersJson(_) => &["JSON.GET", &key],
    };
    match address {
        Address::Socket(server) => {
            let mut text = String::new();
            if let Some(password) = &server.password {
                let user = server.user.as_ref().map(|user| user.reveal());
                let words: Vec<_> = ["AUTH"].into_iter().chain(user).chain([password.reveal()]).collect();
                text += &resp::command(&words);
            }
            if server.database > 0 {
                text += &resp::command(&["SELECT", &server.database.to_string()]);
            }
            text += &resp::command(question);
            let (host, port, tls) = (server.host.clone(), server.port, server.tls);
            Some(Ask::Socket { host, port, tls, text, replies: Redis::replies(server) })
        }
        Address::Rest { url, token } => {
            let headers = vec![
                ("content-type", "application/json".to_owned()),
                ("authorization", format!("Bearer {}", token.reveal())),
                ("user-agent", "pintle".to_owned()),
            ];
            Some(Ask::Http {
                url: url.clone(),
                headers,
                body: json::text(&Value::from(
                    question.iter().map(|word| Value::from(*word)).collect::<Vec<_>>(),
                )),
            })
        }
    }
}

/// How far what came over a socket is: nothing where more must come; then whether another question may follow on the same
/// connection, which holds after whole replies alone.
#[must_use]
pub fn is_clean(bytes: &[u8], replies: u32) -> Option<bool> {
    match resp::replies(bytes, replies) {
        Err(Lack::More) if bytes.len() < READ_BYTES => None,
        Err(_) => Some(false),
        Ok((_, rest)) => Some(rest.is_empty()),
    }
}

/// Reads what came over a socket.
pub(super) fn read_bytes(bytes: &[u8], profiles: &Profiles) -> Result<Answer, Failure> {
    let Some(Redis { address: Address::Socket(server), .. }) = &profiles.redis else {
        return Err(Failure::NotJson);
    };
    let replies = match resp::replies(bytes, Redis::replies(server)) {
        Ok((replies, _)) => replies,
        Err(lack) => {
            // Who is refused at the door gets one error, and no more.
            if let Ok((first, _)) = resp::replies(bytes, 1) {
                refused(&first)?;
            }
            return Err(match lack {
                Lack::More if bytes.len() < READ_BYTES => {
                    Failure::Unreachable("the connection was closed in the middle of the answer".to_owned())
                }
                Lack::More | Lack::TooLarge => Failure::TooLarge,
                Lack::Foreign => Failure::Refused("what answers does not speak Redis' protocol"),
            });
        }
    };
    refused(&replies)?;
    let utf8 = |bytes| std::str::from_utf8(bytes).map_err(|_| Failure::BrokenEntry("it is not UTF-8"));
    match replies.last() {
        Some(Said::Text(text)) => answer(text.map(utf8).transpose()?, profiles),
        Some(Said::Texts(texts)) => {
            let texts: Result<Vec<_>, _> = texts.iter().map(|text| utf8(text)).collect();
            hash(&texts?, profiles)
        }
        Some(Said::Done | Said::Refused(_)) | None => {
            Err(Failure::Refused("what answers does not speak Redis' protocol"))
        }
    }
}

/// Reads an answer of the REST form: `{"result"}` or `{"error"}`.
pub(super) fn read_rest((status, body): (u16, &str), profiles: &Profiles) -> Result<Answer, Failure> {
    // Its answers are longer than what is in them.
    if body.len() >= READ_BYTES {
        return Err(Failure::TooLarge);
    }
    let members: Value = serde_json::from_str(body).unwrap_or_default();
    match (members.get("error"), members.get("result")) {
        (Some(Value::String(error)), _) if !matches!(status, 401 | 403) => Err(refusal(error.as_bytes())),
        _ if status != 200 => Err(Failure::Status(status)),
        (None, Some(Value::Array(texts))) => {
            let texts: Vec<_> = texts.iter().filter_map(Value::as_str).collect();
            hash(&texts, profiles)
        }
        (None, Some(Value::String(text))) => answer(Some(text), profiles),
        (None, Some(Value::Null)) => Ok(Answer::Unknown),
        _ => Err(Failure::NotJson),
    }
}

#[inline(never)]
/// Reads a hash: names and texts in turn. A hash that is not there has none.
fn hash(texts: &[&str], profiles: &Profiles) -> Result<Answer, Failure> {
    let fields = || texts.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?)));
    if let Some(Redis { layout: Layout::Profiles(_), .. }) = &profiles.redis {
        let key = profiles.view.key.as_str();
        let exact = fields().find(|(name, _)| *name == key);
        let found = exact.or_else(|| fields().find(|(name, _)| name.eq_ignore_ascii_case(key)));
        return answer(found.map(|(_, text)| text), profiles);
    }
    if texts.is_empty() {
        return Ok(Answer::Unknown);
    }
    let mut traits = Map::new();
    for (name, text) in fields() {
        put(&mut traits, name, text);
    }
    answer(Some(&json::text(&Value::Object(traits))), profiles)
}

/// Puts a trait where the dots in its name lead; what is nested wins over a text that stood there before.
fn put(traits: &mut Map<String, Value>, name: &str, text: &str) {
    let mut at = traits;
    let mut rest = name;
    for _ in 0..MAX_DEPTH {
        let Some((first, after)) = rest.split_once('.') else { break };
        if !at.get(first).is_some_and(Value::is_object) {
            at.insert(first.to_owned(), Value::Object(Map::new()));
        }
        let Some(Value::Object(members)) = at.get_mut(first) else { return };
        (at, rest) = (members, after);
    }
    if !at.get(rest).is_some_and(Value::is_object) {
        at.insert(rest.to_owned(), text.into());
    }
}

#[inline(never)]
/// Reads the JSON text of the view's features; to KV it goes as the `data` object that the Activation API has.
fn answer(text: Option<&str>, profiles: &Profiles) -> Result<Answer, Failure> {
    let Some(text) = text else { return Ok(Answer::Unknown) };
    within_size(text.len())?;
    if text == "null" {
        return Ok(Answer::Unknown);
    }
    let profile = profiles.view.features(text)?;
    let key = || json::text(&Value::from(profiles.view.key.as_str()));
    let data = || ["{", &key(), ":", text, "}"].concat();
    Ok(Answer::Known(profile, profiles.writes_back.then(data)))
}

/// The first error among replies.
#[inline(never)]
fn refused(replies: &[Said<'_>]) -> Result<(), Failure> {
    let error = replies.iter().find_map(|said| match said {
        Said::Refused(error) => Some(*error),
        Said::Done | Said::Text(_) | Said::Texts(_) => None,
    });
    error.map_or(Ok(()), |error| Err(refusal(error)))
}

/// What an error says, by its first words: the others may hold the key, and so an id.
fn refusal(error: &[u8]) -> Failure {
    let starts = |words: &[&str]| words.iter().any(|word| error.starts_with(word.as_bytes()));
    if starts(&["WRONGTYPE", "Existing key has wrong"]) {
        return Failure::BrokenEntry("its key holds another type than that of REDIS_LAYOUT");
    }
    Failure::Refused(
        if starts(&["NOAUTH", "WRONGPASS", "ERR invalid password", "ERR AUTH", "ERR Client sent AUTH"]) {
            "it does not take the user and password of REDIS_URL"
        } else if starts(&["MOVED", "ASK", "CLUSTERDOWN", "CROSSSLOT"]) {
            "it is in cluster mode, which is not followed: this key stands on another server"
        } else if starts(&["NOPERM"]) {
            "the user of REDIS_URL may not read these keys"
        } else if starts(&["ERR unknown command"]) {
            "it does not know the command: `users-json` needs the JSON module"
        } else if starts(&["ERR DB index", "ERR invalid DB", "ERR SELECT"]) {
            "it does not have the database of REDIS_URL"
        } else if starts(&["LOADING", "MASTERDOWN", "BUSY", "TRYAGAIN"]) {
            "it is not ready"
        } else if starts(&["ERR max number of clients"]) {
            "it has as many connections as it takes"
        } else {
            "it answered with an error"
        },
    )
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
