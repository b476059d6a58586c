use serde_json::json;

use super::*;
use crate::profile::{Source, sources::redis};

fn profiles(variables: &[(&str, &str)]) -> Result<Profiles, Vec<String>> {
    let variable = |name: &str| {
        let given = variables.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        given.or((name == "PROFILE_SOURCES").then_some("redis,kv")).map(str::to_owned)
    };
    let mut mistakes = Mistakes::default();
    let wanted = (Some("V".to_owned()), ["F", "company"].into());
    let environment = Environment { variable: &variable };
    let compiled = Profiles::compile(&environment, &[Source::Kv, Source::Redis], wanted, &mut mistakes);
    let told: Vec<_> = mistakes.iter().map(|it| format!("{it:?}")).collect();
    if told.is_empty() { Ok(compiled) } else { Err(told) }
}

fn of(layout: &str) -> Profiles {
    profiles(&[
        ("REDIS_URL", "redis://:secret@localhost/3"),
        ("REDIS_LAYOUT", layout),
        ("REDIS_WORKSPACE_ID", "w1"),
        ("REDIS_DESTINATION_ID", "d1"),
        ("REDIS_PREFIX", if layout == "users" { " " } else { "shop" }),
    ])
    .unwrap()
}

fn visitor() -> AnonymousId {
    AnonymousId::new("2c5b".to_owned()).unwrap()
}

fn asked(profiles: &Profiles) -> String {
    match redis::ask(&visitor(), profiles) {
        Some(Ask::Socket { text, replies: 3, .. }) => text,
        _ => panic!("no question over a socket"),
    }
}

#[test]
fn password_database_and_question_are_one_write() {
    let text = resp::command(&["HELLO", "3", "AUTH", "default", "secret"])
        + &resp::command(&["SELECT", "3"])
        + &resp::command(&["HGET", "w1:d1:user:anonymous_id:2c5b", "V"]);
    assert_eq!(asked(&of("profiles")), text);
}

#[test]
fn each_layout_has_its_question_and_a_blank_prefix_is_none() {
    assert!(asked(&of("users")).ends_with(&resp::command(&["HGETALL", "user:2c5b"])));
    assert!(asked(&of("users-json")).ends_with(&resp::command(&["JSON.GET", "shop:user:2c5b", "."])));
}

