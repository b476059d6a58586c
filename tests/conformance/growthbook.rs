//! The public conformance suite of the GrowthBook SDK specification, each case a test of its own.
//!
//! What the positions of a case mean is told in GrowthBook's documentation for those who build an SDK. A case of a group that
//! is not known here fails: none is passed over.

use std::collections::BTreeMap;
use std::path::Path;

use libtest_mimic::Trial;
use serde_json::Value;

use crate::growthbook_groups as groups;

/// How the case of a group is run; an error tells what was expected and what came.
type Run = fn(&Value) -> Result<(), String>;

/// What is encrypted is opened where it is published, by the Worker: its cases run against that, in `tests/wasm`.
const ELSEWHERE: &str = "decrypt";

const GROUPS: [(&str, Run); 12] = [
    ("evalCondition", groups::eval_condition),
    ("hash", groups::hash),
    ("getBucketRange", groups::bucket_range),
    ("chooseVariation", groups::choose_variation),
    ("inNamespace", groups::in_namespace),
    ("getEqualWeights", groups::equal_weights),
    ("getQueryStringOverride", groups::query_string_override),
    ("feature", groups::feature),
    ("run", groups::run),
    ("contextualBandit", groups::feature),
    ("stickyBucket", groups::sticky_bucket),
    ("urlRedirect", groups::url_redirect),
];

/// The tests in `file`, a `growthbook_cases.json`; a file that cannot be read is one test that fails.
pub(crate) fn trials(file: &Path) -> Vec<Trial> {
    match read(file) {
        Ok(cases) => cases,
        Err(why) => vec![Trial::test("growthbook cases can be read", move || Err(why.into()))],
    }
}

fn read(file: &Path) -> Result<Vec<Trial>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let suite: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut trials = Vec::new();
    let groups = suite.as_object().ok_or("it is no object of groups")?;
    for (group, cases) in groups.iter().filter(|(group, _)| *group != ELSEWHERE) {
        let Some(cases) = cases.as_array() else { continue };
        let run = GROUPS.iter().find(|(name, _)| name == group).map(|(_, run)| *run);
        let mut seen = BTreeMap::new();
        trials.extend(cases.iter().map(|case| trial(group, run, case, &mut seen)));
    }
    Ok(trials)
}

/// The name of a case is its first position where that is text; names that repeat get a number.
fn trial(group: &str, run: Option<Run>, case: &Value, seen: &mut BTreeMap<String, usize>) -> Trial {
    let first = case.get(0).unwrap_or(case);
    let name = first.as_str().map_or_else(|| first.to_string(), str::to_owned);
    let times = seen.entry(name.clone()).and_modify(|times| *times += 1).or_insert(1);
    let number = if *times > 1 { format!(" ({times})") } else { String::new() };
    let case = case.clone();
    Trial::test(format!("growthbook {group}: {name}{number}"), move || match run {
        Some(run) => run(&case).map_err(|why| format!("{why}, of {case}").into()),
        None => Err("nobody runs the cases of this group".into()),
    })
}
