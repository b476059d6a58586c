//! What this isolate did with events since it started, or since its module last trapped: health tells it.

use std::cell::RefCell;

use serde::Serialize;
use wasm_bindgen::prelude::*;

/// Numbers of events.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Counts {
    /// That were read and may be taken.
    pub(super) events: usize,
    /// That RudderStack's data plane took at once.
    pub(super) handed_on: usize,
    /// That wait for it in an outbox.
    pub(super) queued: usize,
    /// Of those, that it was not offered first, since it had not answered several times in a row.
    pub(super) not_tried: usize,
    /// That it will never take.
    pub(super) refused_by_data_plane: usize,
    /// That whoever sent them was told to send again.
    pub(super) failed: usize,
    /// That are about nobody, of whom nothing is kept.
    pub(super) about_nobody: usize,
    /// That came to their object when those of their time were not kept any more: only the traits in them count.
    pub(super) late: usize,
    /// Ids by which somebody is known no more, since they have more than a person has, and those were bound longest ago.
    pub(super) ids_off: usize,
    /// Ids in them that stand for nobody: words such as `null`, what is too long, and what a filter does not let through.
    pub(super) ids_of_nobody: usize,
    /// Ids in them that are more than an event may name.
    pub(super) ids_too_many: usize,
}

thread_local! {
    static COUNTS: RefCell<Counts> = RefCell::default();
}

pub(super) fn count(change: impl FnOnce(&mut Counts)) {
    COUNTS.with_borrow_mut(change);
}

/// The counts, as JSON.
#[wasm_bindgen(js_name = feedCounts)]
pub fn told() -> Result<String, JsError> {
    Ok(COUNTS.with_borrow(serde_json::to_string)?)
}
