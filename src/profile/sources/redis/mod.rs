//! Redis, as RudderStack's destination writes it: its Profiles sync, or its event stream's users.
//!
//! It is asked over a socket, password, database and question in one write; or by Redis' REST form, where a runtime has no
//! sockets. A server of a cluster that has another one's key says whose it is, and that one is asked. Redis is read only. How a
//! reply is framed stands in [`resp`], where Redis is in [`address`].

pub mod address;
pub mod resp;

use serde_json::{Map, Value};

use crate::document::environment::Environment;
use crate::document::json;
use crate::document::mistake::Mistakes;
use crate::identity::anonymous_id::AnonymousId;
use crate::profile::lookup::{Ask, READ_BYTES};
use crate::profile::settings::Profiles;
use crate::profile::view::View;
use crate::profile::{Answer, Failure, within_size};
use address::{Address, Server};
use resp::{Lack, Said};

/// How deep the dots in a name lead: what goes deeper is no trait of anybody's.
const MAX_DEPTH: usize = 16;
/// Why nothing of an answer is understood.
const FOREIGN: &str = "what answers does not speak Redis' protocol";

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

    /// What it is asked about `id`: a command, its words in order.
    fn question(&self, id: &AnonymousId, view: &View) -> Vec<String> {
        let (Layout::Profiles(before) | Layout::Users(before) | Layout::UsersJson(before)) = &self.layout;
        let (command, last) = match self.layout {
            Layout::Profiles(_) if !view.ignore_case => ("HGET", Some(view.key.as_str())),
            Layout::Profiles(_) | Layout::Users(_) => ("HGETALL", None),
            // Without a path it depends on the protocol which one is meant.
            Layout::UsersJson(_) => ("JSON.GET", Some(".")),
        };
        let key = [before, id.as_str()].concat();
        [command.to_owned(), key].into_iter().chain(last.map(str::to_owned)).collect()
    }
}

/// What it is asked about `id`.
#[must_use]
pub fn ask(id: &AnonymousId, profiles: &Profiles) -> Option<Ask> {
    let redis = profiles.redis.as_ref()?;
    let question = redis.question(id, &profiles.view);
    Some(match &redis.address {
        Address::Socket(server) => over_socket(server, &[question]),
        Address::Rest { url, token } => Ask::Http {
            url: url.clone(),
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("authorization", format!("Bearer {}", token.reveal())),
                ("user-agent", "pintle".to_owned()),
            ],
            body: json::text(&Value::from(question)),
        },
    })
}

/// Commands in one write, behind who says them and of which database. Who has no password greets nobody, and RESP 2 is
/// spoken; what is said on a connection that was kept is said anew each time, as nothing is remembered of it.
#[must_use]
pub fn over_socket(server: &Server, commands: &[Vec<String>]) -> Ask {
    let before = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let greeting = server.password.as_ref().map(|password| {
        let user = server.user.as_ref().map_or("default", |user| user.reveal());
        before(&["HELLO", "3", "AUTH", user, password.reveal()])
    });
    let select = (server.database > 0).then(|| before(&["SELECT", &server.database.to_string()]));
    let said: Vec<Vec<String>> = greeting.into_iter().chain(select).chain(commands.iter().cloned()).collect();
    Ask::Socket {
        host: server.host.clone(),
        port: server.port,
        tls: server.tls,
        text: said.iter().map(|words| resp::command(words)).collect(),
        replies: u32::try_from(said.len()).unwrap_or(u32::MAX),
    }
}

/// How far what came over a socket is: nothing where more must come; then whether another question may follow on the same
/// connection, which holds after whole replies alone.
#[must_use]
pub fn is_clean(bytes: &[u8], replies: u32) -> Option<bool> {
    let come = resp::replies(bytes, replies);
    match come.lack {
        Some(Lack::More) if bytes.len() < READ_BYTES => None,
        Some(_) => Some(false),
        None => Some(come.rest.is_empty()),
    }
}

