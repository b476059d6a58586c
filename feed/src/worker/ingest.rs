//! Events in: through the gateway's rules to the objects of those whom they are about. An answer says 200 only when
//! every object has kept what it was told.

use wasm_bindgen::prelude::*;
use worker::js_sys::Date;
use worker::{Env, Headers, Method, ObjectNamespace, Request, RequestInit, console_error};

use super::{body, settings};
use crate::event::Event;
use crate::gateway::{self, Answer, Gateway, Refusal};
use crate::object::Told;
use crate::route::{matters, route};
use crate::settings::Feed;

#[wasm_bindgen]
extern "C" {
    /// Whoever sends events from a page of the site.
    pub type Sender;
    /// Their anonymous id, by the cookie of this very request.
    #[wasm_bindgen(method, getter)]
    fn id(this: &Sender) -> Option<String>;
    /// What their object tells after their own event.
    #[wasm_bindgen(method)]
    fn tells(this: &Sender, snapshot: Option<String>);
}

/// The answer to a request; nothing when it is none of the gateway's.
pub(super) async fn answer(
    mut request: Request,
    env: &Env,
    personalization: &str,
    sender: &Sender,
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
    let answer =
        taken(&mut request, route, (gateway, &feed), env, sender).await.unwrap_or_else(|answer| answer);
    Some(answer.shared_with(origin))
}

async fn taken(
    request: &mut Request,
    route: gateway::Route,
    (gateway, feed): (&Gateway, &Feed),
    env: &Env,
    sender: &Sender,
) -> Result<Answer, Answer> {
    let headers: Headers = request.headers().clone();
    let header = |name: &str| headers.get(name).ok().flatten();
    // Read as a URL it would bring the tables of international host names along.
    let url = request.inner().url();
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let level = gateway.admit(route, &gateway::Request { query, header: &header })?;
    let bytes = match request.stream() {
        Ok(stream) => body::read(stream, gateway::MAX_READ_BYTES).await.map_err(|error| failed(&error))?,
        // A request without a body.
        Err(_) => Some(Vec::new()),
    };
    let bytes = bytes.ok_or_else(|| Refusal::TooLarge.answer(None))?;
    #[allow(clippy::cast_possible_truncation, reason = "whole milliseconds")]
    let now_ms = Date::now() as i64;
    let accepted = gateway.read(route, query, &bytes, now_ms)?;
    // What is an event to RudderStack and nothing to a person is safe where it is: nothing of it is kept.
    let events = accepted.events.iter().filter_map(|event| Event::read(event, now_ms, level).ok()).collect();
    let people = env.durable_object("PEOPLE").map_err(|error| failed(&error))?;
    let mut messages = self::route(events, &feed.declarations);
    messages.retain(|to, message| matters(to, message));
    let own = sender.id().and_then(|id| messages.remove_entry(format!("anonymous_id:{id}").as_str()));
    for (to, message) in messages {
        tell(&people, &Told { to, message }, false).await.map_err(|error| failed(&error))?;
    }
    // Last, so that what it tells has all the others in it.
    if let Some((to, message)) = own {
        let snapshot = tell(&people, &Told { to, message }, true).await.map_err(|error| failed(&error))?;
        sender.tells(snapshot);
    }
    Ok(accepted.answer)
}

/// Tells an object; what it tells in turn, where it is asked to, and knows somebody.
async fn tell(people: &ObjectNamespace, told: &Told, is_asked: bool) -> worker::Result<Option<String>> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(serde_json::to_string(told)?.into()));
    let url = if is_asked { "https://people/told?tells" } else { "https://people/told" };
    let request = Request::new_with_init(url, &init)?;
    let stub = people.id_from_name(told.to.as_str())?.get_stub()?;
    let mut response = stub.fetch_with_request(request).await?;
    match response.status_code() {
        200 => response.text().await.map(Some),
        204 => Ok(None),
        status => Err(format!("a person's object answered with status {status}").into()),
    }
}

fn failed(error: &worker::Error) -> Answer {
    console_error!("pintle: events were not kept, and whoever sent them is told to send them again: {error}");
    Refusal::Overloaded.answer(None)
}
