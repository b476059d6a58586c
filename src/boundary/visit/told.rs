//! What a Worker calls besides: the answer to a visitor's own event carries what a page would have got after it.

use wasm_bindgen::prelude::*;

use super::super::incoming::{Asked, Incoming};
use super::super::wire::{json, whole};
use super::super::{Asking, Pintle, Site};
use super::{State, Visit};
use crate::profile::lookup::Desk;
use crate::request::Request;
use crate::visit::identify_asking;

#[wasm_bindgen]
impl Pintle {
    /// What the answer to a visitor's own event carries: what a page would have got after it. `snapshot` is what their
    /// object tells now, if it knows them. The JSON text of a plan, or nothing.
    #[must_use]
    pub fn told(&self, request: &Incoming, snapshot: Option<String>, now_ms: f64) -> Option<String> {
        Visit::of_an_event(&Asked::from(request), snapshot, self.site, now_ms)
    }
}

impl Visit {
    /// The plan of the answer to a visitor's own event; nothing where nothing is to be done.
    fn of_an_event(
        request: &impl Request,
        snapshot: Option<String>,
        site: &'static Site,
        now_ms: f64,
    ) -> Option<String> {
        let settings = site.settings.as_ref().ok()?;
        let mut visit = identify_asking(request, None, settings, whole(now_ms) / 1_000);
        let mut learned = site.learned.borrow_mut();
        let mut desk = Desk { profiles: &settings.profiles, learned: &mut learned, now_ms: whole(now_ms) };
        visit.told(snapshot, &mut desk);
        drop(learned);
        let answering = Self { site, state: State::Answered(None), asking: Asking::Page };
        let (plan, _) = answering.plan(visit, settings, None, now_ms);
        (!plan.is_nothing()).then(|| json(&plan))
    }
}
