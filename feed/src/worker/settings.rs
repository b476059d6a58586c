//! The feed's settings, made of the first request's environment, which is the same for all requests of an isolate.

use std::cell::RefCell;
use std::rc::Rc;

use pintle::document::environment::Environment;
use worker::{Env, js_sys};

use crate::settings::Feed;

thread_local! {
    static FEED: RefCell<Option<Rc<Feed>>> = const { RefCell::new(None) };
}

/// The settings, or what is wrong with them.
pub(super) fn of(personalization: &str, env: &Env) -> Result<Rc<Feed>, String> {
    if let Some(feed) = FEED.with_borrow(Clone::clone) {
        return Ok(feed);
    }
    let variable = |name: &str| js_sys::Reflect::get(env, &name.into()).ok()?.as_string();
    let feed = Feed::compile(personalization, &Environment { variable: &variable });
    let feed = feed.map(Rc::new).map_err(|mistakes| {
        let told: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        told.join("; ")
    })?;
    FEED.set(Some(Rc::clone(&feed)));
    Ok(feed)
}
