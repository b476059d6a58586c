//! What a shell learns of its sources between requests: which fail, and what its latest lookups brought.
//!
//! A shell keeps one for as long as it lives, and passes the time.

use super::breaker::Breaker;
use super::memory::Memory;
use super::{Failure, Lookup, Source};
use crate::identity::anonymous_id::AnonymousId;

/// What was learned.
#[derive(Debug, Default)]
pub struct Learned {
    kv: Breaker,
    activation_api: Breaker,
    function: Breaker,
    memory: Memory,
}

impl Learned {
    fn breaker(&mut self, source: Source) -> &mut Breaker {
        match source {
            Source::Kv => &mut self.kv,
            Source::ActivationApi => &mut self.activation_api,
            Source::Function => &mut self.function,
        }
    }

    /// What is remembered of `id`, if anything.
    #[must_use]
    pub fn recall(&self, id: &AnonymousId, now_ms: u64) -> Option<Lookup> {
        self.memory.recall(id, now_ms)
    }

    /// Keeps what a lookup brought for the next pages.
    pub fn remember(&mut self, id: AnonymousId, lookup: &Lookup, now_ms: u64) {
        self.memory.note(id, lookup, now_ms);
    }

    /// Whether `source` may be asked now.
    pub fn may_ask(&mut self, source: Source, now_ms: u64) -> bool {
        self.breaker(source).allows(now_ms)
    }

    /// Learns how asking `source` ended; whether it is left alone from now on, which is worth a word in the log.
    pub fn note(&mut self, source: Source, outcome: Result<(), &Failure>, now_ms: u64) -> bool {
        match outcome.err().filter(|failure| failure.is_the_sources(source)) {
            Some(_) => self.breaker(source).failed(now_ms),
            None => {
                self.breaker(source).answered();
                false
            }
        }
    }
}
