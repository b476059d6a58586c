//! What is learned of the sources between requests: which fail and how often, and what the latest lookups brought.
//!
//! A shell keeps one for as long as it lives, and passes the time.

use serde_json::{Map, Value};

use super::breaker::Breaker;
use super::log::Log;
use super::memory::Memory;
use super::{Failure, Outcome, Source};
use crate::identity::anonymous_id::AnonymousId;

/// What was learned.
#[derive(Debug, Default)]
pub struct Learned {
    sources: Vec<(Source, OfSource)>,
    memory: Memory,
    /// What is to be said of it.
    pub log: Log,
}

/// What was learned of one source.
#[derive(Debug, Default)]
pub struct OfSource {
    breaker: Breaker,
    /// How often it answered.
    pub answered: u64,
    /// How often it failed, by the kind of failure.
    pub failed: Map<String, Value>,
}

impl Learned {
    /// What was learned of `source`, if anything.
    #[must_use]
    pub fn of(&self, source: Source) -> Option<&OfSource> {
        self.sources.iter().find(|(other, _)| *other == source).map(|(_, of)| of)
    }

    /// Takes what was learned of `source` out; it is put back when more was.
    fn take(&mut self, source: Source) -> OfSource {
        let known = self.sources.iter().position(|(other, _)| *other == source);
        known.map(|place| self.sources.swap_remove(place).1).unwrap_or_default()
    }

    /// What is remembered of `id`, if anything.
    #[must_use]
    pub fn recall(&self, id: &AnonymousId, now_ms: u64) -> Option<Outcome> {
        self.memory.recall(id, now_ms)
    }

    /// Keeps what a lookup brought for the next pages.
    pub fn remember(&mut self, id: AnonymousId, outcome: &Outcome, now_ms: u64) {
        self.memory.note(id, outcome, now_ms);
    }

    /// Forgets what earlier lookups brought of `id`: something newer is known.
    pub fn forget(&mut self, id: &AnonymousId) {
        self.memory.forget(id);
    }

    /// Whether `source` may be asked now.
    pub fn may_ask(&mut self, source: Source, now_ms: u64) -> bool {
        let mut of = self.take(source);
        let may = of.breaker.allows(now_ms);
        self.sources.push((source, of));
        may
    }

    /// Learns that `source` answered.
    pub fn answered(&mut self, source: Source) {
        let mut of = self.take(source);
        of.answered = of.answered.saturating_add(1);
        of.breaker.answered();
        self.sources.push((source, of));
    }

    /// Learns that `source` failed, and says so in the log.
    pub fn failed(&mut self, source: Source, failure: &Failure, now_ms: u64) {
        let mut of = self.take(source);
        let kind = failure.kind();
        let count = of.failed.get(&kind).and_then(Value::as_u64).unwrap_or_default();
        of.failed.insert(kind.clone(), count.saturating_add(1).into());
        // Whatever it says of one visitor, it answered.
        let is_left_alone = if failure.is_the_sources() {
            of.breaker.failed(now_ms)
        } else {
            of.breaker.answered();
            false
        };
        self.sources.push((source, of));
        self.log.tell(&format!("{source}: {kind}"), now_ms, || {
            format!("{source} failed: {failure}; {}", failure.hint(source))
        });
        if is_left_alone {
            self.log.tell(&format!("{source}: left alone"), now_ms, || {
                format!("{source} is left alone for a while after repeated failures: {failure}")
            });
        }
    }
}
