//! How often one address may ask: so many times a minute, counted by each isolate or process for itself.
//!
//! What a header says is read as an address and kept as a few bytes, whatever somebody wrote there.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// How many addresses are counted at most; beyond that the counts start anew.
const CAPACITY: usize = 10_000;
/// Callers whose address nobody knows are counted as one, who may ask this many times as often.
const UNKNOWN_ADDRESSES: u32 = 100;
const MINUTE_S: u64 = 60;

/// Who is counted as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// No address, or a text that is none.
    Unknown,
    /// An IPv4 address, also one that is written as IPv6 (`::ffff:192.0.2.1`).
    V4(Ipv4Addr),
    /// The first 64 bits of an IPv6 address: what one household or one machine is given, and can choose the rest of.
    V6(u64),
}

impl From<&str> for Address {
    /// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:80`.
    fn from(text: &str) -> Self {
        let text = text.trim();
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
        match bare.parse::<IpAddr>().or_else(|_| with_port()).map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(address)) => Self::V4(address),
            Ok(IpAddr::V6(address)) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
            }
            Err(_) => Self::Unknown,
        }
    }
}

/// The counts of the current minute.
#[derive(Debug, Default)]
pub struct Rate {
    minute: u64,
    /// By address, sorted.
    counts: Vec<(Address, u64)>,
}

impl Rate {
    /// Counts a request of `address`; when it is one too many, how long to wait, in seconds.
    pub fn count(&mut self, address: impl Into<Address>, per_minute: u32, now_s: u64) -> Result<(), u64> {
        let address = address.into();
        let minute = now_s / MINUTE_S;
        if self.minute != minute {
            self.minute = minute;
            self.counts.clear();
        }
        let limit = match address {
            Address::Unknown => per_minute.saturating_mul(UNKNOWN_ADDRESSES),
            Address::V4(_) | Address::V6(_) => per_minute,
        };
        let count = self.counted(address);
        if count > u64::from(limit) { Err(MINUTE_S - now_s % MINUTE_S) } else { Ok(()) }
    }

    /// How often `address` asked, this time included.
    fn counted(&mut self, address: Address) -> u64 {
        match self.counts.binary_search_by_key(&address, |(known, _)| *known) {
            Ok(place) => self.counts.get_mut(place).map_or(1, |(_, count)| {
                *count = count.saturating_add(1);
                *count
            }),
            Err(_) if self.counts.len() >= CAPACITY => {
                self.counts = vec![(address, 1)];
                1
            }
            Err(place) => {
                self.counts.insert(place, (address, 1));
                1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_use_up_anothers_share() {
        let mut rate = Rate::default();
        assert_eq!(rate.count("192.0.2.1", 2, 100), Ok(()));
        assert_eq!(rate.count("192.0.2.1", 2, 100), Ok(()));
        assert_eq!(rate.count("192.0.2.1", 2, 100), Err(20));
        assert_eq!(rate.count("192.0.2.2", 2, 100), Ok(()));
        assert_eq!(rate.count("192.0.2.1", 2, 120), Ok(()));
    }

    #[test]
    fn callers_without_an_address_share_a_larger_rate() {
        let mut rate = Rate::default();
        assert!((0..200).all(|_| rate.count("", 2, 0).is_ok()));
        assert_eq!(rate.count("", 2, 0), Err(60));
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        let of = |text| Address::from(text);
        for text in
            ["192.0.2.1", " 192.0.2.1\t", "192.0.2.1:51234", "::ffff:192.0.2.1", "[::ffff:c000:201]:80"]
        {
            assert_eq!(of(text), Address::V4(Ipv4Addr::new(192, 0, 2, 1)), "{text}");
        }
        for text in
            ["2001:db8::1", "[2001:DB8:0::2]", "[2001:db8::1]:443", "2001:db8:0:0:ffff:ffff:ffff:ffff"]
        {
            assert_eq!(of(text), Address::V6(0x2001_0db8_0000_0000), "{text}");
        }
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8::1"));
    }

    #[test]
    fn whoever_forges_an_address_is_unknown_and_takes_no_memory() {
        let mut rate = Rate::default();
        let forged = |n: u32| format!("{}{n}", "x".repeat(15_000));
        assert!((0..200).all(|n| rate.count(forged(n).as_str(), 2, 0).is_ok()));
        assert_eq!(rate.count(forged(200).as_str(), 2, 0), Err(60));
        for text in [
            "1",
            "192.0.2",
            "192.0.2.01",
            "192.0.2.1, 192.0.2.2",
            "fe80::1%eth0",
            "[192.0.2.1",
            "unknown",
            "_x",
        ] {
            assert_eq!(rate.count(text, 2, 0), Err(60), "{text}");
        }
        assert_eq!(rate.counts.len(), 1);
        assert!(size_of::<Address>() <= 16);
    }

    #[test]
    fn one_household_cannot_ask_from_each_of_its_ipv6_addresses() {
        let mut rate = Rate::default();
        let mut count = |n: u32| rate.count(format!("2001:db8::{n:x}").as_str(), 2, 0);
        assert_eq!([count(1), count(2), count(3)], [Ok(()), Ok(()), Err(60)]);
    }

    #[test]
    fn memory_is_bounded() {
        let mut rate = Rate::default();
        for n in 0..u32::try_from(CAPACITY * 2).unwrap() {
            assert_eq!(rate.count(Address::V4(n.into()), 1, 0), Ok(()));
        }
        assert!(rate.counts.len() <= CAPACITY);
    }
}
