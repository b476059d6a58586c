//! The conformance suites, each case a test of its own.
//!
//! Cookie vectors drawn from RudderStack's own packages lie beside this file and always run. The suites in the folder
//! `CONFORMANCE_DIR`, by default `../shared/conformance` beside the repository, are run on top; where the default is not
//! there they are skipped, and said to be.

#![allow(clippy::panic, clippy::expect_used, reason = "a test that cannot read its data fails")]

mod growthbook;
mod growthbook_groups;
mod rudder_cookies;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// How the file of a suite becomes tests.
type Suite = fn(&Path) -> Vec<Trial>;

const SUITES: [(&str, Suite); 2] =
    [("rudder_cookies.jsonl", rudder_cookies::trials), ("growthbook_cases.json", growthbook::trials)];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut trials = rudder_cookies::trials(&repository.join("tests/conformance/rudder_cookies.jsonl"));
    eprintln!("conformance: {} cases that were drawn", trials.len());
    let (folder, is_asked_for) = match std::env::var_os("CONFORMANCE_DIR") {
        Some(folder) => (PathBuf::from(folder), true),
        None => (repository.join("../shared/conformance"), false),
    };
    for (name, suite) in SUITES {
        let file = folder.join(name);
        if file.is_file() || is_asked_for {
            let cases = suite(&file);
            eprintln!("conformance: {} cases of {name}", cases.len());
            trials.extend(cases);
        } else {
            eprintln!("conformance: SKIPPED {name}: there is no {}", file.display());
            trials.push(Trial::test(format!("{name} is not there"), || Ok(())).with_ignored_flag(true));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
