//! What an isolate remembers of its latest lookups, for seconds.
//!
//! Two things are worth remembering: that nobody knows an id, so that it is not asked for on every
//! page; and what was found after a response had left, so that the visitor's next page has it. Both
//! are bounded in time and number. It is a cache: forgetting costs one lookup.

use super::{Outcome, Profile, Source};
use crate::identity::anonymous_id::AnonymousId;

/// How long it is remembered, in milliseconds.
pub const KEPT_MS: u64 = 30_000;
/// How many visitors are remembered: few enough to look through them.
pub const CAPACITY: usize = 1_000;

/// The latest lookups, one for each visitor.
#[derive(Debug, Default)]
pub struct Memory {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    id: AnonymousId,
    found: Option<(Profile, Source)>,
    noted_ms: u64,
}

impl Memory {
    /// What is remembered of `id`: `Found`, `Missing`, or nothing.
    #[must_use]
    pub fn recall(&self, id: &AnonymousId, now_ms: u64) -> Option<Outcome> {
        let entry = self.entries.iter().find(|entry| entry.id == *id && !entry.is_over(now_ms))?;
        Some(
            entry.found.clone().map_or(Outcome::Missing, |(profile, source)| Outcome::Found(profile, source)),
        )
    }

    /// Remembers how a lookup ended, if it ended in knowledge. What is over is forgotten; when there is still no room,
    /// all of it: simpler than an order of use, and as rare as a thousand new visitors in half a minute on one isolate.
    pub fn note(&mut self, id: AnonymousId, outcome: &Outcome, now_ms: u64) {
        let found = match outcome {
            Outcome::Found(profile, source) => Some((profile.clone(), *source)),
            Outcome::Missing => None,
            Outcome::Failed(_) | Outcome::NotAsked => return,
        };
        self.entries.retain(|entry| entry.id != id && !entry.is_over(now_ms));
        if self.entries.len() >= CAPACITY {
            self.entries.clear();
        }
        self.entries.push(Entry { id, found, noted_ms: now_ms });
    }

    /// Forgets what is remembered of `id`.
    pub fn forget(&mut self, id: &AnonymousId) {
        self.entries.retain(|entry| entry.id != *id);
    }
}

impl Entry {
    fn is_over(&self, now_ms: u64) -> bool {
        let until_ms = self.found.as_ref().and_then(|(profile, _)| profile.until_ms);
        now_ms.saturating_sub(self.noted_ms) >= KEPT_MS || until_ms.is_some_and(|until_ms| now_ms >= until_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Failure;

    fn visitor(id: impl ToString) -> AnonymousId {
        AnonymousId::new(id.to_string()).unwrap()
    }

    #[test]
    fn a_miss_is_remembered_for_half_a_minute() {
        let mut memory = Memory::default();
        memory.note(visitor("a"), &Outcome::Missing, 1_000);
        assert_eq!(memory.recall(&visitor("a"), 1_000 + KEPT_MS - 1), Some(Outcome::Missing));
        assert_eq!(memory.recall(&visitor("a"), 1_000 + KEPT_MS), None);
        assert_eq!(memory.recall(&visitor("b"), 1_000), None);
    }

    #[test]
    fn a_profile_is_remembered_until_something_in_it_changes() {
        let mut memory = Memory::default();
        let profile = Profile { until_ms: Some(2_000), ..Profile::default() };
        memory.note(visitor("a"), &Outcome::Found(profile, Source::Kv), 1_000);
        assert!(memory.recall(&visitor("a"), 1_999).is_some());
        assert_eq!(memory.recall(&visitor("a"), 2_000), None);
    }

    #[test]
    fn the_latest_knowledge_replaces_the_earlier_and_a_failure_replaces_nothing() {
        let mut memory = Memory::default();
        let found = Outcome::Found(Profile::default(), Source::Kv);
        memory.note(visitor("a"), &Outcome::Missing, 0);
        memory.note(visitor("a"), &found, 1);
        memory.note(visitor("a"), &Outcome::Failed(Failure::Deadline), 2);
        memory.note(visitor("a"), &Outcome::NotAsked, 2);
        assert_eq!(memory.recall(&visitor("a"), 3), Some(found));
    }

    #[test]
    fn it_never_grows_above_its_capacity() {
        let mut memory = Memory::default();
        for n in 0..5 * CAPACITY {
            memory.note(visitor(n), &Outcome::Missing, 0);
            assert!(memory.entries.len() <= CAPACITY);
        }
        assert_eq!(memory.recall(&visitor(5 * CAPACITY - 1), 0), Some(Outcome::Missing));
    }
}
