//! A visit as JavaScript drives it: it asks, takes in replies, answers once, and goes on after the answer where something
//! is still to be looked up. What JavaScript calls of it stands in [`Pintle`](super::Pintle).

#[cfg(feature = "told")]
mod told;

use std::borrow::Cow;

use wasm_bindgen::prelude::*;

use super::incoming::Nonces;
use super::wire::{self, json, step, whole};
use super::{Delivers, Site};
use crate::delivery::caching::{self, Do};
use crate::delivery::values;
use crate::endpoint::{Answer, decisions, recommendations};
use crate::identity::ticket;
use crate::profile::lookup::{Desk, Lookup, Reply, Step};
use crate::settings::Settings;
use crate::visit::explanation::Explanation;
use crate::visit::{After, Plan};

/// A request under way.
pub(super) struct Visit {
    site: &'static Site,
    state: State,
    asking: Asking,
}

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    /// A page.
    Page,
    /// The decision endpoint.
    Decisions,
    /// That of recommendations.
    Recommendations,
}

enum State {
    /// Something is to be looked up before the answer: what is to be carried first.
    Arrived(crate::visit::Visit<'static>, Step),
    /// Nothing is, and this is the plan.
    Planned(wire::Plan, Option<Lookup>),
    /// It is answered, and something may still be looked up.
    Answered(Option<Lookup>),
    /// The answer of an endpoint that refuses it.
    Refused(String),
}

impl Visit {
    /// A visit of a page; nothing where nothing is to be done. Most visits are settled by their ticket: these cost JavaScript
    /// one call.
    pub(super) fn arrived(
        visit: crate::visit::Visit<'static>,
        site: &'static Site,
        now_ms: f64,
    ) -> Option<Self> {
        let visit = Self::begun(visit, site, now_ms, Asking::Page);
        match &visit.state {
            State::Planned(plan, _) if plan.is_nothing() => None,
            State::Planned(..) | State::Arrived(..) | State::Answered(_) | State::Refused(_) => Some(visit),
        }
    }

    /// A visit of an endpoint.
    pub(super) fn asking(
        visit: crate::visit::Visit<'static>,
        asking: Asking,
        site: &'static Site,
        now_ms: f64,
    ) -> Self {
        Self::begun(visit, site, now_ms, asking)
    }

    /// One that the decision endpoint refuses.
    pub(super) fn refused(answer: &Answer, site: &'static Site) -> Self {
        Self { site, state: State::Refused(json(answer)), asking: Asking::Decisions }
    }

    fn begun(
        mut visit: crate::visit::Visit<'static>,
        site: &'static Site,
        now_ms: f64,
        asking: Asking,
    ) -> Self {
        let mut begun = Self { site, state: State::Answered(None), asking };
        if let Ok(settings) = &site.settings {
            let mut learned = site.learned.borrow_mut();
            let first = visit.next(&mut Desk {
                profiles: &settings.profiles,
                learned: &mut learned,
                now_ms: whole(now_ms),
            });
            drop(learned);
            begun.state = match first {
                Step::Enough => {
                    let (plan, later) = begun.plan(visit, settings, None, now_ms);
                    State::Planned(plan, later)
                }
                Step::Ask { .. } | Step::Wait { .. } => State::Arrived(visit, first),
            };
        }
        begun
    }

