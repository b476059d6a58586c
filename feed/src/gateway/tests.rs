use pintle::document::environment::Environment;
use pintle::document::mistake::Mistakes;
use proptest::prelude::*;

use super::*;
use crate::event::Kind;

fn compiled(variables: &[(&str, &str)]) -> (Option<Gateway>, Vec<String>) {
    let variable =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let mut mistakes = Mistakes::default();
    let gateway = Gateway::compile(&Environment { variable: &variable }, &mut mistakes);
    (gateway, mistakes.iter().map(ToString::to_string).collect())
}

fn gateway(variables: &[(&str, &str)]) -> Gateway {
    let (gateway, mistakes) = compiled(variables);
    assert_eq!(mistakes, Vec::<String>::new());
    gateway.unwrap()
}

const ALL: [(&str, &str); 3] =
    [("WRITE_KEYS", "web, backend=server"), ("WEBHOOK_SECRET", "hook"), ("INGEST_PATH", "/collect")];

#[test]
fn nobody_may_send_unless_a_variable_says_who() {
    assert!(compiled(&[]).0.is_none());
    assert!(compiled(&[("INGEST_PATH", "/collect"), ("WRITE_KEYS", " ")]).0.is_none());
    let events_only = gateway(&[("WRITE_KEYS", "web")]);
    assert_eq!(events_only.route("POST", "/v1/track"), Some(Route::Event(Kind::Track)));
    assert_eq!(events_only.route("POST", "/webhook"), None);
    let webhook_only = gateway(&[("WEBHOOK_SECRET", "hook")]);
    assert_eq!(webhook_only.route("PUT", "/webhook"), Some(Route::Webhook));
    for path in ["/v1/track", "/v1/batch", "/beacon/v1/batch", "/pixel/v1/page", "/sourceConfig"] {
        assert_eq!(webhook_only.route("POST", path), None, "{path}");
    }
}

#[test]
fn what_is_not_below_the_path_is_the_sites() {
    let gateway = gateway(&ALL);
    for path in [
        "",
        "/",
        "/v1/track",
        "/collect",
        "/collect/",
        "/collectv1/track",
        "/collect/v1/track/",
        "/health",
        "/webhook",
    ] {
        assert_eq!(gateway.route("POST", path), None, "{path}");
    }
}

#[test]
fn at_the_root_the_sites_own_pages_stay_the_sites() {
    let gateway = gateway(&[("WRITE_KEYS", "web")]);
    for path in ["/health", "/version", "/robots.txt", "/"] {
        assert_eq!(gateway.route("GET", path), None, "{path}");
    }
}

#[test]
fn a_mistake_in_the_variables_is_told_with_its_place_and_without_a_key() {
    for (name, value, named) in [
        ("WRITE_KEYS", "web,", "WRITE_KEYS[1]: must be a write key"),
        ("WRITE_KEYS", "key:with", "WRITE_KEYS[0]: must be a write key"),
        (
            "WRITE_KEYS",
            "key=root",
            "WRITE_KEYS[0]: must say `browser`, `server`, `warehouse`, `webhook` or `disabled`",
        ),
        ("WRITE_KEYS", "a,key,key=server", "WRITE_KEYS[2]: is a write key that stands there before"),
        ("WEBHOOK_SECRET", "key word", "WEBHOOK_SECRET: must be of ASCII without spaces"),
        ("INGEST_PATH", "collect", "INGEST_PATH: must be a path such as `/collect`"),
        ("INGEST_PATH", "/", "INGEST_PATH: must be a path such as `/collect`, without a slash at its end"),
        ("INGEST_PATH", "/a/../b", "INGEST_PATH: must be a path"),
        ("INGEST_PATH", "/a?b", "INGEST_PATH: must be a path"),
        ("INGEST_PATH", "/_pintle/x", "INGEST_PATH: must not lie below `/_pintle`"),
        ("RUDDER_DATA_PLANE_URL", "events.example.com", "RUDDER_DATA_PLANE_URL: must be an absolute URL"),
        ("RUDDER_DATA_PLANE_URL", "https://key:@events.example.com", "RUDDER_DATA_PLANE_URL: must be a URL"),
    ] {
        let (_, mistakes) = compiled(&[(name, value)]);
        assert_eq!(mistakes.len(), 1, "{value}: {mistakes:?}");
        assert!(mistakes[0].starts_with(named), "{value}: {mistakes:?}");
        assert!(
            name == "INGEST_PATH" || !mistakes[0].replace("write key", "").contains("key"),
            "{mistakes:?}"
        );
    }
}

