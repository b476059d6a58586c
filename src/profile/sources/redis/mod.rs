//! Redis, as RudderStack's destination writes it: its Profiles sync, or its event stream's users.
//!
//! It is asked over a socket, password, database and question in one write; or by Redis' REST form, where a runtime has no
//! sockets. A server of a cluster that has another one's key says whose it is, or will be, and that one is asked. Redis is read
//! only. How a reply is framed stands in [`resp`], where Redis is in [`address`].

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
use address::{Address, Server, split_last};
use resp::{Lack, Said};

/// How deep the dots in a name lead: what goes deeper is no trait of anybody's.
const MAX_DEPTH: usize = 16;
/// Makes a server answer once about a key that is on its way to it.
const ASKING: &str = "*1\r\n$6\r\nASKING\r\n";
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

const OTHER_TYPE: &str = "its key holds another type than that of REDIS_LAYOUT";
const WHO: &str = "it does not take the user and password that it is told";
const OLD: &str = "it is older than Redis 6, which passwords need here";
const DATABASE: &str = "it does not have the database that it is told";
const CLUSTER: &str = "its cluster does not agree whose this key is";
const NOT_READY: &str = "it is not ready";

/// How errors begin, and what they say.
const REFUSALS: [(&str, &str); 20] = [
    ("WRONGTYPE", OTHER_TYPE),
    ("Existing key has wrong", OTHER_TYPE),
    ("NOAUTH", WHO),
    ("WRONGPASS", WHO),
    ("ERR invalid password", WHO),
    ("ERR AUTH", WHO),
    ("NOPERM", "its user may not do this with these keys"),
    ("NOPROTO", OLD),
    ("ERR unknown command 'HELLO", OLD),
    ("ERR unknown command `HELLO", OLD),
    ("ERR unknown command", "it does not know the command: `users-json` needs the JSON module"),
    ("ERR DB index", DATABASE),
    ("ERR SELECT", DATABASE),
    ("MOVED", CLUSTER),
    ("ASK", CLUSTER),
    ("CLUSTERDOWN", CLUSTER),
    ("LOADING", NOT_READY),
    ("MASTERDOWN", NOT_READY),
    ("BUSY", NOT_READY),
    ("ERR max number of clients", "it has as many connections as it takes"),
];

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
        let layout = match environment.get("REDIS_LAYOUT").as_deref() {
            None | Some("profiles") => {
                let mut before = String::new();
                for (name, other) in [
                    ("REDIS_WORKSPACE_ID", None),
                    ("REDIS_DESTINATION_ID", Some("ACTIVATION_DESTINATION_ID")),
                ] {
                    match environment.get(name).or_else(|| environment.get(other?)) {
                        Some(id) => before = before + &id + ":",
                        None => mistakes
                            .note(name, "is not set, and the keys of the layout `profiles` begin with it"),
                    }
                }
                Some(Layout::Profiles(before + entity + ":" + id_type + ":"))
            }
            Some("users") => Some(Layout::Users(before_users(environment))),
            Some("users-json") => Some(Layout::UsersJson(before_users(environment))),
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
            Address::Socket(server) => &server.place,
            Address::Rest { url, .. } => url,
        };
        let (Layout::Profiles(before) | Layout::Users(before) | Layout::UsersJson(before)) = &self.layout;
        let json = if matches!(self.layout, Layout::UsersJson(_)) { "json" } else { "" };
        [at, " ", before, json].concat()
    }

    /// What it is asked about `id`; by a server of its cluster another one may be named.
    fn asked(&self, id: &AnonymousId, view: &View, other: Option<Place<'_>>) -> Ask {
        let (Layout::Profiles(before) | Layout::Users(before) | Layout::UsersJson(before)) = &self.layout;
        let key = [before, id.as_str()].concat();
        let words: &[&str] = match self.layout {
            Layout::Profiles(_) if !view.ignore_case => &["HGET", &key, &view.key],
            Layout::Profiles(_) | Layout::Users(_) => &["HGETALL", &key],
            // Without a path it depends on the protocol which one is meant.
            Layout::UsersJson(_) => &["JSON.GET", &key, "."],
        };
        match &self.address {
            Address::Socket(server) => over_socket(server, other, &[resp::command(words)]),
            Address::Rest { url, token } => Ask::Http {
                url: url.clone(),
                headers: vec![
                    ("content-type", "application/json".to_owned()),
                    ("authorization", ["Bearer ", token.reveal()].concat()),
                    ("user-agent", "pintle".to_owned()),
                ],
                body: json::text(&Value::Array(words.iter().map(|word| Value::from(*word)).collect())),
            },
        }
    }
}

/// What the keys of the event stream's users are before the id.
#[must_use]
pub fn before_users(environment: &Environment<'_>) -> String {
    environment.get("REDIS_PREFIX").map_or_else(String::new, |prefix| prefix + ":") + "user:"
}

