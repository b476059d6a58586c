//! How often one address may ask: so many times a minute, counted by each isolate or process for itself.

use std::collections::BTreeMap;

/// How many addresses are counted at most; beyond that the counts start anew.
const CAPACITY: usize = 10_000;
/// Callers whose address nobody knows are counted as one, who may ask this many times as often.
const UNKNOWN_ADDRESSES: u32 = 100;
const MINUTE_S: u64 = 60;

/// The counts of the current minute.
#[derive(Debug, Default)]
pub struct Rate {
    minute: u64,
    counts: BTreeMap<String, u64>,
}

impl Rate {
    /// Counts a request of `address`; when it is one too many, how long to wait, in seconds.
    pub fn count(&mut self, address: &str, per_minute: u32, now_s: u64) -> Result<(), u64> {
        let minute = now_s / MINUTE_S;
        if self.minute != minute || (self.counts.len() >= CAPACITY && !self.counts.contains_key(address)) {
            self.minute = minute;
            self.counts.clear();
        }
        let limit =
            if address.is_empty() { per_minute.saturating_mul(UNKNOWN_ADDRESSES) } else { per_minute };
        let count = self.counts.entry(address.to_owned()).or_default();
        *count = count.saturating_add(1);
        if *count > u64::from(limit) { Err(MINUTE_S - now_s % MINUTE_S) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_use_up_anothers_share() {
        let mut rate = Rate::default();
        assert_eq!(rate.count("a", 2, 100), Ok(()));
        assert_eq!(rate.count("a", 2, 100), Ok(()));
        assert_eq!(rate.count("a", 2, 100), Err(20));
        assert_eq!(rate.count("b", 2, 100), Ok(()));
        assert_eq!(rate.count("a", 2, 120), Ok(()));
    }

    #[test]
    fn callers_without_an_address_share_a_larger_rate() {
        let mut rate = Rate::default();
        assert!((0..200).all(|_| rate.count("", 2, 0).is_ok()));
        assert_eq!(rate.count("", 2, 0), Err(60));
    }

    #[test]
    fn memory_is_bounded() {
        let mut rate = Rate::default();
        for n in 0..CAPACITY * 2 {
            assert_eq!(rate.count(&n.to_string(), 1, 0), Ok(()));
        }
        assert!(rate.counts.len() <= CAPACITY);
    }
}
