//! Redis, in the layout of RudderStack's event stream: what other programs of the team read there of the users whom the feed knows.
//!
//! Under `[prefix:]user:{userId}` stands a hash with a field a feature, whose name has dots where it is nested and whose value is
//! text. Fields that are no feature's are somebody else's and stay; a feature that is null has no field. Ids that are no user's are
//! not written: a browser may claim any anonymous id, and so a user's key.

use pintle::document::environment::Environment;
use pintle::document::mistake::Mistakes;
use pintle::profile::Failure;
use pintle::profile::lookup::Ask;
use pintle::profile::sources::redis::address::{Address, Server};
use pintle::profile::sources::redis::resp::{self, Said};
use pintle::profile::sources::redis::{before_users, last, moved, over_socket, refusal};
use serde_json::{Map, Value};

use crate::event::Alias;
use crate::person::SILENT_S;

/// Where it is written.
#[derive(Debug)]
pub struct Redis {
    server: Server,
    /// What a key is before the id.
    before: String,
}

impl Redis {
    /// Reads the variables; nothing where nobody reads Redis.
    pub fn compile(environment: &Environment<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        const NAME: &str = "FEED_REDIS_URL";
        let server = match Address::read(&environment.get(NAME)?) {
            Ok(Address::Socket(server)) => server,
            Ok(Address::Rest { .. }) => {
                mistakes.note(NAME, "must be redis:// or rediss://: nothing is written by Redis' REST form");
                return None;
            }
            Err(wrong) => {
                mistakes.note(NAME, wrong);
                return None;
            }
        };
        Some(Self { server, before: before_users(environment) })
    }

    /// What is written of an alias: its features in this view, out of a `data` object, or that there is nothing.
    #[must_use]
    pub fn ask(&self, alias: &Alias, view: &str, data: Option<&str>) -> Option<Ask> {
        alias.is_user().then(|| over_socket(&self.server, None, &self.commands(alias, view, data)))
    }

    /// What came of it: nothing when it stands there, or what is to be asked of the server whose key it is.
    ///
    /// # Errors
    ///
    /// Why it does not stand there.
    pub fn heard(&self, ask: &Heard<'_>) -> Result<Option<Ask>, Failure> {
        let Said::Refused(error) = last(ask.bytes, ask.replies)? else { return Ok(None) };
        let other = moved(error, &self.server).ok_or_else(|| refusal(error))?;
        Ok(Some(over_socket(&self.server, Some(other), &self.commands(ask.alias, ask.view, ask.data))))
    }

    fn commands(&self, alias: &Alias, view: &str, data: Option<&str>) -> Vec<String> {
        let command = |name: &str| vec![name.to_owned(), format!("{}{}", self.before, alias.id())];
        let Some(data) = data else { return vec![resp::command(&command("DEL"))] };
        let data: Map<String, Value> = serde_json::from_str(data).unwrap_or_default();
        let (mut gone, mut set) = (command("HDEL"), command("HSET"));
        if let Some(Value::Object(features)) = data.get(view) {
            features.iter().for_each(|(name, value)| flatten(name, value, &mut gone, &mut set));
        }
        let mut expire = command("EXPIRE");
        expire.push(SILENT_S.to_string());
        let said = [gone, set, expire].into_iter().filter(|words| words.len() > 2);
        said.map(|words| resp::command(&words)).collect()
    }
}

/// What a server answered, and to what.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'h> {
    /// What came.
    pub bytes: &'h [u8],
    /// How many replies were to come.
    pub replies: u32,
    /// Of whom it was written.
    pub alias: &'h Alias,
    /// In which view.
    pub view: &'h str,
    /// The `data` object.
    pub data: Option<&'h str>,
}

/// As RudderStack flattens traits: what is nested behind dots, lists as JSON, everything else as text.
fn flatten(name: &str, value: &Value, gone: &mut Vec<String>, set: &mut Vec<String>) {
    let text = match value {
        Value::Object(members) if !members.is_empty() => {
            for (member, value) in members {
                flatten(&format!("{name}.{member}"), value, gone, set);
            }
            return;
        }
        Value::Null | Value::Object(_) => return gone.push(name.to_owned()),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    };
    set.extend([name.to_owned(), text]);
}

