//! Whatever a `personalization.json` says, it is checked, and what it decides is decided.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle::document::mistake::Mistakes;
use pintle::settings::personalization::Personalization;

fuzz_target!(|text: &str| {
    let checked = Personalization::check(text, &mut Mistakes::default());
    let attributes = serde_json::from_str(r#"{"a": [0, "b", {"c": null}], "d": 1e300}"#).expect("this is an object");
    for (_, feature) in checked.features.iter() {
        let _ = feature.decide(&attributes);
    }
});
