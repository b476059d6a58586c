//! The visits that are under way, by number: JavaScript holds numbers, and no object whose end a garbage collector must
//! tell.
//!
//! A visit whose visitor left early is never ended by anybody. So the oldest go when their time is over, or when there
//! are too many: what is kept is bounded, whatever visitors do.

use super::visit::Visit;

/// How long a visit is kept that nobody ends, in milliseconds: no lookup takes as long.
const KEPT_MS: u64 = 60_000;
/// How many are kept at the most.
const CAPACITY: usize = 1_024;

/// The visits, in the order in which they came.
#[derive(Default)]
pub(super) struct Visits {
    last: u32,
    open: Vec<Open>,
}

struct Open {
    number: u32,
    since_ms: u64,
    visit: Visit,
}

impl Visits {
    /// Keeps a visit; its number.
    pub(super) fn open(&mut self, visit: Visit, now_ms: u64) -> u32 {
        let is_over = |open: &&Open| now_ms.saturating_sub(open.since_ms) >= KEPT_MS;
        let over = self.open.iter().take_while(is_over).count();
        self.open.drain(..over.max((self.open.len() + 1).saturating_sub(CAPACITY)));
        self.last = self.last.wrapping_add(1);
        self.open.push(Open { number: self.last, since_ms: now_ms, visit });
        self.last
    }

    /// The visit of this number, if it is still kept. Most are among the latest.
    pub(super) fn get(&mut self, number: u32) -> Option<&mut Visit> {
        self.open.iter_mut().rev().find(|open| open.number == number).map(|open| &mut open.visit)
    }

    /// Ends a visit.
    pub(super) fn end(&mut self, number: u32) {
        self.open.retain(|open| open.number != number);
    }
}
