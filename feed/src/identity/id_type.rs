//! A type of ids: how many of it one person has, and which are let through. The grammar is that of RudderStack Profiles'
//! `id_types`, as `pintle features import` writes it.

use pintle::decision::{Condition, SavedGroups};
use pintle::document::json;
use pintle::document::mistake::{Mistakes, Place};
use pintle::document::reader::{Object, array};
use serde_json::Value;

use crate::event::Alias;

/// A type of ids.
#[derive(Debug)]
pub(super) struct IdType {
    /// How many of them one person is known by, where it is declared.
    pub(super) maximum: Option<usize>,
    includes: Vec<Filter>,
    excludes: Vec<Filter>,
}

#[derive(Debug)]
enum Filter {
    Is(String),
    /// A condition on the attribute of that name: pages and the feed have one kind of regular expressions.
    Matches(Condition),
}

/// The attribute that holds an id.
const ID: &str = "id";

impl IdType {
    pub(super) fn compile(
        name: &str,
        value: &Value,
        place: Place<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        if Alias::new(name, &Value::from("-.")).is_none() {
            mistakes.note(place, "is no name for a type of ids: it must not be empty, and have no colon");
        }
        let mut object = Object::read(value, place, mistakes)?;
        let maximum = object.take("maximum").and_then(|value| {
            let maximum = value.as_u64().and_then(|value| usize::try_from(value).ok());
            let maximum = maximum.filter(|maximum| (1..=MAX).contains(maximum));
            if maximum.is_none() {
                mistakes.note(place.member("maximum"), format!("must be a whole number from 1 to {MAX}"));
            }
            maximum
        });
        if name == Alias::USER && maximum.is_some_and(|maximum| maximum > 1) {
            mistakes.note(place.member("maximum"), "is not more than 1 here: two users are never one person");
        }
        let mut id_type = Self { maximum, includes: Vec::new(), excludes: Vec::new() };
        let filters = place.member("filters");
        let each = object.take("filters").map_or(&[][..], |value| array(value, filters, mistakes));
        for (index, value) in each.iter().enumerate() {
            id_type.filter(value, filters.element(index), mistakes);
        }
        object.finish(mistakes);
        Some(id_type)
    }

    fn filter(&mut self, value: &Value, place: Place<'_>, mistakes: &mut Mistakes) {
        let Some(mut object) = Object::read(value, place, mistakes) else { return };
        let kind = object.text("type", mistakes);
        let value = object.take("value");
        let regex = object.take("regex");
        object.finish(mistakes);
        let filter = match (value, regex) {
            (Some(Value::String(value)), None) => Some(Filter::Is(value.clone())),
            (Some(_), None) => {
                mistakes.note(place.member("value"), "must be a text");
                None
            }
            (None, Some(regex)) => matches(regex, place.member("regex"), mistakes),
            _ => {
                mistakes.note(place, "must have either `value` or `regex`");
                None
            }
        };
        match kind {
            Some("include") => self.includes.extend(filter),
            Some("exclude") => self.excludes.extend(filter),
            _ => mistakes.note(place.member("type"), "must be `include` or `exclude`"),
        }
    }

    /// Let through is what some `include` holds for, where there is one, and no `exclude`.
    pub(super) fn lets(&self, id: &str) -> bool {
        let holds = |filter: &Filter| filter.holds(id);
        (self.includes.is_empty() || self.includes.iter().any(holds)) && !self.excludes.iter().any(holds)
    }
}

/// More than that no person's row has room for.
const MAX: usize = 500;

impl Filter {
    fn holds(&self, id: &str) -> bool {
        match self {
            Self::Is(value) => id == value,
            Self::Matches(condition) => {
                json::object([(ID, id.into())]).as_object().is_some_and(|id| condition.matches(id))
            }
        }
    }
}

fn matches(regex: &Value, place: Place<'_>, mistakes: &mut Mistakes) -> Option<Filter> {
    let condition = json::object([(ID, json::object([("$regex", regex.clone())]))]);
    let mut told = Mistakes::default();
    let condition = Condition::compile(&condition, Place::Root, &SavedGroups::default(), &mut told);
    told.iter().for_each(|mistake| mistakes.note(place, mistake.what.clone()));
    told.is_empty().then_some(Filter::Matches(condition))
}
