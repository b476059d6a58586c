//! Carries messages to the objects of those whom events are about, and tells the sender what their own one says then.

use std::cell::RefCell;

use futures_util::future::try_join5;
use wasm_bindgen::prelude::*;
use web_sys::RequestInit;
use worker::{ObjectNamespace, Request, Response};

use crate::event::{Alias, Event};
use crate::location;
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
    /// Where their page is: the letters of the continent, and degrees east.
    #[wasm_bindgen(method, getter)]
    fn continent(this: &Sender) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn longitude(this: &Sender) -> Option<f64>;
    /// What their object tells after their own event.
    #[wasm_bindgen(method)]
    fn tells(this: &Sender, snapshot: Option<String>);
}

/// Why somebody was not told.
pub(super) enum Untold {
    /// Too much came for them; there is room again after so many seconds.
    Busy(u32),
    Failed(worker::Error),
}

impl From<worker::Error> for Untold {
    fn from(error: worker::Error) -> Self {
        Self::Failed(error)
    }
}

/// Tells everybody whom these events are about.
pub(super) async fn tell_all(
    people: &ObjectNamespace,
    events: &[Event],
    (feed, now_ms): (&Feed, i64),
    sender: &Sender,
) -> Result<(), Untold> {
    let mut messages = route(events, &feed.declarations, &feed.identity);
    messages.retain(matters);
    if messages.is_empty() {
        return Ok(());
    }
    let page = sender.continent().and_then(|continent| location::of_request(&continent, sender.longitude()));
    let places = if page.is_none() { places(events) } else { Vec::new() };
    let near = |alias: &Alias| page.or_else(|| Some(places.iter().find(|(whose, _)| whose == alias)?.1));
    let declared = feed.declarations.declared(now_ms);
    messages.iter_mut().for_each(|(_, message)| message.declared = Some(declared.clone()));
    let own = sender.id().map(|id| format!("{}:{id}", Alias::DEVICE));
    let is_own = |(to, _): &(Alias, _)| own.as_ref().is_some_and(|own| to.as_str() == own);
    let (own, others): (Vec<_>, Vec<_>) = messages.into_iter().partition(is_own);
    let untold = RefCell::new(others.into_iter());
    let some_of_them = || async {
        loop {
            let next = untold.borrow_mut().next();
            let Some((to, message)) = next else { return Ok::<_, Untold>(()) };
            let near = near(&to);
            tell(people, &Told { to, message }, (false, near)).await?;
        }
    };
    // The runtime has six connections for a request at once, and one is the data plane's.
    let [a, b, c, d, e] = [(); 5].map(|()| some_of_them());
    try_join5(a, b, c, d, e).await?;
    // Last, so that what it tells has all the others in it.
    for (to, message) in own {
        let near = near(&to);
        sender.tells(tell(people, &Told { to, message }, (true, near)).await?);
    }
    Ok(())
}

/// Near where each is of whom an event says so.
fn places(events: &[Event]) -> Vec<(Alias, &'static str)> {
    let placed = events.iter().filter_map(|event| Some((event, location::of_event(&event.whole)?)));
    placed
        .flat_map(|(event, near)| [&event.device, &event.user].map(|alias| Some((alias.clone()?, near))))
        .flatten()
        .collect()
}

/// Tells an object, which is made near there if it is new; what it tells in turn, where it is asked to, and knows somebody.
async fn tell(
    people: &ObjectNamespace,
    told: &Told,
    (is_asked, near): (bool, Option<&str>),
) -> Result<Option<String>, Untold> {
    let url = if is_asked { "https://people/told?tells" } else { "https://people/told" };
    let body = serde_json::to_string(told).map_err(worker::Error::from)?;
    let mut response = post(people, (told.to.as_str(), near), url, body).await?;
    match response.status_code() {
        200 => Ok(Some(response.text().await?)),
        204 => Ok(None),
        429 => {
            let after = response.headers().get("retry-after").ok().flatten();
            Err(Untold::Busy(after.and_then(|after| after.parse().ok()).unwrap_or(1)))
        }
        status => Err(Untold::Failed(format!("a person's object answered with status {status}").into())),
    }
}

/// Brings a body to the object of this name, which is made near there if it is new.
pub(super) async fn post(
    people: &ObjectNamespace,
    (name, near): (&str, Option<&str>),
    url: &str,
    body: String,
) -> worker::Result<Response> {
    let id = people.id_from_name(name)?;
    let stub = near.map_or_else(|| id.get_stub(), |near| id.get_stub_with_location_hint(near))?;
    stub.fetch_with_request(request("POST", url, &body)?).await
}

/// A request to an object. The init of the crate `worker` would bring all that Cloudflare's own can say along.
pub(super) fn request(method: &str, url: &str, body: &str) -> worker::Result<Request> {
    let init = RequestInit::new();
    init.set_method(method);
    init.set_body(&body.into());
    Ok(web_sys::Request::new_with_str_and_init(url, &init)?.into())
}
