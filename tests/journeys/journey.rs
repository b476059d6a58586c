//! One journey: how it reads, and how it is run through the core.

use std::collections::BTreeMap;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use pintle::document::environment::Environment;
use pintle::identity::anonymous_id::AnonymousId;
use pintle::identity::ticket::{self, Nonce, Seal, Ticket};
use pintle::profile::{Failure, Lookup, Profile, Source};
use pintle::request::Request;
use pintle::seal::key_ring::KeyRing;
use pintle::settings::Settings;
use pintle::visit::{Fetch, identify};
use serde::Deserialize;
use serde_json::{Map, Value, json};

const NONCE: Nonce = [7; 12];

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Journey {
    name: String,
    /// Variables, by name.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// Where it is not the shipped one.
    personalization: Option<Value>,
    /// The time, in seconds since 1970.
    now: u64,
    request: Asked,
    /// The ticket that the browser brings, sealed by the first key of the environment.
    ticket: Option<Sealed>,
    /// What must be asked, and when.
    fetch: Option<Value>,
    lookup: Value,
    plan: Expected,
}

#[derive(Deserialize, Clone)]
struct Asked {
    #[serde(default = "get")]
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
}

fn get() -> String {
    "GET".to_owned()
}

/// What a ticket says; times in seconds since 1970.
#[derive(Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Sealed {
    id: String,
    fetched: u64,
    attributes: Option<Map<String, Value>>,
    #[serde(default)]
    written: BTreeMap<String, u64>,
}

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expected {
    #[serde(default)]
    set_cookies: Vec<String>,
    #[serde(default)]
    decisions: Map<String, Value>,
    /// The ticket that is sealed for the next page.
    ticket: Option<Sealed>,
    server_timing: Option<String>,
}

impl Request for Asked {
    fn method(&self) -> String {
        self.method.clone()
    }
    fn url(&self) -> String {
        self.url.clone()
    }
    fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).cloned()
    }
}

/// The tests in one file.
pub(crate) fn trials(file: &Path) -> Vec<Trial> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let journeys: Vec<Journey> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let trial = |journey: Journey| Trial::test(format!("{stem}: {}", journey.name), move || run(journey));
    journeys.into_iter().map(trial).collect()
}

fn run(journey: Journey) -> Result<(), Failed> {
    let personalization = journey
        .personalization
        .as_ref()
        .map_or_else(|| include_str!("../../personalization.json").to_owned(), ToString::to_string);
    let variable = |name: &str| journey.environment.get(name).cloned();
    let environment = Environment { variable: &variable };
    let settings = Settings::check(&personalization, &environment, &[Source::Kv])
        .map_err(|mistakes| format!("the settings are wrong: {mistakes:?}"))?;
    let seal = Seal { cookie: ticket::COOKIE, settings: settings.fingerprint };
    let keys = variable("TICKET_KEYS")
        .map(|keys| KeyRing::parse(&keys))
        .transpose()
        .map_err(|why| why.to_string())?;

    let mut request = journey.request.clone();
    if let (Some(ticket), Some(keys)) = (journey.ticket.clone(), &keys) {
        let sealed = brought(ticket)?.seal(keys, seal, NONCE).ok_or("the ticket is too long")?;
        let cookies = request.headers.entry("cookie".to_owned()).or_default();
        *cookies = format!("{cookies}; {}={sealed}", ticket::COOKIE);
    }

    let identified = identify(&request, &settings, journey.now);
    let fetch = identified.fetch().map(|fetch| match fetch {
        Fetch::Before(id) => json!({ "when": "before", "id": id.as_str() }),
        Fetch::After(id) => json!({ "when": "after", "id": id.as_str() }),
    });
    same("fetch", &fetch, &journey.fetch)?;

    let plan = identified.respond(lookup(&journey.lookup)?, || NONCE);
    let mut cookies: Vec<_> = plan.set_cookies.iter().map(ToString::to_string).collect();
    let sealed = plan.set_cookies.iter().find(|cookie| cookie.name == ticket::COOKIE);
    cookies.retain(|cookie| !cookie.starts_with(ticket::COOKIE));
    let ticket = match (sealed.and_then(|cookie| cookie.value.as_deref()), &keys) {
        (Some(text), Some(keys)) => Some(opened(text, keys, seal, &journey)?),
        (Some(_), None) => return Err("a ticket without keys".into()),
        (None, _) => None,
    };
    let decisions: Map<_, _> = plan
        .decisions
        .iter()
        .map(|decided| (decided.feature.clone(), decided.decision.value.clone()))
        .collect();
    same("set cookies", &cookies, &journey.plan.set_cookies)?;
    same("ticket", &ticket, &journey.plan.ticket)?;
    same("decisions", &decisions, &journey.plan.decisions)?;
    let server_timing = plan.explanation.map(|explanation| explanation.server_timing(None));
    same("server timing", &server_timing, &journey.plan.server_timing)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, actual: &T, expected: &T) -> Result<(), Failed> {
    if actual == expected {
        Ok(())
    } else {
        Err(format!("{what}:\n  got      {actual:?}\n  expected {expected:?}").into())
    }
}

fn brought(ticket: Sealed) -> Result<Ticket, Failed> {
    let id = AnonymousId::new(ticket.id).map_err(|why| why.to_string())?;
    Ok(Ticket { id, fetched_s: ticket.fetched, attributes: ticket.attributes, written_s: ticket.written })
}

/// What the sealed ticket says, opened as the visitor's next request would.
fn opened(text: &str, keys: &KeyRing, seal: Seal<'_>, journey: &Journey) -> Result<Sealed, Failed> {
    let expected = journey.plan.ticket.as_ref().ok_or("a ticket was sealed, none was expected")?;
    let id = AnonymousId::new(expected.id.clone()).map_err(|why| why.to_string())?;
    let ticket = Ticket::open(text, keys, seal, (&id, journey.now)).map_err(|why| why.to_string())?;
    Ok(Sealed {
        id: ticket.id.as_str().to_owned(),
        fetched: ticket.fetched_s,
        attributes: ticket.attributes,
        written: ticket.written_s,
    })
}

fn lookup(outcome: &Value) -> Result<Lookup, Failed> {
    Ok(match outcome {
        Value::String(text) if text == "missing" => Lookup::Missing,
        Value::String(text) if text == "not asked" => Lookup::NotAsked,
        Value::Object(object) if object.contains_key("failed") => Lookup::Failed(Failure::Deadline),
        Value::Object(object) => {
            let features = object.get("found").and_then(Value::as_object).ok_or("`found` is missing")?;
            let source =
                object.get("source").and_then(Value::as_str).and_then(Source::named).ok_or("no source")?;
            Lookup::Found(Profile(features.clone()), source)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(format!("{outcome} is no way for a lookup to end").into());
        }
    })
}
