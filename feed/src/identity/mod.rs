//! The section `identity` of `personalization.json`: by which ids somebody is known, and whom to believe who somebody is.
//!
//! An id of a declared type is an alias like a device: an event that names a user has it belong to that user from then
//! on. It is dropped where its filters do not let it through; the event never is. Every mistake is told with its place.

mod id_type;
#[cfg(test)]
mod tests;

use litemap::LiteMap;
use pintle::document::mistake::{Mistakes, Place};
use pintle::document::reader::Object;
use serde_json::Value;

use crate::event::{Alias, Event, Trust};
use id_type::IdType;

/// How many ids of declared types an event may name.
const MAX_OF_EVENT: usize = 8;
/// How many anonymous ids a person is known by, where nothing else is declared.
const MAX_DEVICES: usize = 50;
/// How many ids of any other type.
const MAX_OTHERS: usize = 5;

/// By which ids people are known.
#[derive(Debug, Default)]
pub struct Identity {
    /// Who is believed that an id belongs to a user: this level, and those above.
    pub trust: Trust,
    types: LiteMap<String, IdType>,
}

/// How many ids that events name are dropped; the events never are.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// That stand for nobody.
    pub nobody: usize,
    /// That are more than an event may name.
    pub too_many: usize,
}

impl Identity {
    /// Checks the section `value` at `place`.
    pub fn compile(value: Option<&Value>, place: Place<'_>, mistakes: &mut Mistakes) -> Self {
        let mut identity = Self::default();
        let Some(mut section) = value.and_then(|value| Object::read(value, place, mistakes)) else {
            return identity;
        };
        if let Some(name) = section.text("trust", mistakes) {
            match Trust::named(name) {
                Some(trust) => identity.trust = trust,
                None => mistakes.note(place.member("trust"), "is none of browser, server, warehouse"),
            }
        }
        let ids = place.member("ids");
        let types = section.take("ids");
        section.finish(mistakes);
        if types.is_none_or(|types| Object::read(types, ids, mistakes).is_none()) {
            return identity;
        }
        for (name, value) in types.and_then(Value::as_object).into_iter().flatten() {
            if let Some(id_type) = IdType::compile(name, value, ids.member(name), mistakes) {
                identity.types.insert(name.clone(), id_type);
            }
        }
        identity
    }

    /// Whether an id may stand for somebody: one of a type without filters may.
    #[must_use]
    pub fn lets(&self, alias: &Alias) -> bool {
        self.types.get(alias.id_type()).is_none_or(|id_type| id_type.lets(alias.id()))
    }

    /// What of the ids that an event names stands for nobody.
    #[must_use]
    pub fn refused(&self, event: &Event) -> Refused {
        let own = [&event.device, &event.user, &event.previous];
        let not_let = own.into_iter().flatten().filter(|alias| !self.lets(alias)).count();
        let (_, of_types) = self.named(event);
        Refused { nobody: event.nobodies() + not_let + of_types.nobody, too_many: of_types.too_many }
    }

    /// How many ids of a type a person is known by.
    #[must_use]
    pub fn maximum(&self, id_type: &str) -> usize {
        let declared = self.types.get(id_type).and_then(|declared| declared.maximum);
        declared.unwrap_or(if id_type == Alias::DEVICE { MAX_DEVICES } else { MAX_OTHERS })
    }

    /// The ids of declared types that an event names: the trait of that name, and what stands in `context.externalId`.
    #[must_use]
    pub fn named_by(&self, event: &Event) -> Vec<Alias> {
        self.named(event).0
    }

    fn named(&self, event: &Event) -> (Vec<Alias>, Refused) {
        let mut named: Vec<Alias> = Vec::new();
        let mut refused = Refused::default();
        let mut name =
            |id_type: &str, id: &Value| match Alias::new(id_type, id).filter(|alias| self.lets(alias)) {
                None => refused.nobody += 1,
                Some(alias) if named.contains(&alias) => {}
                Some(_) if named.len() == MAX_OF_EVENT => refused.too_many += 1,
                Some(alias) => named.push(alias),
            };
        let custom =
            |id_type: &str| !Alias::IS_NO_TRAIT.contains(&id_type) && self.types.contains_key(id_type);
        for id_type in self.types.keys().filter(|id_type| custom(id_type)) {
            if let Some(id) = event.traits.get(id_type) {
                name(id_type, id);
            }
        }
        let context = event.whole.get("context").and_then(|context| context.get("externalId"));
        for external in context.and_then(Value::as_array).into_iter().flatten() {
            let id_type = external.get("type").and_then(Value::as_str).filter(|id_type| custom(id_type));
            if let (Some(id_type), Some(id)) = (id_type, external.get("id")) {
                name(id_type, id);
            }
        }
        (named, refused)
    }
}
