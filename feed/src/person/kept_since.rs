//! Since when what features look at is kept: what is declared today was not kept of what came before.
//!
//! No event tells it, so it is no part of the set that a person is. It says from when on that set is whole.

use serde::{Deserialize, Serialize};

/// What is kept of events while a message is on its way: of each kind of thing a fingerprint, as the declarations have it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Declared {
    /// When that was so, in milliseconds since 1970.
    pub at_ms: i64,
    /// The fingerprints.
    pub kept: Vec<u32>,
}

/// Since when each is kept, in milliseconds since 1970; what is kept since the first message, since 0.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeptSince(Vec<(i64, Vec<u32>)>);

impl KeptSince {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// At least the bytes that it has as it is stored.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|(_, kept)| 32 + 11 * kept.len()).sum()
    }

    /// Takes in what is kept now. What is kept no more is forgotten: when it is kept again, something is missing.
    pub fn declare(&mut self, declared: &Declared, is_first: bool) {
        for (_, there) in &mut self.0 {
            there.retain(|kept| declared.kept.contains(kept));
        }
        let is_new = |kept: &&u32| !self.0.iter().any(|(_, there)| there.contains(kept));
        let new: Vec<u32> = declared.kept.iter().filter(is_new).copied().collect();
        self.0.push((if is_first { 0 } else { declared.at_ms }, new));
        self.0.retain(|(_, there)| !there.is_empty());
    }

    /// Since when it is kept; nothing when it is not.
    #[must_use]
    pub fn since_ms(&self, kept: u32) -> Option<i64> {
        self.0.iter().find(|(_, there)| there.contains(&kept)).map(|(since_ms, _)| *since_ms)
    }

    /// Those that are not kept since the first message.
    #[must_use]
    pub fn later(&self) -> Self {
        Self(self.0.iter().filter(|(since_ms, _)| *since_ms != 0).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_later_is_kept_since_then_and_what_comes_back_since_it_came_back() {
        let mut since = KeptSince::default();
        let declared = |at_ms, kept: &[u32]| Declared { at_ms, kept: kept.to_vec() };
        since.declare(&declared(10, &[1, 2]), true);
        since.declare(&declared(20, &[1, 2, 3]), false);
        let once = since.clone();
        since.declare(&declared(30, &[3, 1, 2]), false);
        assert_eq!(since, once);
        let each = |since: &KeptSince| [1, 2, 3, 4].map(|kept| since.since_ms(kept));
        assert_eq!(each(&since), [Some(0), Some(0), Some(20), None]);
        assert_eq!(each(&since.later()), [None, None, Some(20), None]);
        since.declare(&declared(40, &[1, 3]), false);
        since.declare(&declared(50, &[1, 2, 3]), false);
        assert_eq!(each(&since), [Some(0), Some(50), Some(20), None]);
    }
}
