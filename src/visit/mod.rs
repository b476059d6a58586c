//! The two pure functions that a request is: [`identify`] says who it is and what must be asked, and
//! [`Identified::respond`] decides and says all that must be done.
//!
//! Between them a shell asks for the profile, while the page is already being fetched. `Identified` is
//! consumed by `respond`: nobody can answer without saying what the lookup brought, or answer twice.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::delivery::cookie::SetCookie;
use crate::delivery::explanation::Explanation;
use crate::delivery::{Decided, Plan};
use crate::identity::anonymous_id::{self, AnonymousId, NotAnId};
use crate::identity::ticket::{self, Nonce, Seal, Ticket, Unopened};
use crate::profile::Lookup;
use crate::request::Request;
use crate::request::consent::global_privacy_control;
use crate::request::cookies::cookie;
use crate::request::page_view::{self, NotAPageView};
use crate::settings::Settings;

/// Why a request has no visitor for whom something could be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoVisitor {
    /// It is not a person looking at a page.
    NotAPageView(NotAPageView),
    /// RudderStack's cookie is not there: a first visit, or storage elsewhere.
    NoCookie,
    /// The cookie names nobody.
    NotAnId(NotAnId),
    /// The browser asks for privacy (Global Privacy Control).
    PrivacyControl,
    /// The visitor refused consent.
    ConsentDenied,
}

impl fmt::Display for NoVisitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPageView(why) => write!(f, "{why}"),
            Self::NoCookie => write!(f, "no {} cookie", anonymous_id::COOKIE),
            Self::NotAnId(why) => write!(f, "{why}"),
            Self::PrivacyControl => f.write_str("the browser sends Global Privacy Control"),
            Self::ConsentDenied => f.write_str("the visitor refused consent"),
        }
    }
}

/// What a shell must ask about a visitor, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetch<'a> {
    /// Before the answer, while the page is being fetched: pass the outcome to `respond`.
    Before(&'a AnonymousId),
    /// After the answer, to be remembered for the next page: pass `NotAsked` to `respond`.
    After(&'a AnonymousId),
}

/// A request of which is known who sent it.
#[must_use]
#[derive(Debug)]
pub struct Identified<'s> {
    settings: &'s Settings,
    now_s: u64,
    visitor: Result<Visitor, NoVisitor>,
}

#[derive(Debug)]
struct Visitor {
    id: AnonymousId,
    /// The ticket that the request brought, if it opens.
    ticket: Option<Ticket>,
    /// Why the ticket that the request brought does not open.
    unopened: Option<Unopened>,
    /// Nobody is there to see a better answer than the stale ticket's.
    is_unattended: bool,
    /// The facts of the request that decisions refer to.
    facts: Map<String, Value>,
    /// The value of each delivery's cookie in the request.
    current: Vec<Option<String>>,
}

/// What is known about a visitor when it comes to deciding.
struct Known {
    attributes: Option<Map<String, Value>>,
    fetched_s: u64,
    written_s: BTreeMap<String, u64>,
    /// Whether the browser has no ticket yet that says this.
    is_news: bool,
}

/// Who sent this request? `now_s` is the time in seconds since 1970.
pub fn identify<'s>(request: &impl Request, settings: &'s Settings, now_s: u64) -> Identified<'s> {
    let visitor = match page_view::navigation(request) {
        Ok(()) => visitor(request, None, settings, now_s),
        Err(why) => Err(NoVisitor::NotAPageView(why)),
    };
    Identified { settings, now_s, visitor }
}

/// Who asks for decisions by a script of the page, at the [endpoint](crate::endpoint::decisions)? `named` is the id that
/// the request names beside its cookies.
pub fn identify_asking<'s>(
    request: &impl Request,
    named: Option<AnonymousId>,
    settings: &'s Settings,
    now_s: u64,
) -> Identified<'s> {
    Identified { settings, now_s, visitor: visitor(request, named, settings, now_s) }
}

