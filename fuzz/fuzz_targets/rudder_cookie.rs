//! Whatever stands in a cookie, the reader answers with a value or a reason.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle::identity::anonymous_id::AnonymousId;

fuzz_target!(|raw: &str| {
    let _ = AnonymousId::from_cookie(raw);
    let _ = AnonymousId::from_cookie(&format!("RudderEncrypt:{raw}"));
    let _ = AnonymousId::from_cookie(&format!("RS_ENC_v3_{raw}"));
});