#[cfg(test)]
mod tests {
    use pintle::profile::sources::redis::resp::command;
    use serde_json::json;

    use super::*;

    fn redis(url: &str) -> Result<Redis, String> {
        let variable = |name: &str| match name {
            "FEED_REDIS_URL" => Some(url.to_owned()),
            "REDIS_PREFIX" => Some("shop".to_owned()),
            _ => None,
        };
        let mut mistakes = Mistakes::default();
        let redis = Redis::compile(&Environment { variable: &variable }, &mut mistakes);
        redis.ok_or_else(|| mistakes.iter().map(ToString::to_string).collect())
    }

    fn user() -> Alias {
        Alias::new(Alias::USER, &json!("u1")).unwrap()
    }

    fn written(ask: Option<Ask>) -> String {
        match ask {
            Some(Ask::Socket { text, .. }) => text,
            _ => panic!("nothing is written"),
        }
    }

    #[test]
    fn features_are_written_as_rudderstack_flattens_traits_and_what_is_null_is_taken_away() {
        let data = json!({"V": {
            "PLAN": "pro", "N": 1.5, "IN": true, "LIST": ["a", 1], "OFF": null, "NONE": {},
            "RECENT": {"purchase_1": "sku", "purchase_2": null},
        }, "pintle:later": {"steps": {}}});
        let of = redis("redis://cache.example").unwrap();
        let key = "shop:user:u1";
        let expected = [
            command(&["HDEL", key, "NONE", "OFF", "RECENT.purchase_2"]),
            command(&[
                "HSET",
                key,
                "IN",
                "true",
                "LIST",
                r#"["a",1]"#,
                "N",
                "1.5",
                "PLAN",
                "pro",
                "RECENT.purchase_1",
                "sku",
            ]),
            command(&["EXPIRE", key, "34560000"]),
        ];
        assert_eq!(written(of.ask(&user(), "V", Some(&data.to_string()))), expected.concat());
        assert_eq!(written(of.ask(&user(), "V", None)), command(&["DEL", key]));
    }

    #[test]
    fn a_device_that_is_called_as_a_user_does_not_come_near_the_users_key() {
        let device = Alias::new(Alias::DEVICE, &json!("u1")).unwrap();
        assert_eq!(redis("redis://cache.example").unwrap().ask(&device, "V", Some("{}")), None);
    }

    #[test]
    fn an_answer_is_that_it_stands_there_or_where_it_is_to_be_said_or_why_not() {
        let of = redis("redis://cache.example").unwrap();
        let (alias, data) = (user(), Some(r#"{"V":{"A":1}}"#));
        let heard =
            |bytes: &'static [u8]| of.heard(&Heard { bytes, replies: 2, alias: &alias, view: "V", data });
        assert_eq!(heard(b":1\r\n:1\r\n"), Ok(None));
        match heard(b"-MOVED 1 10.0.0.7:6381\r\n-MOVED 1 10.0.0.7:6381\r\n") {
            Ok(Some(Ask::Socket { host, port, .. })) => assert_eq!((host.as_str(), port), ("10.0.0.7", 6381)),
            other => panic!("{other:?}"),
        }
        match heard(b"-ASK 1 10.0.0.7:6381\r\n-ASK 1 10.0.0.7:6381\r\n") {
            Ok(Some(Ask::Socket { text, replies: 4, .. })) => {
                assert_eq!(text.matches(&command(&["ASKING"])).count(), 2);
            }
            other => panic!("{other:?}"),
        }
        let refused = heard(b"-WRONGTYPE u1\r\n:0\r\n").unwrap_err().to_string();
        assert!(refused.contains("another type") && !refused.contains("u1"), "{refused}");
        assert!(heard(b":1\r\n:").is_err());
    }

    #[test]
    fn what_is_no_address_of_a_socket_is_told_without_its_secret() {
        for url in ["https://hidden@db.example", "redis://:hidden@h/x", "cache.example"] {
            let told = redis(url).unwrap_err();
            assert!(told.starts_with("FEED_REDIS_URL: ") && !told.contains("hidden"), "{told}");
        }
    }
}
