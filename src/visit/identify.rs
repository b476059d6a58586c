//! Who sent this request, and what must be looked up about them?

use serde_json::Map;

use super::respond::removed;
use super::{Brought, NoVisitor, Nobody, Visit, Visitor};
use crate::decision::Sticky;
use crate::delivery::{Effects, Met};
use crate::identity::anonymous_id::{self, AnonymousId};
use crate::identity::ticket::{self, Lasting, Ticket};
use crate::profile::lookup::{Lookup, When};
use crate::request::Request;
use crate::request::consent::global_privacy_control;
use crate::request::cookies::cookie;
use crate::request::fact::Sender;
use crate::request::page_view;
use crate::settings::Settings;

/// Who sent this request? `now_s` is the time in seconds since 1970.
pub fn identify<'s>(request: &impl Request, settings: &'s Settings, now_s: u64) -> Visit<'s> {
    let mut visitor = match page_view::navigation(request) {
        Ok(()) => visitor(request, None, settings, now_s),
        Err(why) => Err(NoVisitor::NotAPageView(why).into()),
    };
    if let Ok(visitor) = &mut visitor {
        let is_sent = !settings.experiments.is_empty() && page_view::person(request).is_ok();
        visitor.page = is_sent.then(|| request.url());
    }
    Visit { settings, now_s, visitor }
}

/// Who asks for decisions by a script of the page, at the [endpoint](crate::endpoint::decisions)? `named` is the id that
/// the request names beside its cookies.
pub fn identify_asking<'s>(
    request: &impl Request,
    named: Option<AnonymousId>,
    settings: &'s Settings,
    now_s: u64,
) -> Visit<'s> {
    Visit { settings, now_s, visitor: visitor(request, named, settings, now_s) }
}

fn visitor<'s>(
    request: &impl Request,
    named: Option<AnonymousId>,
    settings: &'s Settings,
    now_s: u64,
) -> Result<Visitor<'s>, Nobody> {
    let cookies = match request.header("cookie") {
        Some(cookies) => cookies,
        None if named.is_some() => String::new(),
        None => return Err(NoVisitor::NoCookie.into()),
    };
    if let Some(why) = refusal(request, &cookies, settings) {
        return Err(Nobody { why, taken_away: all_of_ours(&cookies, settings) });
    }
    let id = match named {
        Some(id) => id,
        None => {
            let raw_id = cookie(&cookies, anonymous_id::COOKIE).ok_or(NoVisitor::NoCookie)?;
            AnonymousId::from_cookie(raw_id).map_err(NoVisitor::NotAnId)?
        }
    };
    let (ticket, lasting) = brought(&cookies, &id, settings, now_s);
    let sticky = settings.is_sticky.then_some(Sticky(lasting.variations));
    // A page that nobody looks at exposes nobody.
    let told = (settings.exposes && page_view::person(request).is_ok()).then_some(lasting.told);
    let lookup = match &ticket {
        // A fresh ticket asks nobody, so it does not matter who is there to see the page.
        Brought::Opened(ticket) if ticket.is_fresh(now_s) => None,
        // Nobody is there to see a better answer than the stale ticket's.
        Brought::Opened(_) => page_view::person(request).ok().map(|()| Lookup::new(id.clone(), When::After)),
        Brought::None | Brought::Unopened(_) => {
            page_view::person(request).map_err(NoVisitor::NotAPageView)?;
            Some(Lookup::new(id.clone(), When::Before))
        }
    };
    let deliveries: Vec<_> = settings.deliveries.iter().map(|delivery| delivery.met(&cookies)).collect();
    let is_returning = !matches!(ticket, Brought::None) || deliveries.iter().any(Met::was_brought);
    let sender = Sender { id: id.as_str(), is_returning };
    let mut facts = Map::new();
    facts.extend(settings.facts.iter().map(|(name, fact)| (name.clone(), fact.of(request, sender))));
    Ok(Visitor { id, ticket, sticky, told, lookup, facts, page: None, deliveries })
}

/// Whether the visitor does not want to be known.
fn refusal(request: &impl Request, cookies: &str, settings: &Settings) -> Option<NoVisitor> {
    if settings.consent.as_ref().is_some_and(|consent| consent.is_denied(cookies)) {
        return Some(NoVisitor::ConsentDenied);
    }
    global_privacy_control(request).then_some(NoVisitor::PrivacyControl)
}

/// Takes away every cookie that we set before.
fn all_of_ours(cookies: &str, settings: &Settings) -> Effects {
    let decisions = settings.deliveries.iter().filter_map(|delivery| delivery.met(cookies).taken_away());
    let ticket = cookie(cookies, ticket::COOKIE).map(|_| removed());
    decisions.chain(ticket).collect()
}

/// The ticket, and what lasts of it, whether it still holds or not.
fn brought(cookies: &str, id: &AnonymousId, settings: &Settings, now_s: u64) -> (Brought, Lasting) {
    let Some((text, keys)) = cookie(cookies, ticket::COOKIE).zip(settings.keys.as_ref()) else {
        return (Brought::None, Lasting::default());
    };
    match Ticket::open(text, keys, settings.seal(), (id, now_s)) {
        Ok(mut ticket) => {
            let variations = std::mem::take(&mut ticket.variations);
            let told = ticket.told.clone();
            (Brought::Opened(ticket), Lasting { variations, told })
        }
        Err((why, lasting)) => (Brought::Unopened(why), lasting),
    }
}

impl From<NoVisitor> for Nobody {
    fn from(why: NoVisitor) -> Self {
        Self { why, taken_away: Effects::default() }
    }
}
