//! Whatever stands under a key in KV, it is a profile of the wanted features, a miss or a failure.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle::profile::Answer;
use pintle::profile::sources::kv;
use pintle::profile::view::View;

fuzz_target!(|value: &str| {
    let view = |ignore_case| View { key: "V".to_owned(), ignore_case, features: ["F".to_owned()].into() };
    let exact = kv::read(Some(value), &view(false), 0);
    if let Ok(Answer::Known(profile, _)) = &exact {
        assert!(profile.features.keys().all(|name| name == "F"));
        // What is found by its exact key is found in any case.
        assert_eq!(kv::read(Some(value), &view(true), 0), exact);
    }
});
