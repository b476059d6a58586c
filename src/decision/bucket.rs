//! Buckets: where somebody stands between 0 and 1 for a seed, now and always.
//!
//! GrowthBook's two hashes, both FNV-1a of 32 bits over UTF-16 code units. It decides what number it is, not what is made of
//! it.

use std::fmt;

/// Which of the two hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashVersion {
    /// Of the value and the seed, in thousandths: seeds that resemble each other give buckets that do.
    One,
    /// Of the seed and the value, twice, in ten-thousandths.
    Two,
}

/// A place between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The place, counted from 0.
    pub number: u32,
    /// How many places there are.
    pub of: u32,
}

impl Bucket {
    /// The bucket of `value` for a `seed`.
    #[must_use]
    pub fn of(seed: &str, value: &str, version: HashVersion) -> Self {
        let (hash, of) = match version {
            HashVersion::One => (fnv1a(&[value, seed]), 1_000),
            HashVersion::Two => (fnv1a(&[&fnv1a(&[seed, value]).to_string()]), 10_000),
        };
        Self { number: hash % of, of }
    }

    /// The bucket as a number from 0 up to, and without, 1.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.number) / f64::from(self.of)
    }
}

/// `bucket 6468 of 10000`.
impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bucket {} of {}", self.number, self.of)
    }
}

fn fnv1a(texts: &[&str]) -> u32 {
    let units = texts.iter().flat_map(|text| text.encode_utf16());
    units.fold(0x811c_9dc5, |hash, unit| (hash ^ u32::from(unit)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_that_of_javascripts_code_units() {
        assert_eq!(Bucket::of("ef", "d", HashVersion::One), Bucket { number: 652, of: 1_000 });
        assert_eq!(Bucket::of("seed", "b", HashVersion::Two), Bucket { number: 2696, of: 10_000 });
        assert_ne!(fnv1a(&["\u{1f680}"]), fnv1a(&["\u{fffd}"]));
        assert_eq!(Bucket::of("seed", "b", HashVersion::Two).value(), 0.2696);
    }
}
