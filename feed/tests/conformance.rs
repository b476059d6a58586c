//! The conformance suite of people, each case a test of its own: events in every order, split and repeated, end in the
//! declared features of each alias.
//!
//! Cases of the repository's own always run; those of the folder `CONFORMANCE_DIR`, by default `../shared/conformance`
//! beside the repository, are run on top. Where the default is not there they are skipped, and said to be.

#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot read its data fails"
)]

mod network;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use pintle_feed::event::{Event, Trust};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use network::{Network, Settings, orders};

const SUITE: &str = "people.json";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut trials = Vec::new();
    for own in ["identity.json", "recommendations.json"] {
        let cases = self::trials(&repository.join("tests/people").join(own));
        eprintln!("conformance: {} cases of the repository's own {own}", cases.len());
        trials.extend(cases);
    }
    let (folder, is_asked_for) = match std::env::var_os("CONFORMANCE_DIR") {
        Some(folder) => (PathBuf::from(folder), true),
        None => (repository.join("../shared/conformance"), false),
    };
    let file = folder.join(SUITE);
    if file.is_file() || is_asked_for {
        let cases = self::trials(&file);
        eprintln!("conformance: {} cases of {SUITE}", cases.len());
        trials.extend(cases);
    } else {
        eprintln!("conformance: SKIPPED {SUITE}: there is no {}", file.display());
        trials.push(Trial::test(format!("{SUITE} is not there"), || Ok(())).with_ignored_flag(true));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(file: &Path) -> Vec<Trial> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let cases: Vec<Value> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    cases
        .into_iter()
        .map(|case| {
            Trial::test(format!("people: {}", case["name"].as_str().unwrap_or("?")), move || check(&case))
        })
        .collect()
}

fn check(case: &Value) -> Result<(), Failed> {
    let now = OffsetDateTime::parse(case["now"].as_str().unwrap(), &Rfc3339)?;
    let now_ms = now.unix_timestamp() * 1_000;
    let settings = Settings::compile(&case["profile"], case.get("identity")).with(&case["tables"]);
    let events = case["events"].as_array().unwrap();
    let events: Vec<Event> =
        events.iter().filter_map(|event| Event::read(event, now_ms, Trust::Warehouse).ok()).collect();
    for order in orders(events.len()) {
        let events: Vec<_> = order.iter().map(|index| events[*index].clone()).collect();
        for size in [1, 2, events.len().max(1)] {
            let mut network = Network::default();
            for batch in events.chunks(size) {
                network.take(batch.to_vec(), &settings);
            }
            expect(&network, case, &settings, now_ms, &format!("{order:?} in batches of {size}"))?;
            network.take(events.clone(), &settings);
            expect(&network, case, &settings, now_ms, &format!("{order:?} twice"))?;
        }
    }
    Ok(())
}

fn expect(
    network: &Network,
    case: &Value,
    settings: &Settings,
    now_ms: i64,
    how: &str,
) -> Result<(), Failed> {
    let snapshots = Value::Object(network.snapshots(settings, now_ms));
    if snapshots == case["expect"] {
        return Ok(());
    }
    Err(format!("{how}:\n  got      {snapshots}\n  expected {}", case["expect"]).into())
}
