//! The feed's settings, made of the first request's environment, which is the same for all requests of an isolate, and anew
//! when another personalization runs.

use std::cell::RefCell;
use std::rc::Rc;

use pintle::document::environment::Environment;
use pintle::document::mistake::Mistakes;
use worker::{Env, js_sys};

use crate::gateway::Gateway;
use crate::settings::Feed;

thread_local! {
    static FEED: RefCell<Option<(String, Rc<Feed>)>> = const { RefCell::new(None) };
}

/// Which requests are the gateway's, whatever else is wrong.
pub(super) fn gateway(env: &Env) -> Option<Gateway> {
    Gateway::compile(&Environment { variable: &|name| variable(env, name) }, &mut Mistakes::default())
}

/// The text of a variable or secret.
pub(super) fn variable(env: &Env, name: &str) -> Option<String> {
    js_sys::Reflect::get(env, &name.into()).ok()?.as_string()
}

/// The settings, or what is wrong with them.
pub(super) fn of(personalization: &str, env: &Env) -> Result<Rc<Feed>, String> {
    let known = FEED.with_borrow(|known| {
        known.as_ref().filter(|(of, _)| of == personalization).map(|(_, feed)| Rc::clone(feed))
    });
    if let Some(feed) = known {
        return Ok(feed);
    }
    let feed = Feed::compile(personalization, &Environment { variable: &|name| variable(env, name) });
    let feed = feed.map(Rc::new).map_err(|mistakes| {
        let told: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        told.join("; ")
    })?;
    FEED.set(Some((personalization.to_owned(), Rc::clone(&feed))));
    Ok(feed)
}