fn visitor(
    request: &impl Request,
    named: Option<AnonymousId>,
    settings: &Settings,
    now_s: u64,
) -> Result<Visitor, NoVisitor> {
    let cookies = request.header("cookie");
    let (cookies, id) = match named {
        Some(id) => (cookies.unwrap_or_default(), Ok(id)),
        None => {
            let cookies = cookies.ok_or(NoVisitor::NoCookie)?;
            let raw_id = cookie(&cookies, anonymous_id::COOKIE).ok_or(NoVisitor::NoCookie)?;
            let id = AnonymousId::from_cookie(raw_id);
            (cookies, id)
        }
    };
    if settings.consent.as_ref().is_some_and(|consent| consent.is_denied(&cookies)) {
        return Err(NoVisitor::ConsentDenied);
    }
    if global_privacy_control(request) {
        return Err(NoVisitor::PrivacyControl);
    }
    let id = id.map_err(NoVisitor::NotAnId)?;
    let (ticket, unopened) = match ticket(&cookies, &id, settings, now_s).transpose() {
        Ok(ticket) => (ticket, None),
        Err(why) => (None, Some(why)),
    };
    // A fresh ticket asks nobody, so it does not matter who is there to see the page.
    let attended = if is_fresh(ticket.as_ref(), now_s) { Ok(()) } else { page_view::person(request) };
    if let (Err(why), None) = (attended, &ticket) {
        return Err(NoVisitor::NotAPageView(why));
    }
    let mut facts = Map::new();
    facts.extend(settings.facts.iter().map(|(name, fact)| (name.clone(), fact.of(request, id.as_str()))));
    let current =
        settings.deliveries.iter().map(|delivery| cookie(&cookies, &delivery.cookie.name).map(str::to_owned));
    let current = current.collect();
    Ok(Visitor { id, ticket, unopened, is_unattended: attended.is_err(), facts, current })
}

fn is_fresh(ticket: Option<&Ticket>, now_s: u64) -> bool {
    ticket.is_some_and(|ticket| ticket.is_fresh(now_s))
}

fn ticket(
    cookies: &str,
    id: &AnonymousId,
    settings: &Settings,
    now_s: u64,
) -> Option<Result<Ticket, Unopened>> {
    let text = cookie(cookies, ticket::COOKIE)?;
    Some(Ticket::open(text, settings.keys.as_ref()?, seal(settings), (id, now_s)))
}

fn seal(settings: &Settings) -> Seal<'static> {
    Seal { cookie: ticket::COOKIE, settings: settings.fingerprint }
}

impl Identified<'_> {
    /// Why there is nobody, if there is nobody.
    #[must_use]
    pub fn nobody(&self) -> Option<NoVisitor> {
        self.visitor.as_ref().err().copied()
    }

    /// What must be asked, if anything.
    #[must_use]
    pub fn fetch(&self) -> Option<Fetch<'_>> {
        let visitor = self.visitor.as_ref().ok()?;
        match &visitor.ticket {
            None => Some(Fetch::Before(&visitor.id)),
            Some(ticket) if ticket.is_fresh(self.now_s) || visitor.is_unattended => None,
            Some(_) => Some(Fetch::After(&visitor.id)),
        }
    }

    /// Decides, and says all that must be done. `nonce` gives 12 fresh random bytes; it is asked for
    /// only when a ticket is sealed.
    ///
    /// A visitor whom no source knows is decided on without a profile, which comes to the features'
    /// default values. When the lookup failed nothing is touched: what an earlier page set stays.
    pub fn respond(self, lookup: Lookup, nonce: impl FnOnce() -> Nonce) -> Plan {
        let Self { settings, now_s, visitor } = self;
        let visitor = match visitor {
            Ok(visitor) => visitor,
            Err(why) => return Plan { explanation: nobody(settings, why), ..Plan::default() },
        };
        let mut explanation = settings.explain.then(|| visitor.explain(&lookup, now_s));
        let Some(known) = visitor.known(lookup, now_s) else {
            return Plan { explanation, ..Plan::default() };
        };
        let decisions = decide(settings, &known, &visitor.facts);
        let (set_cookies, known) = visitor.write_cookies(settings, known, &decisions, now_s);
        if let Some(explanation) = &mut explanation {
            explanation.decisions = decisions.iter().map(ToString::to_string).collect();
            explanation.cookies = cookie_words(settings, &set_cookies);
        }
        let mut plan = Plan { set_cookies, decisions, explanation };
        if known.is_news || !plan.set_cookies.is_empty() {
            plan.set_cookies.extend(sealed(settings, visitor.id, known, nonce));
        }
        plan
    }
}

