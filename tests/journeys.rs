//! Journeys: a request, what its lookup brought, and the plan that must come of it, as data.
//!
//! Every file in `tests/journeys/` is a list of journeys; each is a test of its own. Those in `tests/journeys/sessions/` are
//! lists of sessions: page views one after another, with what each source replies and when. The same files run
//! through the wasm build and through every shell.

#![allow(clippy::panic, reason = "a test that cannot read its data fails")]

#[path = "journeys/journey.rs"]
mod journey;
#[path = "journeys/session.rs"]
mod session;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journeys");
    let journeys = files(&folder).into_iter().flat_map(|file| journey::trials(&file));
    let sessions = files(&folder.join("sessions")).into_iter().flat_map(|file| session::trials(&file));
    let trials: Vec<Trial> = journeys.chain(sessions).collect();
    eprintln!("journeys and sessions: {}", trials.len());
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// The JSON files in a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}
