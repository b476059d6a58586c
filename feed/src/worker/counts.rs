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
    /// That it will never take.
    pub(super) refused_by_data_plane: usize,
    /// That whoever sent them was told to send again.
    pub(super) failed: usize,
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