#[test]
fn a_key_says_what_its_holder_may_claim_and_the_webhook_is_the_warehouse() {
    let gateway = gateway(&ALL);
    let level = |route, query: &str, header: &dyn Fn(&str) -> Option<String>| {
        gateway.admit(route, &Request { query, header })
    };
    assert_eq!(level(Route::Beacon, "writeKey=web", &|_| None), Ok(Trust::Browser));
    assert_eq!(level(Route::Beacon, "a=b&writeKey=backend", &|_| None), Ok(Trust::Server));
    let secret = |name: &str| (name == "x-pintle-secret").then(|| "hook".to_owned());
    assert_eq!(level(Route::Webhook, "", &secret), Ok(Trust::Warehouse));
    assert!(Trust::Browser < Trust::Server && Trust::Server < Trust::Warehouse);
}

#[test]
fn what_is_not_kept_now_is_said_in_rudderstacks_words() {
    for (refusal, status, body) in [
        (Refusal::RateLimited(3), 429, "max requests limit reached\n"),
        (Refusal::Overloaded, 503, "service unavailable\n"),
    ] {
        let answer = refusal.answer(None);
        assert_eq!((answer.status, answer.body), (status, body.as_bytes().to_vec()));
    }
}

const ROUTES: [Route; 5] =
    [Route::Event(Kind::Page), Route::Batch, Route::Beacon, Route::Pixel(Kind::Track), Route::Webhook];

proptest! {
    #[test]
    fn no_body_panics(body: Vec<u8>, query: String) {
        let gateway = gateway(&ALL);
        for route in ROUTES {
            let _ = gateway.read(route, &query, &body, 0);
        }
    }

    #[test]
    fn no_json_panics_and_what_is_kept_names_somebody(
        body in r#"[\[{]{1,3}("(batch|userId|anonymousId|messageId|type|receivedAt)":("[a \\\\u0d8]{0,6}"|-?[0-9]{1,3}(e[0-9]{1,3})?|null|\{\}|\[\]),?){0,4}[\]}]{1,3}"#,
    ) {
        let gateway = gateway(&ALL);
        for route in ROUTES {
            for event in gateway.read(route, &body, body.as_bytes(), 0).map(|it| it.events).unwrap_or_default() {
                let id = ["userId", "anonymousId"].iter().find_map(|name| event.get(*name));
                prop_assert!(id.is_some_and(|id| id.as_str().is_some_and(|id| !id.is_empty())), "{event}");
            }
        }
    }

    #[test]
    fn no_credentials_panic(authorization: String, query: String) {
        let gateway = gateway(&ALL);
        let header = |name: &str| (name == "authorization").then(|| authorization.clone());
        for route in ROUTES {
            let answer = gateway.admit(route, &Request { query: &query, header: &header });
            prop_assert!(answer.is_err(), "nobody guesses a key");
        }
    }

    #[test]
    fn a_batch_reads_as_its_events_do_alone(ids in proptest::collection::vec("[a-z]{1,4}", 1..5)) {
        let gateway = gateway(&ALL);
        let texts: Vec<_> = ids.iter().map(|id| format!(r#"{{"type":"page","userId":"{id}"}}"#)).collect();
        let alone: Vec<_> = texts
            .iter()
            .flat_map(|text| gateway.read(Route::Event(Kind::Page), "", text.as_bytes(), 7).unwrap().events)
            .collect();
        let batch = format!(r#"{{"batch":[{}]}}"#, texts.join(" , "));
        prop_assert_eq!(gateway.read(Route::Batch, "", batch.as_bytes(), 7).unwrap().events, alone.clone());
        let list = format!("[{}]", texts.join(","));
        prop_assert_eq!(gateway.read(Route::Webhook, "", list.as_bytes(), 7).unwrap().events, alone);
    }
}
