//! Asking the sources about a visitor: in their order, within one budget, each until its circuit opens.
//!
//! An answer that comes after the budget is not lost: it is kept for the visitor's next page.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::Delay;
use worker::js_sys::{JsString, Object, Reflect};
use worker::worker_sys::Context;

use super::runtime;
use super::site::Site;
use crate::identity::anonymous_id::AnonymousId;
use crate::profile::sources::activation_api::ActivationApi;
use crate::profile::sources::kv;
use crate::profile::{Answer, Failure, Lookup, Source, within_size};
use crate::settings::Settings;

/// How long an answer that missed the budget is still waited for, after the response has left.
const LATE: Duration = Duration::from_secs(5);

/// A lookup under way.
pub(super) struct Asked {
    site: &'static Site,
    id: AnonymousId,
    budget: Duration,
    /// The source that is being asked now, until it is known how it did.
    asking: Rc<Cell<Option<Source>>>,
    answer: Pin<Box<dyn Future<Output = Outcome>>>,
}

struct Outcome {
    lookup: Lookup,
    /// The `data` of a source behind KV, to be written back to it.
    write_back: Option<String>,
}

/// Begins to ask the sources about `id`.
pub(super) fn ask(site: &'static Site, settings: &'static Settings, id: AnonymousId) -> Asked {
    let asking = Rc::new(Cell::new(None));
    let budget = Duration::from_millis(settings.profiles.budget_ms.into());
    let answer = Box::pin(ask_all(site, settings, id.clone(), Rc::clone(&asking)));
    Asked { site, id, budget, asking, answer }
}

impl Asked {
    /// The outcome, or `Failed(Deadline)` when the budget is used up.
    pub(super) async fn within_the_budget(mut self, context: &Context) -> Lookup {
        let Some(Outcome { lookup, write_back }) = self.within(self.budget).await else {
            after(context, self.late());
            return Lookup::Failed(Failure::Deadline);
        };
        if matches!(lookup, Lookup::Missing) {
            self.site.remember(self.id.clone(), &lookup);
        }
        if let Some(data) = write_back {
            after(context, async move { keep(self.site, &self.id, &data).await });
        }
        lookup
    }

    /// Lets the lookup go on after the response, for the next page.
    pub(super) fn later(self, context: &Context) {
        after(context, self.late());
    }

    /// Waits for an outcome that no response waits for any more, and keeps it.
    async fn late(mut self) {
        let Some(Outcome { lookup, write_back }) = self.within(LATE).await else { return };
        self.site.remember(self.id.clone(), &lookup);
        if let Some(data) = write_back {
            keep(self.site, &self.id, &data).await;
        }
    }

    /// The outcome; `None` when `time` is over, which is held against the source that was being asked.
    async fn within(&mut self, time: Duration) -> Option<Outcome> {
        match select(&mut self.answer, Delay::from(time)).await {
            Either::Left((outcome, _)) => Some(outcome),
            Either::Right(_) => {
                if let Some(source) = self.asking.take() {
                    self.site.note(source, Err(&Failure::Deadline));
                }
                None
            }
        }
    }
}

/// Runs `task` after the response has left.
fn after(context: &Context, task: impl Future<Output = ()> + 'static) {
    let promise = future_to_promise(async move {
        task.await;
        Ok(JsValue::UNDEFINED)
    });
    // Without a context to wait in, the task is merely not guaranteed to end.
    drop(context.wait_until(&promise));
}

/// Asks one source after the other until one knows the visitor.
async fn ask_all(
    site: &'static Site,
    settings: &'static Settings,
    id: AnonymousId,
    asking: Rc<Cell<Option<Source>>>,
) -> Outcome {
    let mut failure = None;
    let mut passed_kv = false;
    for &source in &settings.profiles.sources {
        let answer = if site.may_ask(source) {
            asking.set(Some(source));
            let answer = ask_one(site, settings, source, &id).await;
            if asking.take().is_some() {
                site.note(source, answer.as_ref().map(|_| ()));
            }
            answer
        } else {
            Err(Failure::LeftAlone)
        };
        match answer {
            Ok(Answer::Known(profile, data)) => {
                let write_back = passed_kv.then_some(data);
                return Outcome { lookup: Lookup::Found(profile, source), write_back };
            }
            Ok(Answer::Unknown) => {}
            Err(why) => failure = Some(why),
        }
        passed_kv |= source == Source::Kv;
    }
    Outcome { lookup: failure.map_or(Lookup::Missing, Lookup::Failed), write_back: None }
}

async fn ask_one(
    site: &Site,
    settings: &Settings,
    source: Source,
    id: &AnonymousId,
) -> Result<Answer, Failure> {
    match source {
        Source::Kv => ask_kv(site, settings, id).await,
        Source::ActivationApi => match &settings.profiles.activation_api {
            Some(api) => ask_activation_api(settings, api, id).await,
            None => Err(Failure::Unreachable),
        },
        // The settings refuse it: there is no function of the site's own in a Worker.
        Source::Function => Err(Failure::Unreachable),
    }
}

async fn ask_kv(site: &Site, settings: &Settings, id: &AnonymousId) -> Result<Answer, Failure> {
    let namespace = site.profiles.as_ref().ok_or(Failure::Unreachable)?;
    let Some(key) = settings.profiles.kv_key(id) else { return Ok(Answer::Unknown) };
    let value = JsFuture::from(namespace.get(&key, "text")).await.map_err(|_| Failure::Unreachable)?;
    kv::read(text(value)?, &settings.profiles.view)
}

async fn ask_activation_api(
    settings: &Settings,
    api: &ActivationApi,
    id: &AnonymousId,
) -> Result<Answer, Failure> {
    let question = settings.profiles.question(id, api);
    let asked = runtime::ask(&api.url, api.token.reveal(), &question.body());
    let answer = JsFuture::from(asked).await.map_err(|_| Failure::Unreachable)?;
    let answer: runtime::Answer = answer.unchecked_into();
    question.read_answer(answer.status(), &answer.text(), &settings.profiles.view)
}

/// Takes a text over from JavaScript, unless it is too large to be copied at all.
fn text(value: JsValue) -> Result<Option<String>, Failure> {
    let Ok(text) = value.dyn_into::<JsString>() else { return Ok(None) };
    let units = usize::try_from(text.length()).unwrap_or(usize::MAX);
    within_size(units)?;
    Ok(Some(text.into()))
}

/// Writes a profile back to KV, so that the next lookup finds it there.
async fn keep(site: &Site, id: &AnonymousId, data: &str) {
    let (Some(namespace), Ok(settings)) = (&site.profiles, &site.settings) else { return };
    let Some(key) = settings.profiles.kv_key(id) else { return };
    let options = Object::new();
    let kept_s = JsValue::from(settings.profiles.kept_s);
    if Reflect::set(&options, &"expirationTtl".into(), &kept_s).is_err() {
        return;
    }
    if JsFuture::from(namespace.put(&key, data, &options)).await.is_err() {
        worker::console_warn!("pintle: a profile could not be written back to KV");
    }
}
