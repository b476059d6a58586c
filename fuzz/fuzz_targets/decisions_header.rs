//! What somebody else wrote into the header for the page's own server: with keys it never opens, and without them only an
//! object comes out. The parameter of the decision endpoint makes an id or a refusal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle::delivery::forward;
use pintle::endpoint::decisions;
use pintle::seal::key_ring::KeyRing;

fuzz_target!(|text: &str| {
    let ring = KeyRing::parse(&"7".repeat(64)).expect("64 hexadecimal digits are a key");
    assert_eq!(forward::open(text, Some(&ring)), None);
    if let Some(json) = forward::open(text, None) {
        assert!(serde_json::from_str::<serde_json::Value>(&json).expect("it was read before").is_object());
    }
    let _ = decisions::parameter(text);
});
