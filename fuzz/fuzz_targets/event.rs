//! Whatever JSON an event is, it is read or refused, and what is kept of it is kept the same each time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle::document::mistake::{Mistakes, Place};
use pintle_feed::declaration::Declarations;
use pintle_feed::event::{Event, Trust};
use serde_json::json;

fuzz_target!(|text: &str| {
    let Ok(value) = serde_json::from_str(text) else { return };
    let Ok(event) = Event::read(&value, 0, Trust::Warehouse) else { return };
    let profile = json!({
        "TOTAL": {"sum": {"event": "a", "value": "properties.b[*].c", "where": {"properties.d": {"$gt": 1}}}},
        "PLAN": {"last": {"trait": "plan"}},
    });
    let wanted = ["plan".to_owned()].into();
    let declarations = Declarations::compile(Some(&profile), Place::Root, wanted, &mut Mistakes::default());
    assert_eq!(declarations.keep(&event), declarations.keep(&event));
});
