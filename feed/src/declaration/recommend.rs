//! `recommend`: what somebody may be recommended after their last purchases, by a table of which goods go with which.
//!
//! A boost raises goods for those whom its condition holds of: a GrowthBook condition on the person's features, and on
//! `item`, the good. What was bought is left out, unless it may be bought again.

use std::collections::BTreeSet;

use pintle::decision::{Attributes, Condition, SavedGroups, Uses};
use pintle::document::mistake::{Mistakes, Place};
use pintle::document::reader::{Object, array};
use serde_json::{Map, Value};

use super::operator::{Operator, length};
use super::source::Source;
use crate::person::Person;
use crate::recommendation::ranking::{PURCHASES, rank};
use crate::recommendation::table::{self, Trouble};
use crate::sorted::put;

/// The attribute of a boost that is the good.
const ITEM: &str = "item";
/// How much a boost may raise.
const MAX_BOOST: f64 = 1_000.0;

/// What is recommended.
#[derive(Debug)]
pub(super) struct Recommend {
    table: String,
    n: usize,
    repeat: bool,
    boosts: Vec<Boost>,
}

#[derive(Debug)]
struct Boost {
    when: Condition,
    by: f64,
}

impl Recommend {
    /// Compiles what stands under the operator: `value`, at `place`.
    pub(super) fn compile(
        value: &Value,
        place: Place<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<(Self, Source)> {
        let mut object = Object::read(value, place, mistakes)?;
        let n = length(object.take("n"), place, mistakes);
        let table = object.text("table", mistakes);
        let table = object.require("table", table, mistakes);
        if table.is_some_and(|name| !table::is_name(name)) {
            mistakes.note(place.member("table"), "must be letters, digits, `_`, `-` and `.`, 64 at most");
        }
        let repeat = object.take("repeat").map_or(Some(false), Value::as_bool);
        if repeat.is_none() {
            mistakes.note(place.member("repeat"), "must be true or false");
        }
        let boosts = object.take("boost").map_or_else(Vec::new, |value| {
            let place = place.member("boost");
            let each = array(value, place, mistakes).iter().enumerate();
            each.filter_map(|(index, value)| Boost::compile(value, place.element(index), mistakes)).collect()
        });
        let source = Source::compile(&mut object, place, mistakes);
        object.finish(mistakes);
        let source = source?;
        let recommend = Self { table: table?.to_owned(), n: n?, repeat: repeat?, boosts };
        Operator::Last.suits(&source, place, mistakes).then_some((recommend, source))
    }

    /// The features and traits that its boosts refer to.
    pub(super) fn refers_to(&self) -> BTreeSet<String> {
        let mut uses = Uses::default();
        self.boosts.iter().for_each(|boost| boost.when.attributes(&mut uses));
        uses.names().filter(|name| *name != ITEM).map(str::to_owned).collect()
    }

    /// Its name.
    pub(super) fn table(&self) -> &str {
        &self.table
    }

    /// The keys in KV of what it needs at hand.
    pub(super) fn wants(&self, source: &Source, person: &Person<'_>, now_ms: i64, into: &mut Vec<String>) {
        let bought = Bought::of(source, person, now_ms);
        if !bought.last.is_empty() {
            put(into, table::key(&self.table));
        }
        bought.last.iter().for_each(|item| put(into, table::key_of(&self.table, item)));
    }

    /// The list at `now_ms`, the best first. Nobody who bought nothing needs a table.
    ///
    /// # Errors
    ///
    /// When the table cannot be used, and which it is.
    pub(super) fn value(
        &self,
        source: &Source,
        person: &Person<'_>,
        (now_ms, features): (i64, &Map<String, Value>),
    ) -> Result<Value, (&str, Trouble)> {
        let bought = Bought::of(source, person, now_ms);
        if bought.last.is_empty() {
            return Ok(Value::Array(Vec::new()));
        }
        let neighbours = self.neighbours(&bought, person).map_err(|why| (self.table.as_str(), why))?;
        let is_left_out = |item: &str| !self.repeat && bought.has(item);
        let ranked = rank(&neighbours, self.n, |item| self.raised(item, features), is_left_out);
        Ok(ranked.into_iter().map(Value::from).collect())
    }

    fn neighbours<'p>(
        &self,
        bought: &Bought,
        person: &'p Person<'_>,
    ) -> Result<Vec<&'p [(String, f64)]>, Trouble> {
        person.tables().find(&self.table)?;
        bought.last.iter().map(|item| person.tables().neighbours(&self.table, item)).collect()
    }

    fn raised(&self, item: &str, features: &Map<String, Value>) -> f64 {
        if self.boosts.is_empty() {
            return 1.0;
        }
        let mut facts = Map::new();
        facts.insert(ITEM.to_owned(), item.into());
        let attributes = Attributes { facts: Some(&facts), ..features.into() };
        let holding = self.boosts.iter().filter(|boost| boost.when.matches(attributes));
        holding.map(|boost| boost.by).product()
    }
}

impl Boost {
    fn compile(value: &Value, place: Place<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::read(value, place, mistakes)?;
        let when = object.take("when");
        let when = object.require("when", when, mistakes);
        let by = object.take("by").and_then(Value::as_f64).filter(|by| (0.0..=MAX_BOOST).contains(by));
        if by.is_none() {
            mistakes.note(place.member("by"), "must be a number from 0, which leaves out, to 1000");
        }
        object.finish(mistakes);
        let place = place.member("when");
        let when = Condition::compile(when?, place, &SavedGroups::default(), mistakes);
        let mut uses = Uses::default();
        when.attributes(&mut uses);
        if !uses.contains(ITEM) {
            mistakes.note(place, "refers to no `item`, so that it would raise all goods alike");
        }
        Some(Self { when, by: by? })
    }
}

/// What somebody bought, as texts: a number is what JSON writes for it.
struct Bought {
    /// The last different ones, the last first.
    last: Vec<String>,
    /// All different ones, in order.
    all: Vec<String>,
}

impl Bought {
    fn of(source: &Source, person: &Person<'_>, now_ms: i64) -> Self {
        let said = source.contributions(person, now_ms);
        let all = said.iter().rev().filter_map(|said| match said.value {
            Value::String(item) if !item.is_empty() => Some(item.clone()),
            Value::Number(item) => Some(item.to_string()),
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
        });
        let mut bought = Self { last: Vec::new(), all: Vec::new() };
        for item in all {
            if bought.last.len() < PURCHASES && !bought.last.contains(&item) {
                bought.last.push(item.clone());
            }
            put(&mut bought.all, item);
        }
        bought
    }

    fn has(&self, item: &str) -> bool {
        self.all.binary_search_by(|other| other.as_str().cmp(item)).is_ok()
    }
}
