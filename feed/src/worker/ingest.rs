//! Events in: through the gateway's rules to the objects of those whom they are about. An answer says 200 only when
//! every object has kept what it was told.

use worker::js_sys::Date;
use worker::{Env, Headers, Method, ObjectNamespace, Request, RequestInit, console_error};

use super::{body, settings};
use crate::event::Event;
use crate::gateway::{self, Answer, Gateway, Refusal};
use crate::object::Told;
use crate::route::route;
use crate::settings::Feed;

/// The answer to a request; nothing when it is none of the gateway's.
pub(super) async fn answer(mut request: Request, env: &Env, personalization: &str) -> Option<Answer> {
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
    let answer = taken(&mut request, route, gateway, &feed, env).await.unwrap_or_else(|answer| answer);
    Some(answer.shared_with(origin))
}

async fn taken(
    request: &mut Request,
    route: gateway::Route,
    gateway: &Gateway,
    feed: &Feed,
    env: &Env,
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
    for (to, message) in self::route(events, &feed.declarations) {
        let told = Told { to, message };
        tell(&people, &told).await.map_err(|error| failed(&error))?;
    }
    Ok(accepted.answer)
}

async fn tell(people: &ObjectNamespace, told: &Told) -> worker::Result<()> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(serde_json::to_string(told)?.into()));
    let request = Request::new_with_init("https://people/told", &init)?;
    let stub = people.id_from_name(told.to.as_str())?.get_stub()?;
    let status = stub.fetch_with_request(request).await?.status_code();
    if status == 204 {
        Ok(())
    } else {
        Err(format!("a person's object answered with status {status}").into())
    }
}

fn failed(error: &worker::Error) -> Answer {
    console_error!("pintle: events were not kept, and whoever sent them is told to send them again: {error}");
    Refusal::Overloaded.answer(None)
}
