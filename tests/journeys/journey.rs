//! One journey: how it reads, and how it is run through the core.

use std::collections::BTreeMap;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use pintle::delivery::SetCookie;
use pintle::document::environment::Environment;
use pintle::identity::anonymous_id::AnonymousId;
use pintle::identity::ticket::{self, Nonce, Seal, Ticket};
use pintle::profile::learned::Learned;
use pintle::profile::lookup::{Ask, Desk, Reply, Step, When};
use pintle::profile::{Outcome, Profile, Source};
use pintle::request::Request;
use pintle::seal::key_ring::KeyRing;
use pintle::settings::Settings;
use pintle::visit::identify;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(crate) const NONCE: Nonce = [7; 12];

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Journey {
    name: String,
    /// Variables, by name.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// Where it is not the shipped one.
    personalization: Option<Value>,
    /// Where something is wrong with it.
    #[serde(default)]
    mistakes: Vec<String>,
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
pub(crate) struct Asked {
    #[serde(default = "get")]
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
}

impl Asked {
    /// A page view with these cookies.
    pub(crate) fn page(cookies: &str) -> Self {
        let headers = [("sec-fetch-dest", "document"), ("cookie", cookies)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { method: get(), url: "https://shop.example/".to_owned(), headers }
    }
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
    until: Option<u64>,
    #[serde(default)]
    written: Map<String, Value>,
    /// The variations that were given.
    #[serde(default)]
    variations: Map<String, Value>,
    /// Fingerprints of what was told.
    #[serde(default)]
    told: Vec<u32>,
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
    /// Where the visitor is sent, instead of the page.
    redirect: Option<String>,
    /// What RudderStack is told, but for what is the same in each event.
    #[serde(default)]
    exposures: Vec<Value>,
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

    fn place(&self, _: &str) -> Option<String> {
        None
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
    let places: Vec<_> = settings.mistakes.iter().map(|mistake| mistake.at.clone()).collect();
    same("mistakes", &places, &journey.mistakes)?;
    let seal = Seal { cookie: ticket::COOKIE, settings: settings.fingerprint };
    let keys = variable("TICKET_KEYS")
        .map(|keys| KeyRing::parse(&keys))
        .transpose()
        .map_err(|why| why.to_string())?;

    let mut request = journey.request.clone();
    if let (Some(ticket), Some(keys)) = (journey.ticket.clone(), &keys) {
        let sealed = brought(ticket)?.seal(keys, seal, NONCE).map_err(|_| "the ticket is too long")?;
        let cookies = request.headers.entry("cookie".to_owned()).or_default();
        *cookies = format!("{cookies}; {}={sealed}", ticket::COOKIE);
    }

    let mut visit = identify(&request, &settings, journey.now);
    let fetch = visit.lookup().map(|lookup| {
        let when = if lookup.when() == When::Before { "before" } else { "after" };
        json!({ "when": when, "id": lookup.id().as_str() })
    });
    same("fetch", &fetch, &journey.fetch)?;
    let mut learned = Learned::default();
    let now_ms = journey.now * 1_000;
    if let Some(lookup) = visit.lookup().filter(|lookup| lookup.when() == When::After) {
        // What the lookup brings was asked for after an earlier page.
        learned.remember(lookup.id().clone(), &known(&journey.lookup), now_ms);
    }
    let mut desk = Desk { profiles: &settings.profiles, learned: &mut learned, now_ms };
    let mut step = visit.next(&mut desk);
    while let Step::Ask { ask, .. } = &step {
        step = match reply(&journey.lookup, ask, &settings.profiles.view.key)? {
            Some(reply) => visit.replied(&reply, &mut desk),
            None => visit.ran_out(&mut desk),
        };
    }

    let plan = visit.respond(|| NONCE);
    let mut cookies: Vec<_> = plan.effects.set_cookies.iter().map(ToString::to_string).collect();
    let sealed = plan.effects.set_cookies.iter().find_map(|cookie| match cookie {
        SetCookie::Written { name, value, .. } if name == ticket::COOKIE => Some(value.as_str()),
        SetCookie::Written { .. } | SetCookie::Removed { .. } => None,
    });
    cookies.retain(|cookie| !cookie.starts_with(ticket::COOKIE));
    let ticket = match (sealed, &keys) {
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
    same("redirect", &plan.redirect, &journey.plan.redirect)?;
    same("ticket", &ticket, &journey.plan.ticket)?;
    same("decisions", &decisions, &journey.plan.decisions)?;
    same("exposures", &plan.after.exposures.into_iter().map(told).collect(), &journey.plan.exposures)?;
    let server_timing = plan.explanation.map(|explanation| explanation.server_timing(None));
    same("server timing", &server_timing, &journey.plan.server_timing)
}

/// An event without what is the same in each.
fn told(mut event: Value) -> Value {
    for member in ["/messageId", "/anonymousId", "/context/library"] {
        let (parent, name) = member.rsplit_once('/').unwrap_or_default();
        event.pointer_mut(parent).and_then(Value::as_object_mut).and_then(|parent| parent.remove(name));
    }
    event
}

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    actual: &T,
    expected: &T,
) -> Result<(), Failed> {
    if actual == expected {
        Ok(())
    } else {
        Err(format!("{what}:\n  got      {actual:?}\n  expected {expected:?}").into())
    }
}

fn brought(ticket: Sealed) -> Result<Ticket, Failed> {
    let id = AnonymousId::new(ticket.id).map_err(|why| why.to_string())?;
    Ok(Ticket {
        id,
        fetched_s: ticket.fetched,
        attributes: ticket.attributes,
        until_s: ticket.until,
        written_s: ticket.written,
        variations: ticket.variations,
        told: ticket.told,
    })
}

/// What the sealed ticket says, opened as the visitor's next request would.
fn opened(text: &str, keys: &KeyRing, seal: Seal<'_>, journey: &Journey) -> Result<Sealed, Failed> {
    let expected = journey.plan.ticket.as_ref().ok_or("a ticket was sealed, none was expected")?;
    let id = AnonymousId::new(expected.id.clone()).map_err(|why| why.to_string())?;
    let ticket = Ticket::open(text, keys, seal, (&id, journey.now)).map_err(|(why, _)| why.to_string())?;
    Ok(Sealed {
        id: ticket.id.as_str().to_owned(),
        fetched: ticket.fetched_s,
        attributes: ticket.attributes,
        until: ticket.until_s,
        written: ticket.written_s,
        variations: ticket.variations,
        told: ticket.told,
    })
}

/// What is remembered of a visitor whose earlier lookup ended so.
fn known(outcome: &Value) -> Outcome {
    match outcome.get("found").and_then(Value::as_object) {
        Some(features) => Outcome::Found(Profile { features: features.clone(), until_ms: None }, Source::Kv),
        None if outcome == "missing" => Outcome::Missing,
        None => Outcome::NotAsked,
    }
}

/// The reply by which a lookup ends so; nothing when the time is over first.
fn reply(outcome: &Value, ask: &Ask, view: &str) -> Result<Option<Reply>, Failed> {
    let data = match (outcome.get("failed"), outcome.get("found")) {
        (Some(_), None) => return Ok(None),
        (None, Some(features)) => Some(features),
        (None, None) if outcome == "missing" => None,
        (None, None) | (Some(_), Some(_)) => {
            return Err(format!("{outcome} is no way for a lookup to end").into());
        }
    };
    let views = data.map(|features| json!({ view: features }));
    Ok(Some(match ask {
        Ask::Http { .. } => {
            let body = json!({ "data": views.unwrap_or_else(|| json!({})) }).to_string();
            Reply::Http { status: 200, body }
        }
        Ask::Kv { .. } | Ask::Object { .. } => Reply::Value(views.map(|views| views.to_string())),
        // What stands in Redis is told by the sessions.
        Ask::Socket { .. } => return Err("a journey asks over no socket".into()),
        Ask::Function { .. } => Reply::Value(data.map(ToString::to_string)),
    }))
}
