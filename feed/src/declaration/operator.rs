//! The operators, an arm each: what a feature makes of what is heard.
//!
//! All of them are functions of a set in one order, by time and `messageId`: neither disorder nor repetition changes
//! what they say.

use litemap::LiteMap;
use pintle::document::mistake::{Mistakes, Place};
use pintle::document::reader::{Object, array};
use serde_json::Value;

use super::source::{Contribution, Of, Source};
use crate::person::Person;

/// How long a list may be.
const MAX_LIST: u64 = 50;
/// How many steps a sequence may have.
const MAX_STEPS: usize = 8;
/// Up to here every whole number has its own `f64`.
const MAX_WHOLE: f64 = 9_007_199_254_740_992.0;

/// What is done with what is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Whether there is a value.
    Exists,
    /// Whether a value is true as JavaScript has it.
    Any,
    /// The first value.
    First,
    /// The last value.
    Last,
    /// The last so many values, oldest first.
    LastN(usize),
    /// The last so many different values, oldest first; of one that comes again its latest place counts.
    LastDistinctN(usize),
    /// How many.
    Count,
    /// The sum of those that are numbers.
    Sum,
    /// The smallest number.
    Min,
    /// The largest number.
    Max,
    /// The mean of those that are numbers.
    Mean,
    /// How many different ones.
    CountDistinct,
    /// The one that comes most often; of two, the one that came later.
    MostFrequent,
    /// Whole seconds since the first.
    TimeSinceFirst,
    /// Whole seconds since the last.
    TimeSinceLast,
    /// How many steps were done in this order.
    Sequence,
}

impl Operator {
    /// Their names.
    pub const NAMES: [&str; 16] = [
        "exists",
        "any",
        "first",
        "last",
        "lastN",
        "lastDistinctN",
        "count",
        "sum",
        "min",
        "max",
        "mean",
        "countDistinct",
        "mostFrequent",
        "timeSinceFirst",
        "timeSinceLast",
        "sequence",
    ];

    /// Compiles the operator `name` over `value`, which stands at `place`.
    pub(super) fn compile(
        name: &str,
        value: &Value,
        place: Place<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<(Self, Source)> {
        if name == "sequence" {
            return Some((Self::Sequence, Source::steps(steps(value, place, mistakes))));
        }
        let mut object = Object::read(value, place, mistakes)?;
        let list = object.take("n");
        let source = Source::compile(&mut object, place, mistakes);
        object.finish(mistakes);
        let operator = Self::named(name, list, place, mistakes)?;
        let source = source?;
        operator.suits(&source, place, mistakes).then_some((operator, source))
    }

    fn named(name: &str, list: Option<&Value>, place: Place<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let operator = match name {
            "exists" => Self::Exists,
            "any" => Self::Any,
            "first" => Self::First,
            "last" => Self::Last,
            "lastN" => Self::LastN(length(list, place, mistakes)?),
            "lastDistinctN" => Self::LastDistinctN(length(list, place, mistakes)?),
            "count" => Self::Count,
            "sum" => Self::Sum,
            "min" => Self::Min,
            "max" => Self::Max,
            "mean" => Self::Mean,
            "countDistinct" => Self::CountDistinct,
            "mostFrequent" => Self::MostFrequent,
            "timeSinceFirst" => Self::TimeSinceFirst,
            "timeSinceLast" => Self::TimeSinceLast,
            _ => return None,
        };
        if list.is_some() && !operator.makes_a_list() {
            mistakes.note(place.member("n"), "is for lastN and lastDistinctN only");
        }
        Some(operator)
    }

    /// Whether it can be made of this source; if not, that is noted.
    pub(super) fn suits(self, source: &Source, place: Place<'_>, mistakes: &mut Mistakes) -> bool {
        let counts = match self {
            Self::Exists
            | Self::Any
            | Self::Count
            | Self::TimeSinceFirst
            | Self::TimeSinceLast
            | Self::Sequence => true,
            Self::First
            | Self::Last
            | Self::LastN(_)
            | Self::LastDistinctN(_)
            | Self::Sum
            | Self::Min
            | Self::Max
            | Self::Mean
            | Self::CountDistinct
            | Self::MostFrequent => false,
        };
        let is_trait = matches!(source.of, Of::Trait(_));
        if is_trait && source.value.is_some() {
            mistakes.note(place.member("value"), "is for events only: the path of a trait stands in `trait`");
            return false;
        }
        if !counts && !is_trait && source.value.is_none() {
            mistakes.note(place, "`value` is missing: the path to the value, as in `properties.total`");
            return false;
        }
        true
    }

    pub(super) fn makes_a_list(self) -> bool {
        matches!(self, Self::LastN(_) | Self::LastDistinctN(_))
    }

    /// Whether of a trait it looks at what it is now, and not at what it was.
    pub(super) fn is_present(self) -> bool {
        matches!(self, Self::Exists | Self::Any | Self::Last)
    }

    /// Its value at `now_ms`.
    pub(super) fn value(self, source: &Source, person: &Person<'_>, now_ms: i64) -> Value {
        if self.is_present() && matches!(source.of, Of::Trait(_)) {
            return self.of_present(source.present(person, now_ms));
        }
        let said = source.contributions(person, now_ms);
        if let (Self::Sequence, Of::Steps(steps)) = (self, &source.of) {
            return steps_done(steps, source, person).into();
        }
        self.of(&said, source.value.is_some(), now_ms)
    }

    fn of_present(self, present: Option<Value>) -> Value {
        if self == Self::Exists {
            return present.is_some().into();
        }
        if self == Self::Any {
            return present.is_some_and(|value| is_true(&value)).into();
        }
        present.unwrap_or_default()
    }

    fn of(self, said: &[Contribution<'_>], has_values: bool, now_ms: i64) -> Value {
        let ago = |said: Option<&Contribution<'_>>| {
            said.map_or(Value::Null, |said| (now_ms.saturating_sub(said.stamp.at_ms).max(0) / 1000).into())
        };
        match self {
            Self::Exists => (!said.is_empty()).into(),
            Self::Any if has_values => said.iter().any(|said| is_true(said.value)).into(),
            Self::Any => (!said.is_empty()).into(),
            Self::First => said.first().map(|said| said.value.clone()).unwrap_or_default(),
            Self::Last => said.last().map(|said| said.value.clone()).unwrap_or_default(),
            Self::LastN(n) => {
                let skipped = said.len().saturating_sub(n);
                said.iter().skip(skipped).map(|said| said.value.clone()).collect()
            }
            Self::LastDistinctN(n) => last_distinct(said, n),
            Self::Count => said.len().into(),
            Self::Sum => number(numbers(said).sum()),
            Self::Min => numbers(said).reduce(f64::min).map_or(Value::Null, number),
            Self::Max => numbers(said).reduce(f64::max).map_or(Value::Null, number),
            Self::Mean => mean(said),
            Self::CountDistinct => tally(said).len().into(),
            Self::MostFrequent => {
                let most = tally(said)
                    .into_iter()
                    .map(|(_, counted)| counted)
                    .max_by_key(|(count, last, _)| (*count, *last));
                most.map(|(_, _, value)| value.clone()).unwrap_or_default()
            }
            Self::TimeSinceFirst => ago(said.first()),
            Self::TimeSinceLast => ago(said.last()),
            // Its steps are counted above.
            Self::Sequence => Value::Null,
        }
    }

    /// Of an operator whose value is the time since an instant: that instant.
    pub(super) fn since(self, source: &Source, person: &Person<'_>, now_ms: i64) -> Option<i64> {
        if self != Self::TimeSinceFirst && self != Self::TimeSinceLast {
            return None;
        }
        let said = source.contributions(person, now_ms);
        let one = if self == Self::TimeSinceFirst { said.first() } else { said.last() };
        one.map(|said| said.stamp.at_ms)
    }
}

fn steps(value: &Value, place: Place<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    let names = array(value, place, mistakes);
    if names.len() > MAX_STEPS || names.is_empty() {
        mistakes.note(place, format!("must have 1 to {MAX_STEPS} names of events"));
    }
    let mut steps = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match name.as_str() {
            Some(name) => steps.push(name.to_owned()),
            None => mistakes.note(place.element(index), "must be the name of an event"),
        }
    }
    steps
}