impl Visitor {
    /// What the lookup, or else the ticket, says. `None` when neither says anything.
    fn known(&self, lookup: Lookup, now_s: u64) -> Option<Known> {
        let written_s = self.ticket.as_ref().map(|ticket| ticket.written_s.clone()).unwrap_or_default();
        let news = |attributes| {
            Some(Known { attributes, fetched_s: now_s, written_s: written_s.clone(), is_news: true })
        };
        match lookup {
            Lookup::Found(profile, _) => news(Some(profile.0)),
            Lookup::Missing => news(None),
            Lookup::Failed(_) => None,
            Lookup::NotAsked => self.ticket.as_ref().map(|ticket| Known {
                attributes: ticket.attributes.clone(),
                fetched_s: ticket.fetched_s,
                written_s: written_s.clone(),
                is_news: false,
            }),
        }
    }

    /// The cookies that must be written so that the browser has what was decided.
    fn write_cookies(
        &self,
        settings: &Settings,
        mut known: Known,
        decisions: &[Decided],
        now_s: u64,
    ) -> (Vec<SetCookie>, Known) {
        let mut set_cookies = Vec::new();
        for ((delivery, decided), current) in settings.deliveries.iter().zip(decisions).zip(&self.current) {
            let name = &delivery.cookie.name;
            let age_s = known.written_s.get(name).map(|written_s| now_s.saturating_sub(*written_s));
            let Some(update) = delivery.cookie.update(&decided.decision.value, current.as_deref(), age_s)
            else {
                continue;
            };
            known.written_s.insert(name.clone(), now_s);
            set_cookies.push(update);
        }
        (set_cookies, known)
    }

    fn explain(&self, lookup: &Lookup, now_s: u64) -> Explanation {
        let unopened = self.unopened.map(|why| format!(" ({why})")).unwrap_or_default();
        let lookup = match (lookup, &self.ticket) {
            (Lookup::Found(_, source), _) => format!("found in {source}"),
            (Lookup::Missing, _) => "missing: no source knows this id".to_owned(),
            (Lookup::Failed(failure), _) => format!("failed: {failure}"),
            (Lookup::NotAsked, None) => "not asked".to_owned(),
            (Lookup::NotAsked, Some(ticket)) => {
                let state = if ticket.is_fresh(now_s) { "fresh" } else { "stale" };
                format!("not asked: a {state} ticket answers ({} s old)", ticket.age_s(now_s))
            }
        };
        Explanation {
            visitor: format!("{} from {}", self.id.short(), anonymous_id::COOKIE),
            lookup: Some(lookup + &unopened),
            ..Explanation::default()
        }
    }
}

fn decide(settings: &Settings, known: &Known, facts: &Map<String, Value>) -> Vec<Decided> {
    let mut attributes = known.attributes.clone().unwrap_or_default();
    attributes.extend(facts.iter().map(|(name, value)| (name.clone(), value.clone())));
    let decided = settings.deliveries.iter().filter_map(|delivery| {
        let feature = settings.features.get(&delivery.feature)?;
        Some(Decided { feature: delivery.feature.clone(), decision: feature.decide(&attributes) })
    });
    decided.collect()
}

/// The ticket for the next page, as far as there are keys and it fits into a cookie.
fn sealed(
    settings: &Settings,
    id: AnonymousId,
    known: Known,
    nonce: impl FnOnce() -> Nonce,
) -> Option<SetCookie> {
    let keys = settings.keys.as_ref()?;
    let Known { attributes, fetched_s, written_s, is_news: _ } = known;
    let ticket = Ticket { id, fetched_s, attributes, written_s };
    let value = ticket.seal(keys, seal(settings), nonce())?;
    Some(SetCookie {
        name: ticket::COOKIE.to_owned(),
        value: Some(value),
        max_age_s: ticket::LIFE_S,
        http_only: true,
    })
}

fn nobody(settings: &Settings, why: NoVisitor) -> Option<Explanation> {
    // Whatever else passes through must leave as it came, WebSockets among it.
    let is_page = !matches!(why, NoVisitor::NotAPageView(_));
    (settings.explain && is_page)
        .then(|| Explanation { visitor: format!("none: {why}"), ..Explanation::default() })
}

fn cookie_words(settings: &Settings, written: &[SetCookie]) -> Vec<String> {
    let words = settings.deliveries.iter().map(|delivery| {
        let name = &delivery.cookie.name;
        match written.iter().find(|cookie| cookie.name == *name) {
            Some(SetCookie { value: Some(value), .. }) => format!("{name}={value} written"),
            Some(SetCookie { value: None, .. }) => format!("{name} taken away"),
            None => format!("{name} unchanged"),
        }
    });
    words.collect()
}
