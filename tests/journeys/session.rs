//! One session: several page views of a site with a clock, what each source replies and when, and what comes of it.

use std::collections::BTreeMap;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use pintle::delivery::SetCookie;
use pintle::document::environment::Environment;
use pintle::identity::ticket;
use pintle::profile::Source;
use pintle::profile::learned::Learned;
use pintle::profile::lookup::{Ask, Desk, Keep, Reply, Step};
use pintle::settings::Settings;
use pintle::visit::identify;
use serde::Deserialize;
use serde_json::{Value, json};

use super::journey::{Asked, NONCE, same};

const START_MS: u64 = 1_800_000_000_000;
const VIEW: &str = "WEB_PERSONALIZATION:FEATURES_BY_ANON";
const COOKIE: &str = "rs_activation_signed_up";

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Session {
    name: String,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    pages: Vec<Page>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Page {
    /// How long after the page before it, in milliseconds.
    #[serde(default)]
    later: u64,
    #[serde(default = "once")]
    times: usize,
    /// Whose page it is; `each` is another visitor each time.
    #[serde(default)]
    visitor: String,
    /// What is replied, in the order of the questions.
    replies: Vec<Value>,
    /// Which sources are asked, before and after the response.
    asked: Vec<String>,
    /// How long the page waits, in milliseconds.
    waited: Option<u64>,
    /// The decision's cookie, when it is written.
    cookie: Option<String>,
    /// `written` or `removed`.
    ticket: Option<String>,
    /// The features that are written back to KV.
    kept: Option<Value>,
    /// Parts of lines of the log.
    #[serde(default)]
    log: Vec<String>,
}

fn once() -> usize {
    1
}

/// The tests in one file.
pub(crate) fn trials(file: &Path) -> Vec<Trial> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let sessions: Vec<Session> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let trial = |session: Session| Trial::test(format!("session: {}", session.name), move || run(&session));
    sessions.into_iter().map(trial).collect()
}

fn run(session: &Session) -> Result<(), Failed> {
    let variable = |name: &str| match name {
        "ACTIVATION_DESTINATION_ID" | "ACTIVATION_TOKEN" => Some("of-the-tests".to_owned()),
        _ => session.environment.get(name).cloned(),
    };
    let personalization = include_str!("../../personalization.json");
    let settings = Settings::check(
        personalization,
        &Environment { variable: &variable },
        &[Source::Kv, Source::People, Source::Redis],
    )
    .map_err(|mistakes| format!("the settings are wrong: {mistakes:?}"))?;
    let mut site = Site { settings, learned: Learned::default(), jars: BTreeMap::new() };
    let mut now_ms = START_MS;
    for (number, page) in session.pages.iter().enumerate() {
        now_ms += page.later;
        for time in 0..page.times {
            let visitor = if page.visitor == "each" { time.to_string() } else { page.visitor.clone() };
            let came = site.view(&visitor, &mut page.replies.iter(), &mut now_ms)?;
            let told = |what: &str| format!("page {}, time {}, {what}", number + 1, time + 1);
            same(&told("asked"), &came.asked, &page.asked)?;
            if let Some(waited) = page.waited {
                same(&told("waited"), &came.waited_ms, &waited)?;
            }
            same(&told("cookie"), &came.cookie, &page.cookie)?;
            if page.ticket.is_some() {
                same(&told("ticket"), &came.ticket, &page.ticket)?;
            }
            let kept = page.kept.as_ref().map(|features| json!({ VIEW: features }));
            same(&told("kept"), &came.kept, &kept)?;
            if time == 0 {
                for part in &page.log {
                    let is_told = came.log.iter().any(|line| line.contains(part));
                    same(&told(&format!("`{part}` in {:?}", came.log)), &is_told, &true)?;
                }
            }
        }
    }
    Ok(())
}

struct Site {
    settings: Settings,
    learned: Learned,
    /// The cookies of each visitor's browser.
    jars: BTreeMap<String, BTreeMap<String, String>>,
}

/// What came of a page view.
#[derive(Default)]
struct Came {
    asked: Vec<String>,
    waited_ms: u64,
    cookie: Option<String>,
    ticket: Option<String>,
    kept: Option<Value>,
    log: Vec<String>,
}

/// A reply that is on its way: when it is there, if ever.
struct Flight {
    at_ms: Option<u64>,
    reply: Reply,
}

impl Site {
    fn view(
        &mut self,
        visitor: &str,
        replies: &mut std::slice::Iter<'_, Value>,
        now_ms: &mut u64,
    ) -> Result<Came, Failed> {
        let mut came = Came::default();
        let jar = self.jars.entry(visitor.to_owned()).or_default();
        jar.insert("rl_anonymous_id".to_owned(), format!("%22visitor-{visitor}%22"));
        let cookies: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Asked::page(&cookies.join("; "));
        let mut visit = identify(&request, &self.settings, *now_ms / 1_000);
        let started_ms = *now_ms;
        let mut flight = None;
        let (profiles, learned) = (&self.settings.profiles, &mut self.learned);

        let mut step = visit.next(&mut Desk { profiles, learned, now_ms: *now_ms });
        while step != Step::Enough {
            let reply = carried(&step, &mut flight, replies, (&mut came, now_ms))?;
            let mut desk = Desk { profiles, learned, now_ms: *now_ms };
            step = match reply {
                Some(reply) => visit.replied(&reply, &mut desk),
                None => visit.ran_out(&mut desk),
            };
        }
        came.waited_ms = *now_ms - started_ms;
        let plan = visit.respond(|| NONCE);
        let jar = self.jars.entry(visitor.to_owned()).or_default();
        for set_cookie in &plan.effects.set_cookies {
            came.set(set_cookie, jar);
        }
        let mut keep = plan.after.keep;
        if let Some(chars) = plan.ticket_too_long {
            came.log.push(format!("a ticket would have {chars} characters"));
        }
        if let Some(mut lookup) = plan.after.lookup {
            let mut late_ms = *now_ms;
            let mut step = lookup.next(&mut Desk { profiles, learned, now_ms: late_ms });
            while step != Step::Enough {
                let reply = carried(&step, &mut flight, replies, (&mut came, &mut late_ms))?;
                let mut desk = Desk { profiles, learned, now_ms: late_ms };
                step = match reply {
                    Some(reply) => lookup.replied(&reply, &mut desk),
                    None => lookup.ran_out(&mut desk),
                };
            }
            keep = keep.or_else(|| lookup.take_keep());
        }
        came.kept = keep.map(|Keep { value, .. }| serde_json::from_str(&value)).transpose()?;
        came.log.extend(learned.log.take());
        Ok(came)
    }
}

