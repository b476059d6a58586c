//! By which attribute a visitor is put into a bucket: `hashAttribute`, or `fallbackAttribute` where there is no such value.
//!
//! What JavaScript takes as false (nothing, an empty text, 0) is no value: nobody is put into a bucket by it.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::condition::Attributes;
use super::condition::coercion::{text, truthy};
use super::reading::shared;
use super::uses::{EACH_CHANGE, Uses};

/// The attribute by which everybody is hashed where nothing else is said.
const DEFAULT: &str = "id";

/// The names of the attributes.
#[derive(Debug, Clone)]
pub(super) struct Hashed {
    attribute: Arc<str>,
    fallback: Option<Arc<str>>,
}

/// What was found.
#[derive(Debug, Clone)]
pub(super) struct Who<'a> {
    pub(super) attribute: Arc<str>,
    pub(super) value: Cow<'a, str>,
}

impl Hashed {
    /// Nothing, and an empty name, are the default.
    pub(super) fn new(attribute: Option<&str>, fallback: Option<&str>) -> Self {
        let named = |name: Option<&str>| name.filter(|name| !name.is_empty()).map(shared);
        Self { attribute: named(attribute).unwrap_or_else(|| shared(DEFAULT)), fallback: named(fallback) }
    }

    /// The visitor by the first of the attributes that has a value; the fallback counts where buckets are sticky.
    pub(super) fn find<'a>(&self, attributes: Attributes<'a>, is_sticky: bool) -> Option<Who<'a>> {
        let fallback = self.fallback.as_ref().filter(|_| is_sticky);
        found(&self.attribute, attributes).or_else(|| found(fallback?, attributes))
    }

    /// The visitor by each attribute, the fallback first: that is where sticky buckets may lie. As in the SDK the fallback of
    /// those that have none is the default.
    pub(super) fn both<'a>(&self, attributes: Attributes<'a>) -> [Option<Who<'a>>; 2] {
        let default = || shared(DEFAULT);
        let fallback = self.fallback.clone().unwrap_or_else(default);
        [found(&fallback, attributes), found(&self.attribute, attributes)]
    }

    /// The name of the first attribute.
    pub(super) fn attribute(&self) -> &Arc<str> {
        &self.attribute
    }

    /// Adds the names of the attributes.
    pub(super) fn attributes(&self, into: &mut Uses) {
        let names = [Some(&self.attribute), self.fallback.as_ref()].into_iter().flatten();
        names.for_each(|name| into.put(name, EACH_CHANGE));
    }
}

fn found<'a>(name: &Arc<str>, attributes: Attributes<'a>) -> Option<Who<'a>> {
    let value: &Value = attributes.get(name).filter(|value| truthy(value))?;
    Some(Who { attribute: Arc::clone(name), value: text(value) })
}
