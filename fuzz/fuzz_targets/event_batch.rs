//! Whatever comes to the gateway, what is kept of it are objects that say when they came.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle::document::environment::Environment;
use pintle::document::mistake::Mistakes;
use pintle_feed::event::Kind;
use pintle_feed::gateway::{Gateway, Route};

fuzz_target!(|body: &[u8]| {
    let variable = |_: &str| Some("/key".to_owned());
    let gateway = Gateway::compile(&Environment { variable: &variable }, &mut Mistakes::default());
    let gateway = gateway.expect("there is a write key");
    let query = String::from_utf8_lossy(body);
    for route in [Route::Event(Kind::Track), Route::Batch, Route::Pixel(Kind::Page), Route::Webhook] {
        let events = gateway.read(route, &query, body, 0).map(|it| it.events).unwrap_or_default();
        assert!(events.iter().all(|event| event["receivedAt"].is_string()));
    }
});
