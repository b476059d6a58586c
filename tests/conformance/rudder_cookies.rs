//! `rudder_cookies.jsonl`: cookie values and the JSON that a reader must get from them.

use std::path::Path;

use libtest_mimic::{Failed, Trial};
use pintle::identity::anonymous_id::{self, AnonymousId};
use pintle::identity::rudder_cookie;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    name: String,
    cookie: String,
    raw: String,
    /// Null where there is no value.
    value: Value,
}

pub(crate) fn trials(file: &Path) -> Vec<Trial> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().filter(|line| !line.trim().is_empty()).map(trial).collect()
}

fn trial(line: &str) -> Trial {
    let case: Case = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    Trial::test(format!("rudder cookie: {}", case.name), move || check(&case))
}

fn check(case: &Case) -> Result<(), Failed> {
    let read = rudder_cookie::read(&case.raw).unwrap_or(Value::Null);
    if read != case.value {
        return Err(format!("read {read}, expected {}", case.value).into());
    }
    if case.cookie != anonymous_id::COOKIE {
        return Ok(());
    }
    let id = AnonymousId::from_cookie(&case.raw).ok().map(|id| id.as_str().to_owned());
    let expected = match &case.value {
        Value::String(text) => id_of(text.clone()),
        Value::Number(number) => id_of(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    if id == expected { Ok(()) } else { Err(format!("the visitor is {id:?}, expected {expected:?}").into()) }
}

/// Our own bound on top of the format: 1 to 256 bytes without control characters.
fn id_of(text: String) -> Option<String> {
    let is_one = (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
    is_one.then_some(text)
}
