//! Decides, and says all that must be done.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::explanation::{Explanation, Looked};
use super::{After, Brought, NoVisitor, Nobody, Plan, Visit, Visitor};
use crate::decision::reason::Assigned;
use crate::decision::{Attributes, Context, Evaluation};
use crate::delivery::exposure::{Exposures, Track};
use crate::delivery::{SetCookie, Written, redirect};
use crate::identity::ticket::{self, Ticket, Unopened};
use crate::profile::lookup::{Ended, Lookup};
use crate::profile::{Outcome, Profile};
use crate::seal::Nonce;
use crate::settings::Settings;

/// What is known about a visitor when it comes to deciding.
struct Known {
    attributes: Option<Map<String, Value>>,
    fetched_s: u64,
    /// Until when the attributes hold.
    until_s: Option<u64>,
    /// What the browser's ticket is worth.
    ticket: Said,
}

/// What the browser's ticket says of what is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    /// The same.
    Already,
    /// Something else, or there is none: what is known now belongs into one.
    News,
    /// Something about somebody else, while nothing is known of this visitor: it must go, and none takes its place.
    OfSomebodyElse,
}

impl Visit<'_> {
    /// Decides by what the lookup brought so far. `nonce` gives 12 fresh random bytes; it is asked for only when a
    /// ticket is sealed.
    ///
    /// A visitor whom no source knows is decided on without a profile, which comes to the features'
    /// default values. When the lookup failed nothing is touched: what an earlier page set stays.
    pub fn respond(self, nonce: impl FnOnce() -> Nonce) -> Plan {
        let Self { settings, now_s, visitor } = self;
        match visitor {
            Ok(visitor) => visitor.respond(settings, now_s, nonce),
            Err(Nobody { why, taken_away }) => {
                // Whatever else passes through must leave as it came, WebSockets among it.
                let is_page = !matches!(why, NoVisitor::NotAPageView(_));
                let explanation = (settings.explain && is_page).then_some(Explanation::Nobody(why));
                Plan { effects: taken_away, explanation, ..Plan::default() }
            }
        }
    }
}