    /// Lets the lookup, before or after the answer, take a step.
    fn step(
        &mut self,
        now_ms: f64,
        before: impl FnOnce(&mut crate::visit::Visit<'static>, &mut Desk<'_>) -> Step,
        after: impl FnOnce(&mut Lookup, &mut Desk<'_>) -> Step,
    ) -> Option<String> {
        let settings = self.site.settings.as_ref().ok()?;
        let mut learned = self.site.learned.borrow_mut();
        let mut desk = Desk { profiles: &settings.profiles, learned: &mut learned, now_ms: whole(now_ms) };
        step(&match &mut self.state {
            State::Arrived(visit, _) => before(visit, &mut desk),
            State::Answered(Some(lookup)) => after(lookup, &mut desk),
            State::Answered(None) | State::Planned(..) | State::Refused(_) => Step::Enough,
        })
    }

    /// The plan, and what is still to be looked up after the response.
    fn plan(
        &self,
        visit: crate::visit::Visit<'static>,
        settings: &Settings,
        lookup_ms: Option<f64>,
        now_ms: f64,
    ) -> (wire::Plan, Option<Lookup>) {
        let nobody = visit.nobody();
        let nonces = Nonces::new();
        let mut plan = nonces.respond(visit);
        if let Some(chars) = plan.ticket_too_long {
            self.site.learned.borrow_mut().log.tell("ticket too long", whole(now_ms), || too_long(chars));
        }
        let delivers = self.site.shell.delivers;
        let answer = match self.asking {
            Asking::Page => plan.redirect.take().map(Answer::redirect),
            Asking::Decisions => Some(decisions::answer(nobody, &plan)),
            Asking::Recommendations => Some(recommendations::answer(nobody, &plan)),
        };
        let is_page = self.asking == Asking::Page;
        let forwarded = (delivers.travels() && is_page)
            .then(|| nonces.forwarded(&plan, settings.keys.as_ref()))
            .flatten();
        let decisions = (delivers == Delivers::Decisions).then(|| values(&plan.decisions));
        let explained = delivers.explains().then(|| {
            let explanation = plan.explanation.clone().or(nobody.map(Explanation::Nobody));
            wire::Explained::of(explanation.as_ref(), &plan.effects.set_cookies)
        });
        let headers = if is_page { headers(&plan, lookup_ms, delivers, &forwarded) } else { Vec::new() };
        let After { keep, lookup, exposures } = std::mem::take(&mut plan.after);
        let plan = wire::Plan {
            private: plan.is_private(),
            headers,
            decisions,
            explained,
            forwarded,
            answer,
            keep,
            later: lookup.is_some(),
            exposures,
            log: self.log(),
        };
        (plan, lookup)
    }

    fn log(&self) -> Vec<String> {
        self.site.learned.borrow_mut().log.take()
    }
}

impl Visit {
    /// See [`Pintle::refusal`](super::Pintle::refusal).
    pub(super) fn refusal(&self) -> Option<String> {
        match &self.state {
            State::Refused(answer) => Some(answer.clone()),
            State::Arrived(..) | State::Planned(..) | State::Answered(_) => None,
        }
    }

    /// See [`Pintle::next`](super::Pintle::next).
    pub(super) fn next(&mut self, now_ms: f64) -> Option<String> {
        match &self.state {
            State::Arrived(_, first) => step(first),
            State::Planned(..) | State::Answered(_) | State::Refused(_) => {
                self.step(now_ms, crate::visit::Visit::next, Lookup::next)
            }
        }
    }

    /// See [`Pintle::replied_http`](super::Pintle::replied_http) and its like.
    pub(super) fn replied(&mut self, reply: &Reply, now_ms: f64) -> Option<String> {
        self.step(
            now_ms,
            |visit, desk| visit.replied(reply, desk),
            |lookup, desk| lookup.replied(reply, desk),
        )
    }

    /// See [`Pintle::ran_out`](super::Pintle::ran_out).
    pub(super) fn ran_out(&mut self, now_ms: f64) -> Option<String> {
        self.step(now_ms, crate::visit::Visit::ran_out, Lookup::ran_out)
    }

    /// See [`Pintle::respond`](super::Pintle::respond).
    pub(super) fn respond(&mut self, lookup_ms: Option<f64>, now_ms: f64) -> Result<Option<String>, JsError> {
        let Ok(settings) = &self.site.settings else { return Ok(None) };
        let (plan, later) = match std::mem::replace(&mut self.state, State::Answered(None)) {
            State::Arrived(visit, _) => self.plan(visit, settings, lookup_ms, now_ms),
            State::Planned(plan, later) => (plan, later),
            State::Answered(_) | State::Refused(_) => return Err(JsError::new("a visit is answered once")),
        };
        self.state = State::Answered(later);
        Ok((!plan.is_nothing()).then(|| json(&plan)))
    }

    /// See [`Pintle::rest`](super::Pintle::rest).
    pub(super) fn rest(&mut self) -> Option<String> {
        let keep = match &mut self.state {
            State::Answered(Some(lookup)) => lookup.take_keep(),
            State::Answered(None) | State::Arrived(..) | State::Planned(..) | State::Refused(_) => None,
        };
        let rest = wire::Plan { keep, log: self.log(), ..wire::Plan::default() };
        (!rest.is_nothing()).then(|| json(&rest))
    }
}

/// The headers of the response, in the order in which they are written.
fn headers(
    plan: &Plan,
    lookup_ms: Option<f64>,
    delivers: Delivers,
    forwarded: &Option<String>,
) -> Vec<(Do, Cow<'static, str>, String)> {
    let ahead = if delivers.travels() && (plan.is_private() || forwarded.is_some()) {
        caching::ahead_of_the_page(plan.is_private())
    } else {
        Vec::new()
    };
    let ahead = ahead.into_iter().map(|(what, name, value)| (what, name.into(), value.to_owned()));
    let timing = plan.explanation.iter().map(|explanation| {
        (Do::Append, "server-timing".into(), explanation.server_timing(lookup_ms.map(whole)))
    });
    ahead.chain(plan.effects.headers()).chain(timing).collect()
}

fn too_long(chars: usize) -> String {
    format!(
        "a visitor's ticket would have {chars} characters, and {} fit into a cookie: they are looked up on every page; refer to fewer or shorter features",
        ticket::MAX_CHARS
    )
}
