//! Carries a request on to RudderStack's data plane, as it came, and what that does not take now into the outboxes.
//!
//! Whoever sent the events waits for its answer. When it does not answer several times in a row it is left alone for a
//! while, as a source of profiles is: meanwhile events go to the outboxes at once, which wait for it and keep nobody waiting.

use std::cell::{Cell, RefCell};

use pintle::profile::breaker::Breaker;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::js_sys::{Date, Promise};
use worker::{ObjectNamespace, console_warn};

use super::counts::count;
use super::telling::post;
use crate::gateway::onward::{self, Handed};

/// How often the log tells that it does not take events, in milliseconds.
const TOLD_EVERY_MS: f64 = 60_000.0;

#[wasm_bindgen]
extern "C" {
    /// Carries a request on.
    pub type Onward;
    /// What came to `from` is on its way to `to`, with these bytes. The status of the answer; a text when there is none.
    #[wasm_bindgen(method)]
    pub fn carry(this: &Onward, from: &str, to: &str, body: &[u8]) -> Promise;
}

thread_local! {
    static BREAKER: RefCell<Breaker> = RefCell::default();
}

/// Whether the data plane is to be tried, and not left alone.
pub(super) fn is_tried() -> bool {
    BREAKER.with_borrow_mut(|breaker| breaker.allows(now_ms()))
}

/// What became of `events` that are on their way; `None` are those of a data plane that is left alone.
pub(super) async fn handed(handing: Option<Promise>, events: usize) -> Handed {
    let Some(handing) = handing else {
        count(|counts| counts.not_tried += events);
        return Handed::Later;
    };
    let answer = JsFuture::from(handing).await.unwrap_or_else(|error| error);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a status")]
    let status = answer.as_f64().map(|status| status as u16);
    note(status.is_some());
    let handed = status.map_or(Handed::Later, Handed::of);
    match handed {
        Handed::Taken => count(|counts| counts.handed_on += events),
        Handed::Refused(status) => {
            count(|counts| counts.refused_by_data_plane += events);
            let advice = onward::advice(status);
            tell(&format!("does not take events, with status {status}; they are kept here alone: {advice}"));
        }
        Handed::Later => {
            let why =
                status.map(|status| format!("status {status}")).or(answer.as_string()).unwrap_or_default();
            tell(&format!("takes no events now, and they wait here: {why}"));
        }
    }
    handed
}

/// Notes whether it answered at all: one that does not keeps everybody waiting until their deadline.
fn note(has_answered: bool) {
    let is_opened = BREAKER.with_borrow_mut(|breaker| {
        if has_answered {
            breaker.answered();
        }
        !has_answered && breaker.failed(now_ms())
    });
    if is_opened {
        console_warn!("pintle: RudderStack's data plane is left alone for a while after repeated failures");
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole milliseconds since 1970")]
fn now_ms() -> u64 {
    Date::now() as u64
}

/// Has events wait in the outboxes of those whom they are about.
pub(super) async fn queue(people: &ObjectNamespace, waiting: Vec<(String, String)>) -> worker::Result<()> {
    for (whose, body) in waiting {
        let response = post(people, (&whose, None), "https://people/outbox", body).await?;
        match response.status_code() {
            204 => {}
            503 => return Err("an outbox is full".into()),
            status => return Err(format!("a person's object answered with status {status}").into()),
        }
    }
    Ok(())
}

thread_local! {
    static TOLD_AT_MS: Cell<f64> = const { Cell::new(f64::NEG_INFINITY) };
}

/// Tells the log, when it has not heard of it for a while.
fn tell(what: &str) {
    let now_ms = Date::now();
    if now_ms - TOLD_AT_MS.get() >= TOLD_EVERY_MS {
        TOLD_AT_MS.set(now_ms);
        console_warn!("pintle: RudderStack's data plane {what}");
    }
}

/// Whether the data plane took what it answered with this status: `false` when it never will, nothing when it may later.
#[wasm_bindgen(js_name = dataPlaneTook)]
pub fn took(status: u16) -> Option<bool> {
    match Handed::of(status) {
        Handed::Taken => Some(true),
        Handed::Refused(_) => Some(false),
        Handed::Later => None,
    }
}
