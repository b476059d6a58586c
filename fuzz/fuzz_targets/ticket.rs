//! No text that was not sealed opens.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle::identity::anonymous_id::AnonymousId;
use pintle::seal::key_ring::KeyRing;
use pintle::identity::ticket::{COOKIE, Seal, Ticket};

fuzz_target!(|text: &str| {
    let ring = KeyRing::parse(&"7".repeat(64)).expect("64 hexadecimal digits are a key");
    let id = AnonymousId::new("somebody".to_owned()).expect("eight letters are an id");
    let seal = Seal { cookie: COOKIE, settings: 0 };
    assert!(Ticket::open(text, &ring, seal, (&id, 0)).is_err());
    let _ = KeyRing::parse(text);
});
