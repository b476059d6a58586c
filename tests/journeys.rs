//! Journeys: a request, what its lookup brought, and the plan that must come of it, as data.
//!
//! Every file in `tests/journeys/` is a list of journeys; each is a test of its own. The same files run
//! through the wasm build in Node.js (`tests/wasm/journeys.test.mjs`).

#![allow(clippy::panic, reason = "a test that cannot read its data fails")]

#[path = "journeys/journey.rs"]
mod journey;

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journeys");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let trials: Vec<Trial> = files.iter().flat_map(|file| journey::trials(file)).collect();
    eprintln!("journeys: {} of {} files", trials.len(), files.len());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