#[test]
fn a_view_of_a_profiles_sync_is_read_and_kept_as_the_activation_api_has_it() {
    let read = read_bytes(b"+OK\r\n+OK\r\n$13\r\n{\"F\":1,\"G\":2}\r\n", &visitor(), &of("profiles"));
    let Ok(Answer::Known(profile, data)) = read else { panic!("{read:?}") };
    assert_eq!(Value::Object(profile.features), json!({ "F": 1 }));
    assert_eq!(data.as_deref(), Some(r#"{"V":{"F":1,"G":2}}"#));
}

#[test]
fn flattened_traits_are_texts_that_stand_where_their_dots_lead() {
    let texts = ["F", "pro", "company", "old", "company.id", "007", "company.a.b", "x", "company.a", "y"];
    let reply = format!("+OK\r\n+OK\r\n{}", resp::command(&texts));
    let read = read_bytes(reply.as_bytes(), &visitor(), &of("users"));
    let Ok(Answer::Known(profile, Some(_))) = read else { panic!("{read:?}") };
    let wanted = json!({ "F": "pro", "company": { "id": "007", "a": { "b": "x" } } });
    assert_eq!(Value::Object(profile.features), wanted);
}

#[test]
fn what_is_not_there_is_a_visitor_not_known() {
    for (layout, reply) in [("profiles", "$-1"), ("users", "*0"), ("users-json", "$-1")] {
        let reply = format!("+OK\r\n+OK\r\n{reply}\r\n");
        assert_eq!(read_bytes(reply.as_bytes(), &visitor(), &of(layout)), Ok(Answer::Unknown), "{layout}");
    }
}

#[test]
fn errors_are_told_by_their_kind_and_never_with_the_key() {
    for (reply, told) in [
        ("-WRONGPASS invalid username-password pair\r\n-NOAUTH x\r\n-NOAUTH x\r\n", "password"),
        ("-ERR unknown command `HELLO`, with args beginning with: `3`\r\n", "older than Redis 6"),
        ("+OK\r\n+OK\r\n-CLUSTERDOWN The cluster is down\r\n", "cluster"),
        (
            "+OK\r\n+OK\r\n-ERR unknown command 'JSON.GET', with args beginning with: '2c5b'\r\n",
            "JSON module",
        ),
        ("+OK\r\n+OK\r\n-WRONGTYPE x\r\n", "another type"),
        ("-ERR max number of clients reached\r\n", "as many connections"),
        ("-SOMETHING 2c5b\r\n", "answered with an error"),
        ("+OK\r\n+OK\r\n$900\r\n{\"F", "in the middle"),
        ("+OK\r\n+OK\r\n$10485760\r\n", "bytes"),
        ("HTTP/1.1 400 Bad Request\r\n", "protocol"),
        ("+OK\r\n+OK\r\n+OK\r\n+OK\r\n", "protocol"),
        ("+OK\r\n+OK\r\n+OK\r\n", "in the middle"),
    ] {
        let failure = read_bytes(reply.as_bytes(), &visitor(), &of("profiles")).unwrap_err().to_string();
        assert!(failure.contains(told) && !failure.contains("2c5b"), "{reply:?}: {failure}");
    }
}

#[test]
fn whose_key_another_server_has_is_asked_of_that_one_with_the_same_words() {
    let of = of("users");
    for (place, wanted) in
        [("10.0.0.7:6381", "10.0.0.7"), ("2001:db8::1:6381", "2001:db8::1"), (":6381", "localhost")]
    {
        let reply = format!("+OK\r\n+OK\r\n-MOVED 3999 {place}\r\n");
        let read = read_bytes(reply.as_bytes(), &visitor(), &of);
        let Ok(Answer::Elsewhere(Ask::Socket { host, port: 6381, text, .. })) = read else {
            panic!("{place}")
        };
        assert_eq!((host.as_str(), text), (wanted, asked(&of)));
    }
}

#[test]
fn a_key_that_is_on_its_way_is_asked_for_where_it_goes_and_that_it_may_be_there_is_said() {
    let of = of("users");
    let read = read_bytes(b"+OK\r\n+OK\r\n-ASK 3999 10.0.0.7:6381\r\n", &visitor(), &of);
    let Ok(Answer::Elsewhere(Ask::Socket { host, port: 6381, text, replies: 4, .. })) = read else {
        panic!("{read:?}")
    };
    let question = resp::command(&["HGETALL", "user:2c5b"]);
    assert_eq!(host, "10.0.0.7");
    assert_eq!(text, asked(&of).replace(&question, &(resp::command(&["ASKING"]) + &question)));
    let read = |reply: &str| read_bytes(format!("+OK\r\n+OK\r\n+OK\r\n{reply}").as_bytes(), &visitor(), &of);
    assert!(matches!(read("*2\r\n$1\r\nF\r\n$1\r\n1\r\n"), Ok(Answer::Known(..))));
    assert_eq!(read("*0\r\n"), Ok(Answer::Unknown));
    assert!(matches!(read("-CLUSTERDOWN x\r\n"), Err(Failure::Refused(CLUSTER))));
}

#[test]
fn a_connection_is_clean_after_whole_replies_alone() {
    for (bytes, clean) in [
        ("+OK\r\n$1\r\na\r\n", Some(true)),
        ("+OK\r\n$1\r\na\r", None),
        ("+OK\r\n", None),
        ("+OK\r\n$1\r\na\r\n+", Some(false)),
        ("+OK\r\n$10485760\r\n", Some(false)),
        ("HTTP", Some(false)),
    ] {
        assert_eq!(is_clean(bytes.as_bytes(), 2), clean, "{bytes:?}");
    }
    // An array has to end some time.
    let long = "$1\r\na\r\n".repeat(20_000);
    assert_eq!(is_clean(format!("*60000\r\n{long}").as_bytes(), 1), Some(false));
}

#[test]
fn the_rest_form_is_a_post_under_a_token_and_its_errors_are_read() {
    let profiles = profiles(&[("REDIS_URL", "https://tok@db.example"), ("REDIS_LAYOUT", "users")]).unwrap();
    let Some(Ask::Http { url, headers, body }) = redis::ask(&visitor(), &profiles) else { panic!() };
    assert_eq!((url.as_str(), body.as_str()), ("https://db.example", r#"["HGETALL","user:2c5b"]"#));
    assert!(headers.contains(&("authorization", "Bearer tok".to_owned())));
    let read = |status, body| read_rest((status, body), &profiles);
    assert!(matches!(read(200, r#"{"result":["F","pro"]}"#), Ok(Answer::Known(..))));
    assert_eq!(read(200, r#"{"result":[]}"#), Ok(Answer::Unknown));
    assert_eq!(read(200, r#"{"result":null}"#), Ok(Answer::Unknown));
    assert_eq!(read(401, r#"{"error":"Unauthorized"}"#), Err(Failure::Status(401)));
    assert!(matches!(read(400, r#"{"error":"WRONGTYPE 2c5b"}"#), Err(Failure::BrokenEntry(_))));
    assert_eq!(read(200, "<html>"), Err(Failure::NotJson));
}

#[test]
fn what_is_missing_or_wrong_is_told_by_its_variable() {
    for (variables, told) in [
        (&[("REDIS_LAYOUT", "users")][..], "REDIS_URL"),
        (&[("REDIS_URL", "redis://:hidden@h/x"), ("REDIS_LAYOUT", "users")], "REDIS_URL"),
        (&[("REDIS_URL", "redis://h"), ("REDIS_LAYOUT", "hash")], "REDIS_LAYOUT"),
        (&[("REDIS_URL", "redis://h"), ("REDIS_DESTINATION_ID", "d")], "REDIS_WORKSPACE_ID"),
        (&[("REDIS_URL", "redis://h"), ("REDIS_WORKSPACE_ID", "w")], "REDIS_DESTINATION_ID"),
    ] {
        let mistakes = profiles(variables).err().unwrap_or_default();
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert!(mistakes.iter().any(|it| it.contains(told) && !it.contains("hidden")), "{mistakes:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_source_panic(bytes: Vec<u8>, names in proptest::collection::vec("[a.]{0,60}", 0..8)) {
        let _ = read_bytes(&bytes, &visitor(), &of("users"));
        let _ = read_bytes(format!("+\r\n+\r\n{}", resp::command(&names.iter().map(String::as_str).collect::<Vec<_>>())).as_bytes(), &visitor(), &of("users"));
        let _ = is_clean(&bytes, 2);
    }
}
