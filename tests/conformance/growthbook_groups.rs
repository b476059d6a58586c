//! How the cases of each group of the GrowthBook suite are run against `pintle::decision`.

use door::sdk;
use pintle::decision::bucket::{Bucket, HashVersion};
use pintle::decision::namespace::Namespace;
use pintle::decision::range::{self, Range};
use pintle::decision::{Condition, SavedGroups, query_override};
use pintle::document::mistake::{Mistakes, Place};
use serde_json::{Map, Value, json};

/// What was expected at the end of a case, and what came.
fn same(expected: &Value, came: &Value) -> Result<(), String> {
    let same = alike(expected, came);
    if same { Ok(()) } else { Err(format!("expected {expected}, but it is {came}")) }
}

/// Whether two values are the same JSON; numbers are as far as the suite writes them, which is to four digits at least.
fn alike(expected: &Value, came: &Value) -> bool {
    match (expected, came) {
        (Value::Number(expected), Value::Number(came)) => {
            let distance = expected.as_f64().zip(came.as_f64()).map(|(one, other)| (one - other).abs());
            distance.is_some_and(|distance| distance < 1e-6)
        }
        (Value::Array(expected), Value::Array(came)) => {
            expected.len() == came.len() && expected.iter().zip(came).all(|(one, other)| alike(one, other))
        }
        (Value::Object(expected), Value::Object(came)) => {
            expected.len() == came.len()
                && expected.iter().all(|(name, one)| came.get(name).is_some_and(|other| alike(one, other)))
        }
        _ => expected == came,
    }
}

fn text(case: &Value, index: usize) -> Result<&str, String> {
    case.get(index).and_then(Value::as_str).ok_or_else(|| format!("there is no text at {index}"))
}

fn number(case: &Value, index: usize) -> Result<f64, String> {
    case.get(index).and_then(Value::as_f64).ok_or_else(|| format!("there is no number at {index}"))
}

fn at(case: &Value, index: usize) -> Result<&Value, String> {
    case.get(index).ok_or_else(|| format!("there is nothing at {index}"))
}

fn count(value: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a small whole number")]
    {
        value.max(0.0) as usize
    }
}

/// `[name, condition, attributes, expected, savedGroups?]`
pub(crate) fn eval_condition(case: &Value) -> Result<(), String> {
    let no_groups = Map::new();
    let groups = case.get(4).and_then(Value::as_object).unwrap_or(&no_groups);
    let mut mistakes = Mistakes::default();
    let groups = SavedGroups::compile(groups, Place::Root, &mut mistakes);
    let condition = Condition::compile(at(case, 1)?, Place::Root, &groups, &mut mistakes);
    let attributes = at(case, 2)?.as_object().ok_or("the attributes are no object")?;
    same(at(case, 3)?, &condition.matches(attributes).into())
}

/// `[seed, value, version, expected]`
pub(crate) fn hash(case: &Value) -> Result<(), String> {
    let version = match number(case, 2)? {
        1.0 => Some(HashVersion::One),
        2.0 => Some(HashVersion::Two),
        _ => None,
    };
    let bucket = version.map(|version| Some(Bucket::of(text(case, 0).ok()?, text(case, 1).ok()?, version)));
    same(at(case, 3)?, &bucket.flatten().map(Bucket::value).into())
}

fn ranges(ranges: &[Range]) -> Value {
    ranges.iter().map(|Range(start, end)| json!([start, end])).collect()
}

fn numbers(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(Value::as_f64).collect()
}

/// `[name, [variations, coverage, weights], expected]`
pub(crate) fn bucket_range(case: &Value) -> Result<(), String> {
    let given = at(case, 1)?;
    let weights = given.get(2).and_then(numbers);
    let made = range::bucket_ranges(count(number(given, 0)?), number(given, 1)?, weights.as_deref());
    same(at(case, 2)?, &ranges(&made))
}

/// `[name, bucket, ranges, expected]`
pub(crate) fn choose_variation(case: &Value) -> Result<(), String> {
    let ranges = at(case, 2)?.as_array().ok_or("there are no ranges")?;
    let ranges: Vec<_> =
        ranges.iter().filter_map(|it| Some(Range(number(it, 0).ok()?, number(it, 1).ok()?))).collect();
    let chosen = range::choose(number(case, 1)?, &ranges);
    same(at(case, 3)?, &chosen.and_then(|index| i64::try_from(index).ok()).unwrap_or(-1).into())
}

/// `[name, id, namespace, expected]`
pub(crate) fn in_namespace(case: &Value) -> Result<(), String> {
    let namespace = Namespace::read(at(case, 2)?).ok_or("it is no namespace")?;
    same(at(case, 3)?, &namespace.holds(text(case, 1)?).into())
}

/// `[variations, expected]`
pub(crate) fn equal_weights(case: &Value) -> Result<(), String> {
    same(at(case, 1)?, &range::equal_weights(count(number(case, 0)?)).into())
}

/// `[name, key, url, variations, expected]`
pub(crate) fn query_string_override(case: &Value) -> Result<(), String> {
    let asked = query_override::asked(text(case, 1)?, text(case, 2)?, count(number(case, 3)?));
    same(at(case, 4)?, &asked.into())
}

/// `[name, context, feature key, expected result]`
pub(crate) fn feature(case: &Value) -> Result<(), String> {
    let mut came = sdk::feature(at(case, 1)?, text(case, 2)?);
    let expected = at(case, 3)?;
    same(&only_what_is_decided(expected), &only_what_is_decided(&came))?;
    // Of an experiment the result tells all that was decided; the rest of it is the rule, as it was given.
    let experiment = came.get_mut("experiment").map(Value::take).unwrap_or_default();
    let expected = expected.get("experiment").unwrap_or(&Value::Null);
    for decided in ["key", "variations", "contextualBandit"] {
        same(expected.get(decided).unwrap_or(&Value::Null), experiment.get(decided).unwrap_or(&Value::Null))?;
    }
    Ok(())
}

fn only_what_is_decided(result: &Value) -> Value {
    let mut result = result.clone();
    if let Some(members) = result.as_object_mut() {
        members.remove("experiment");
    }
    result
}

/// `[name, context, experiment, value, in experiment, hash used]`
pub(crate) fn run(case: &Value) -> Result<(), String> {
    let came = sdk::run(at(case, 1)?, at(case, 2)?);
    for (index, name) in [(3, "value"), (4, "inExperiment"), (5, "hashUsed")] {
        same(at(case, index)?, came.get(name).unwrap_or(&Value::Null))
            .map_err(|why| format!("{name}: {why}"))?;
    }
    Ok(())
}

/// `[name, context, documents, feature key, expected result of the experiment, expected documents]`
pub(crate) fn sticky_bucket(case: &Value) -> Result<(), String> {
    let came = sdk::sticky(at(case, 1)?, at(case, 2)?, text(case, 3)?);
    same(at(case, 4)?, came.get("experimentResult").unwrap_or(&Value::Null))?;
    same(at(case, 5)?, came.get("documents").unwrap_or(&Value::Null))
}

/// `[name, context, expected]`
pub(crate) fn url_redirect(case: &Value) -> Result<(), String> {
    same(at(case, 2)?, &sdk::redirects(at(case, 1)?))
}
