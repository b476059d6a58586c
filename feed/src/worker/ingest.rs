//! Events in: through the gateway's rules to the objects of those whom they are about, and on to RudderStack's data plane.
//! An answer says 200 only when every object has kept what it was told, and the data plane took them or they wait for it.

use worker::js_sys::Date;
use worker::{Env, Headers, Request, console_error};

use super::counts::count;
use super::handing_on::{self, Onward};
use super::telling::{Sender, Untold, tell_all};
use super::{body, settings};
use crate::event::Event;
use crate::gateway::onward::{self, Handed};
use crate::gateway::{self, Answer, Gateway, Refusal};
use crate::settings::Feed;

/// The answer to a request; nothing when it is none of the gateway's.
pub(super) async fn answer(
    mut request: Request,
    env: &Env,
    personalization: &str,
    (sender, onward): (&Sender, &Onward),
) -> Option<Answer> {
    let feed = match settings::of(personalization, env) {
        Ok(feed) => feed,
        Err(told) => {
            settings::gateway(env)?.route(request.method().as_ref(), &request.path())?;
            console_error!("pintle: no events are taken, since the settings are wrong: {told}");
            return Some(Refusal::Overloaded.answer(None));
        }
    };
    let gateway = feed.gateway.as_ref()?;
    let route = gateway.route(request.method().as_ref(), &request.path())?;
    let origin = request.headers().get("origin").ok().flatten();
    let answer = taken(&mut request, route, (gateway, &feed), env, (sender, onward)).await;
    let answer = answer.unwrap_or_else(|answer| answer);
    Some(answer.shared_with(origin))
}

async fn taken(
    request: &mut Request,
    route: gateway::Route,
    (gateway, feed): (&Gateway, &Feed),
    env: &Env,
    (sender, onward): (&Sender, &Onward),
) -> Result<Answer, Answer> {
    let headers: Headers = request.headers().clone();
    let header = |name: &str| headers.get(name).ok().flatten();
    // Read as a URL it would bring the tables of international host names along.
    let url = request.inner().url();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let asked = gateway::Request { query, header: &header };
    let level = gateway.admit(route, &asked)?;
    let length: Option<usize> = header("content-length").and_then(|length| length.parse().ok());
    let bytes = if length.is_some_and(|length| length <= gateway::MAX_READ_BYTES) {
        // At once, since chunk by chunk costs a promise each.
        Some(request.bytes().await.map_err(|error| failed(0, &error))?)
    } else {
        match request.stream() {
            Ok(stream) => {
                body::read(stream, gateway::MAX_READ_BYTES).await.map_err(|error| failed(0, &error))?
            }
            // A request without a body.
            Err(_) => Some(Vec::new()),
        }
    };
    let bytes = bytes.ok_or_else(|| Refusal::TooLarge.answer(None))?;
    let inflated = if asked.is_gzip() { Some(inflated(&bytes).await?) } else { None };
    #[allow(clippy::cast_possible_truncation, reason = "whole milliseconds")]
    let now_ms = Date::now() as i64;
    let accepted = gateway.read(route, query, inflated.as_ref().unwrap_or(&bytes), now_ms)?;
    let events = accepted.events.len();
    count(|counts| counts.events += events);
    let people = env.durable_object("PEOPLE").map_err(|error| failed(events, &error))?;
    // It is under way while people are told.
    let handing = gateway.onward(route, &request.path(), query).map(|to| {
        // What is no event cannot wait as one.
        let is_tried = accepted.events.is_empty() || handing_on::is_tried();
        is_tried.then(|| onward.carry(&url, &to, &bytes))
    });
    // What is an event to RudderStack and nothing to a person goes on, and nothing of it is kept here.
    let read = accepted.events.iter().filter_map(|event| Event::read(event, now_ms, level).ok());
    let read: Vec<_> = read.collect();
    count(|counts| {
        counts.about_nobody += events - read.len();
        for refused in read.iter().map(|event| feed.identity.refused(event)) {
            counts.ids_of_nobody += refused.nobody;
            counts.ids_too_many += refused.too_many;
        }
    });
    tell_all(&people, &read, (feed, now_ms), sender).await.map_err(|why| untold(events, why))?;
    if let Some(handing) = handing
        && handing_on::handed(handing, events).await == Handed::Later
    {
        if accepted.events.is_empty() {
            // What is no event cannot wait as one.
            return Err(failed(1, &"what was sent to a webhook's source could not go on".into()));
        }
        let waiting = onward::waiting(accepted.events, &asked, now_ms);
        handing_on::queue(&people, waiting).await.map_err(|error| failed(events, &error))?;
        count(|counts| counts.queued += events);
    }
    Ok(accepted.answer)
}

async fn inflated(bytes: &[u8]) -> Result<Vec<u8>, Answer> {
    let inflated = body::inflate(bytes, gateway::MAX_READ_BYTES).await;
    inflated.map_err(|_| Gateway::broken_gzip())?.ok_or_else(|| Refusal::TooLarge.answer(None))
}

fn untold(events: usize, why: Untold) -> Answer {
    match why {
        Untold::Busy(after_s) => {
            count(|counts| counts.failed += events);
            Refusal::RateLimited(after_s).answer(None)
        }
        Untold::Failed(error) => failed(events, &error),
    }
}

fn failed(events: usize, error: &worker::Error) -> Answer {
    count(|counts| counts.failed += events);
    console_error!("pintle: events were not kept, and whoever sent them is told to send them again: {error}");
    Refusal::Overloaded.answer(None)
}
