//! Whatever a `$regex` says, it is refused or asked, and the opposite of what it finds is what `$not` finds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle::decision::{Condition, SavedGroups};
use pintle::document::mistake::{Mistakes, Place};
use serde_json::json;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    for operator in ["$regex", "$regexi"] {
        let mut mistakes = Mistakes::default();
        let mut meets = |expected| {
            let condition = json!({ "x": expected });
            let compiled = Condition::compile(&condition, Place::Root, &SavedGroups::default(), &mut mistakes);
            compiled.matches(json!({ "x": text }).as_object().expect("this is an object"))
        };
        assert_ne!(meets(json!({ operator: pattern })), meets(json!({ "$not": { operator: pattern } })));
    }
});
