//! The public conformance suite of the GrowthBook SDK specification, each case a test of its own.
//!
//! It runs the groups of cases that `pintle::decision` implements: `evalCondition`.

use std::collections::BTreeMap;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use pintle::decision::{Condition, SavedGroups};
use pintle::document::mistake::{Mistakes, Place};
use serde_json::{Map, Value};

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
    let cases = suite.get("evalCondition").and_then(Value::as_array).ok_or("there is no evalCondition")?;
    let mut seen = BTreeMap::new();
    Ok(cases.iter().map(|case| trial(case, &mut seen)).collect())
}

/// A case is `[name, condition, attributes, expected, savedGroups?]`; names that repeat get a number.
fn trial(case: &Value, seen: &mut BTreeMap<String, usize>) -> Trial {
    let name = case.get(0).and_then(Value::as_str).unwrap_or("without a name");
    let times = seen.entry(name.to_owned()).and_modify(|times| *times += 1).or_insert(1);
    let number = if *times > 1 { format!(" ({times})") } else { String::new() };
    let case = case.clone();
    Trial::test(format!("growthbook evalCondition: {name}{number}"), move || evaluate(&case))
}

fn evaluate(case: &Value) -> Result<(), Failed> {
    let (Some(condition), Some(Value::Object(attributes)), Some(Value::Bool(expected))) =
        (case.get(1), case.get(2), case.get(3))
    else {
        return Err(format!("is not a case of evalCondition: {case}").into());
    };
    let no_groups = Map::new();
    let groups = case.get(4).and_then(Value::as_object).unwrap_or(&no_groups);
    let mut mistakes = Mistakes::default();
    let groups = SavedGroups::compile(groups, Place::Root, &mut mistakes);
    let condition = Condition::compile(condition, Place::Root, &groups, &mut mistakes);
    if condition.matches(attributes) == *expected {
        Ok(())
    } else {
        Err(format!("expected {expected} of {case}; mistakes: {mistakes:?}").into())
    }
}