/// A server of a cluster that another one sends to.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    /// Its host.
    pub host: &'p str,
    /// Its port.
    pub port: u16,
    /// Whether the key is only on its way there: each command has `ASKING` before it then.
    pub is_asked: bool,
}

/// What it is asked about `id`.
#[must_use]
pub fn ask(id: &AnonymousId, profiles: &Profiles) -> Option<Ask> {
    Some(profiles.redis.as_ref()?.asked(id, &profiles.view, None))
}

/// Commands in one write, behind who says them and of which database, to a server or to another one of its cluster.
/// Who has no password greets nobody, and RESP 2 is spoken. What is said on a connection that was kept is said anew each time:
/// nothing is remembered of it.
#[must_use]
pub fn over_socket(server: &Server, other: Option<Place<'_>>, commands: &[String]) -> Ask {
    let (mut text, mut replies) = (String::new(), 0);
    let mut say = |command: &str| {
        text += command;
        replies += 1;
    };
    if let Some(password) = &server.password {
        let user = server.user.as_ref().map_or("default", |user| user.reveal());
        say(&resp::command(&["HELLO", "3", "AUTH", user, password.reveal()]));
    }
    if let Some(database) = &server.database {
        say(&resp::command(&["SELECT", database]));
    }
    for command in commands {
        if other.is_some_and(|other| other.is_asked) {
            say(ASKING);
        }
        say(command);
    }
    let (host, port) = other.map_or((&*server.host, server.port), |other| (other.host, other.port));
    Ask::Socket { host: host.to_owned(), port, tls: server.tls, text, replies }
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

/// The server of the same cluster that an error sends to: for good, or for this question.
#[must_use]
pub fn moved<'e>(error: &'e [u8], server: &'e Server) -> Option<Place<'e>> {
    let mut words = std::str::from_utf8(error).ok()?.splitn(3, ' ');
    let is_asked = match words.next()? {
        "MOVED" => false,
        "ASK" => true,
        _ => return None,
    };
    let (host, port) = split_last(words.nth(1)?, b':')?;
    // A server that does not know its own address leaves it out.
    let host = if matches!(host, "" | "?") { &server.host } else { host };
    Some(Place { host, port: port.parse().ok()?, is_asked })
}

/// Reads what came over a socket.
#[inline(never)]
pub(super) fn read_bytes(bytes: &[u8], id: &AnonymousId, profiles: &Profiles) -> Result<Answer, Failure> {
    let Some(redis @ Redis { address: Address::Socket(server), .. }) = &profiles.redis else {
        return Err(Failure::NotJson);
    };
    let before = u32::from(server.password.is_some()) + u32::from(server.database.is_some());
    let utf8 = |bytes| std::str::from_utf8(bytes).map_err(|_| Failure::BrokenEntry("it is not UTF-8"));
    let mut said = last(bytes, before + 1)?;
    if said == Said::Done {
        // It was `ASKING` that this is the reply to.
        said = last(bytes, before + 2)?;
    }
    match said {
        Said::Refused(error) => match moved(error, server) {
            Some(other) => Ok(Answer::Elsewhere(redis.asked(id, &profiles.view, Some(other)))),
            None => Err(refusal(error)),
        },
        Said::Text(Some(text)) => answer(utf8(text)?, profiles),
        Said::Text(None) => Ok(Answer::Unknown),
        Said::Texts(texts) => {
            let texts: Result<Vec<_>, _> = texts.into_iter().map(utf8).collect();
            hash(&texts?, profiles)
        }
        Said::Done => Err(Failure::Refused(FOREIGN)),
    }
}

/// Reads an answer of the REST form: `{"result"}` or `{"error"}`.
#[inline(never)]
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
        (None, Some(Value::String(text))) => answer(text, profiles),
        (None, Some(Value::Null)) => Ok(Answer::Unknown),
        _ => Err(Failure::NotJson),
    }
}

/// Reads a hash: names and texts in turn. A hash that is not there has none.
#[inline(never)]
fn hash(texts: &[&str], profiles: &Profiles) -> Result<Answer, Failure> {
    let fields = texts.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?)));
    if let Some(Redis { layout: Layout::Profiles(_), .. }) = &profiles.redis {
        let key = profiles.view.key.as_str();
        let found =
            fields.filter(|(name, _)| name.eq_ignore_ascii_case(key)).max_by_key(|(name, _)| *name == key);
        return found.map_or(Ok(Answer::Unknown), |(_, text)| answer(text, profiles));
    }
    if texts.is_empty() {
        return Ok(Answer::Unknown);
    }
    let mut traits = Map::new();
    fields.for_each(|(name, text)| put(&mut traits, name, text));
    answer(&json::text(&Value::Object(traits)), profiles)
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
fn answer(text: &str, profiles: &Profiles) -> Result<Answer, Failure> {
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
    let known = REFUSALS.iter().find(|(words, _)| error.starts_with(words.as_bytes()));
    let why = known.map_or("it answered with an error", |(_, why)| *why);
    if why == OTHER_TYPE { Failure::BrokenEntry(why) } else { Failure::Refused(why) }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