/// The reply to the last of so many commands, or the first error: who is refused at the door may get no more than that.
pub fn last(bytes: &[u8], replies: u32) -> Result<Said<'_>, Failure> {
    let mut come = resp::replies(bytes, replies);
    let error = come.replies.iter().position(|said| matches!(said, Said::Refused(_)));
    come.replies.truncate(error.map_or(usize::MAX, |at| at + 1));
    match come.lack.filter(|_| error.is_none()) {
        None => come.replies.pop().ok_or(Failure::Refused(FOREIGN)),
        Some(Lack::More) if bytes.len() < READ_BYTES => {
            Err(Failure::Unreachable("the connection was closed in the middle of the answer".to_owned()))
        }
        Some(Lack::More | Lack::TooLarge) => Err(Failure::TooLarge),
        Some(Lack::Foreign) => Err(Failure::Refused(FOREIGN)),
    }
}

/// The server of the same cluster that an error sends to.
#[must_use]
pub fn moved(error: &[u8], server: &Server) -> Option<Server> {
    let place = std::str::from_utf8(error.strip_prefix(b"MOVED ")?).ok()?.split(' ').nth(1)?;
    let (host, port) = place.rsplit_once(':')?;
    // A server that does not know its own address leaves it out.
    let host = if matches!(host, "" | "?") { &server.host } else { host };
    Some(Server { host: host.to_owned(), port: port.parse().ok()?, ..server.clone() })
}

/// Reads what came over a socket.
pub(super) fn read_bytes(bytes: &[u8], id: &AnonymousId, profiles: &Profiles) -> Result<Answer, Failure> {
    let Some(redis @ Redis { address: Address::Socket(server), .. }) = &profiles.redis else {
        return Err(Failure::NotJson);
    };
    let replies = 1 + u32::from(server.password.is_some()) + u32::from(server.database > 0);
    let utf8 = |bytes| std::str::from_utf8(bytes).map_err(|_| Failure::BrokenEntry("it is not UTF-8"));
    match last(bytes, replies)? {
        Said::Refused(error) => match moved(error, server) {
            Some(other) => {
                Ok(Answer::Elsewhere(over_socket(&other, &[redis.question(id, &profiles.view)])))
            }
            None => Err(refusal(error)),
        },
        Said::Text(text) => answer(text.map(utf8).transpose()?, profiles),
        Said::Texts(texts) => {
            let texts: Result<Vec<_>, _> = texts.into_iter().map(utf8).collect();
            hash(&texts?, profiles)
        }
        Said::Done => Err(Failure::Refused(FOREIGN)),
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

/// Reads a hash: names and texts in turn. A hash that is not there has none.
#[inline(never)]
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

/// Reads the JSON text of the view's features; to KV it goes as the `data` object that the Activation API has.
#[inline(never)]
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

/// What an error says, by its first words: the others may hold the key, and so an id.
#[must_use]
pub fn refusal(error: &[u8]) -> Failure {
    let starts = |words: &[&str]| words.iter().any(|word| error.starts_with(word.as_bytes()));
    if starts(&["WRONGTYPE", "Existing key has wrong"]) {
        return Failure::BrokenEntry("its key holds another type than that of REDIS_LAYOUT");
    }
    Failure::Refused(
        if starts(&["NOAUTH", "WRONGPASS", "ERR invalid password", "ERR AUTH", "ERR Client sent AUTH"]) {
            "it does not take the user and password that it is told"
        } else if starts(&["MOVED", "ASK", "CLUSTERDOWN"]) {
            "its cluster does not agree whose this key is"
        } else if starts(&["NOPERM"]) {
            "its user may not do this with these keys"
        } else if starts(&["ERR unknown command 'HELLO", "ERR unknown command `HELLO", "NOPROTO"]) {
            "it is older than Redis 6, which passwords need here"
        } else if starts(&["ERR unknown command"]) {
            "it does not know the command: `users-json` needs the JSON module"
        } else if starts(&["ERR DB index", "ERR invalid DB", "ERR SELECT"]) {
            "it does not have the database that it is told"
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