impl Visitor<'_> {
    fn respond(mut self, settings: &Settings, now_s: u64, nonce: impl FnOnce() -> Nonce) -> Plan {
        let Ended { outcome, keep, later } = match self.lookup.take().map(Lookup::end) {
            Some(ended) => ended,
            None => Ended { outcome: Outcome::NotAsked, keep: None, later: None },
        };
        let looked = self.looked(&outcome, now_s);
        let mut plan = Plan { after: After { keep, lookup: later, ..After::default() }, ..Plan::default() };
        if let Some(known) = self.known(outcome, now_s) {
            self.deliver(known, &mut plan, (settings, now_s), nonce);
        }
        plan.explanation = settings.explain.then(|| Explanation::Visitor {
            short_id: self.id.short(),
            looked,
            unopened: match self.ticket {
                Brought::Unopened(why) => Some(why),
                Brought::None | Brought::Opened(_) => None,
            },
            ticket_too_long: plan.ticket_too_long,
            decided: Arc::clone(&plan.decisions),
            redirects: std::mem::take(&mut plan.redirects),
        });
        plan
    }

    /// What the lookup, or else the ticket, says. `None` when neither says anything.
    fn known(&self, outcome: Outcome, now_s: u64) -> Option<Known> {
        let unknown = |ticket| Known { attributes: None, fetched_s: now_s, until_s: None, ticket };
        match (outcome, &self.ticket) {
            // A ticket counts in whole seconds: it ends a little early rather than late.
            (Outcome::Found(Profile { features, until_ms }, _), _) => Some(Known {
                attributes: Some(features),
                until_s: until_ms.map(|until_ms| until_ms / 1_000),
                ..unknown(Said::News)
            }),
            (Outcome::Missing, _) => Some(unknown(Said::News)),
            // The cookies are another person's: what they say must not be shown to this one.
            (Outcome::Failed(_), Brought::Unopened(Unopened::OtherVisitor)) => {
                Some(unknown(Said::OfSomebodyElse))
            }
            (Outcome::NotAsked, Brought::Opened(ticket)) => Some(Known {
                attributes: ticket.attributes.clone(),
                fetched_s: ticket.fetched_s,
                until_s: ticket.until_s,
                ticket: Said::Already,
            }),
            (Outcome::Failed(_), _) | (Outcome::NotAsked, Brought::None | Brought::Unopened(_)) => None,
        }
    }

    /// Decides on every delivery, and writes the cookies that bring the browser there.
    fn deliver(
        &self,
        known: Known,
        plan: &mut Plan,
        (settings, now_s): (&Settings, u64),
        nonce: impl FnOnce() -> Nonce,
    ) {
        plan.recommendations = Some(recommendations(settings, known.attributes.as_ref()));
        let id = self.id.as_str().into();
        let attributes =
            Attributes { facts: Some(&self.facts), profile: known.attributes.as_ref(), id: Some(&id) };
        let url = self.page.as_deref().unwrap_or_default();
        let context = Context { attributes, sticky: self.sticky.clone(), url, ..Context::default() };
        let mut evaluation = Evaluation::new(&settings.features, context);
        let mut written = Written { now_s, ..Written::default() };
        if let Brought::Opened(ticket) = &self.ticket {
            written.at_s.clone_from(&ticket.written_s);
        }
        let mut decisions = Vec::with_capacity(self.deliveries.len());
        for met in &self.deliveries {
            let feature = met.delivery().feature();
            if !settings.features.is_sound(feature) {
                // It stays as it is, unless it is another person's.
                if matches!(self.ticket, Brought::Unopened(Unopened::OtherVisitor)) {
                    plan.effects.set_cookies.extend(met.taken_away());
                }
                continue;
            }
            let decision = evaluation.decide(feature);
            let decided = met.deliver(decision, &mut written, &mut plan.effects);
            decisions.push(decided);
        }
        plan.decisions = decisions.into();
        if self.page.is_some() {
            let told = settings.explain.then_some(&mut plan.redirects);
            plan.redirect = redirect::deliver(&settings.experiments, &mut evaluation, told);
        }
        let told = self.expose(&evaluation.viewed, plan, settings);
        let sticky = evaluation.sticky(&settings.experiments);
        let is_stale = match known.ticket {
            Said::News => true,
            Said::Already => {
                !plan.effects.set_cookies.is_empty()
                    || sticky != self.sticky
                    || !plan.after.exposures.is_empty()
            }
            Said::OfSomebodyElse => {
                plan.effects.set_cookies.push(removed());
                false
            }
        };
        if is_stale {
            let Known { attributes, fetched_s, until_s, .. } = known;
            let ticket = Ticket {
                id: self.id.clone(),
                fetched_s,
                attributes,
                until_s,
                written_s: written.at_s,
                variations: sticky.unwrap_or_default().0,
                told,
            };
            let (set_cookie, too_long) = self.sealed(ticket, settings, nonce);
            plan.effects.set_cookies.extend(set_cookie);
            plan.ticket_too_long = too_long;
        }
    }

    /// Has told what the visitor was shown, as far as that is news; the fingerprints of all that was told.
    fn expose(&self, viewed: &[Arc<Assigned>], plan: &mut Plan, settings: &Settings) -> Vec<u32> {
        let Some(told) = &self.told else {
            // What was told stays so, also on a page that tells nothing.
            return match &self.ticket {
                Brought::Opened(ticket) => ticket.told.clone(),
                Brought::None | Brought::Unopened(_) => Vec::new(),
            };
        };
        let mut traits = Map::new();
        for Track { feature, name } in &settings.tracks {
            if let Some(decided) = plan.decisions.iter().find(|decided| decided.feature == *feature) {
                traits.insert(name.clone(), decided.decision.value.clone());
            }
        }
        let mut exposures = Exposures::new(self.id.as_str(), &settings.version, told.clone());
        exposures.tell(viewed, &traits);
        plan.after.exposures = exposures.events;
        exposures.told
    }

    /// The ticket for the next page, as far as there are keys. One that fits into no cookie takes the browser's away,
    /// which would go on saying what was; the second value tells how long it would be.
    fn sealed(
        &self,
        mut ticket: Ticket,
        settings: &Settings,
        nonce: impl FnOnce() -> Nonce,
    ) -> (Option<SetCookie>, Option<usize>) {
        let Some(keys) = &settings.keys else { return (None, None) };
        let nonce = nonce();
        let sealed = loop {
            let sealed = ticket.seal(keys, settings.seal(), nonce);
            if sealed.is_ok() || ticket.variations.is_empty() {
                break sealed;
            }
            // A ticket that saves a lookup is worth more than what it remembers; the one that is too long is never seen.
            ticket.variations = Map::new();
        };
        let lasts = !(ticket.variations.is_empty() && ticket.told.is_empty());
        let max_age_s = if lasts { ticket::KEPT_S } else { ticket::LIFE_S };
        match sealed {
            Ok(value) => (Some(written(value, max_age_s)), None),
            Err(chars) => {
                let has_one = !matches!(self.ticket, Brought::None);
                (has_one.then(removed), Some(chars))
            }
        }
    }

    fn looked(&self, outcome: &Outcome, now_s: u64) -> Looked {
        match (outcome, &self.ticket) {
            (Outcome::Found(_, source), _) => Looked::Found(*source),
            (Outcome::Missing, _) => Looked::Missing,
            (Outcome::Failed(failure), _) => Looked::Failed(failure.clone()),
            (Outcome::NotAsked, Brought::None | Brought::Unopened(_)) => Looked::NotAsked,
            (Outcome::NotAsked, Brought::Opened(ticket)) => {
                Looked::Ticket { age_s: ticket.age_s(now_s), is_fresh: ticket.is_fresh(now_s) }
            }
        }
    }
}

/// What of a profile the settings have told as it is.
fn recommendations(settings: &Settings, profile: Option<&Map<String, Value>>) -> Map<String, Value> {
    let mut told = Map::new();
    for name in &settings.recommendations {
        if let Some(value) = profile.and_then(|profile| profile.get(name)) {
            told.insert(name.clone(), value.clone());
        }
    }
    told
}

/// Gives the browser a ticket, sealed as `value`.
fn written(value: String, max_age_s: u64) -> SetCookie {
    SetCookie::Written { name: ticket::COOKIE.to_owned(), value, max_age_s, http_only: true }
}

/// Takes the browser's ticket away.
pub(super) fn removed() -> SetCookie {
    SetCookie::Removed { name: ticket::COOKIE.to_owned() }
}