pub(super) fn length(n: Option<&Value>, place: Place<'_>, mistakes: &mut Mistakes) -> Option<usize> {
    let length = n.and_then(Value::as_u64).filter(|n| (1..=MAX_LIST).contains(n));
    if length.is_none() {
        mistakes.note(place.member("n"), format!("must be a whole number from 1 to {MAX_LIST}"));
    }
    length.and_then(|n| n.try_into().ok())
}

fn steps_done(steps: &[String], source: &Source, person: &Person<'_>) -> usize {
    let mut done = 0;
    for event in person.events().filter(|event| event.trust >= source.trust) {
        if event.name.is_some() && event.name.as_ref() == steps.get(done) {
            done += 1;
        }
    }
    done
}

fn last_distinct(said: &[Contribution<'_>], n: usize) -> Value {
    let mut last: Vec<&Value> = Vec::new();
    for value in said.iter().rev().map(|said| said.value) {
        if !last.contains(&value) {
            last.push(value);
        }
        if last.len() == n {
            break;
        }
    }
    last.into_iter().rev().cloned().collect()
}

/// Each different value by its JSON text: how often it comes, where it came last, and itself.
fn tally<'p>(said: &[Contribution<'p>]) -> LiteMap<String, (usize, usize, &'p Value)> {
    let mut tally = LiteMap::new();
    for (index, said) in said.iter().enumerate() {
        let (count, last, _) = tally.entry(said.value.to_string()).or_insert((0, 0, said.value));
        *count += 1;
        *last = index;
    }
    tally
}

fn numbers(said: &[Contribution<'_>]) -> impl Iterator<Item = f64> {
    said.iter().filter_map(|said| said.value.as_f64())
}

fn mean(said: &[Contribution<'_>]) -> Value {
    let (count, sum) = numbers(said).fold((0_u32, 0.0), |(count, sum), value| (count + 1, sum + value));
    if count == 0 { Value::Null } else { number(sum / f64::from(count)) }
}

/// Whole numbers without a fraction, as JavaScript writes them.
fn number(value: f64) -> Value {
    #[allow(clippy::cast_possible_truncation, reason = "it is whole, and within what an i64 holds")]
    if value.fract() == 0.0 && value.abs() < MAX_WHOLE { (value as i64).into() } else { value.into() }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(is_true) => *is_true,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}