/// Carries a step on the session's clock: the reply, or nothing when the time is over first.
fn carried(
    step: &Step,
    flight: &mut Option<Flight>,
    replies: &mut std::slice::Iter<'_, Value>,
    (came, now_ms): (&mut Came, &mut u64),
) -> Result<Option<Reply>, Failed> {
    let wait_ms = match step {
        Step::Ask { ask, wait_ms } => {
            let source = match ask {
                Ask::Http { .. } => "api",
                Ask::Kv { .. } => "kv",
                Ask::Object { .. } => "people",
                Ask::Socket { .. } => "redis",
                Ask::Function { .. } => "function",
            };
            came.asked.push(source.to_owned());
            let told = replies.next().and_then(|told| Some((told, told.get(source)?)));
            let (told, said) = told.ok_or(format!("{source} is asked, and has no reply"))?;
            let after_ms = told.get("after").and_then(Value::as_u64).unwrap_or_default();
            let at_ms = (said != "never").then_some(*now_ms + after_ms);
            let reply = if source == "redis" { bytes(said) } else { reply(said, told.get("later"), *now_ms) };
            *flight = Some(Flight { at_ms, reply });
            *wait_ms
        }
        Step::Wait { wait_ms } => *wait_ms,
        Step::Enough => 0,
    };
    let until_ms = *now_ms + wait_ms;
    if let Some(at_ms) = flight.as_ref().and_then(|flight| flight.at_ms).filter(|at_ms| *at_ms <= until_ms) {
        *now_ms = at_ms.max(*now_ms);
        return Ok(flight.take().map(|flight| flight.reply));
    }
    *now_ms = until_ms;
    Ok(None)
}

/// What changes with time alone; a session tells it in milliseconds from the question on.
fn later_than(told: &Value, now_ms: u64) -> Value {
    let mut later = told.clone();
    let at = |ms: &mut Value| *ms = (now_ms + ms.as_u64().unwrap_or_default()).into();
    let features = |later: &mut Value, kind: &str, each: &mut dyn FnMut(&mut Value)| {
        let features = later.get_mut(kind).and_then(Value::as_object_mut);
        features.into_iter().flat_map(serde_json::Map::values_mut).for_each(each);
    };
    features(&mut later, "since", &mut |ms| at(ms));
    features(&mut later, "steps", &mut |steps| {
        let steps = steps.as_array_mut().into_iter().flatten();
        steps.filter_map(|step| step.get_mut(0)).for_each(at);
    });
    later
}

fn reply(said: &Value, later: Option<&Value>, now_ms: u64) -> Reply {
    let data = |features: &Value| {
        if features.is_null() {
            return json!({});
        }
        match later {
            Some(later) => json!({ VIEW: long(features), "pintle:later": later_than(later, now_ms) }),
            None => json!({ VIEW: long(features) }),
        }
    };
    match said.get("status").and_then(Value::as_u64) {
        Some(status) => {
            let body = said.get("body").and_then(Value::as_str).map(str::to_owned);
            let whole = || json!({ "data": data(said.get("data").unwrap_or(&Value::Null)) }).to_string();
            Reply::Http {
                status: u16::try_from(status).unwrap_or_default(),
                body: body.unwrap_or_else(whole),
            }
        }
        None => Reply::Value((!said.is_null()).then(|| data(said).to_string())),
    }
}

/// What Redis replies: a text or nothing, or these bytes.
fn bytes(said: &Value) -> Reply {
    let text = |text: &str| format!("${}\r\n{text}\r\n", text.len());
    let raw = said.get("raw").and_then(Value::as_str).map(str::to_owned);
    let reply = raw.unwrap_or_else(|| said.as_str().map_or("$-1\r\n".to_owned(), text));
    Reply::Bytes(reply.into_bytes())
}

/// `LONG` stands for a text that fits into no cookie.
fn long(features: &Value) -> Value {
    features.to_string().replace("LONG", &"x".repeat(3_000)).parse().unwrap_or_default()
}

impl Came {
    fn set(&mut self, set_cookie: &SetCookie, jar: &mut BTreeMap<String, String>) {
        let (name, value) = match set_cookie {
            SetCookie::Written { name, value, .. } => (name, Some(value.clone())),
            SetCookie::Removed { name } => (name, None),
        };
        match &value {
            Some(value) => jar.insert(name.clone(), value.clone()),
            None => jar.remove(name),
        };
        if name == ticket::COOKIE {
            self.ticket = Some(if value.is_some() { "written" } else { "removed" }.to_owned());
        } else if name == COOKIE {
            self.cookie = Some(value.unwrap_or_default());
        }
    }
}
