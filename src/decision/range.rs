//! Ranges of buckets: which of them belong to which variation.

/// Buckets from the first, up to and without the second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range(pub f64, pub f64);

impl Range {
    /// Whether a bucket is in it.
    #[must_use]
    pub fn holds(self, bucket: f64) -> bool {
        bucket >= self.0 && bucket < self.1
    }
}

/// The first of `ranges` that a bucket is in.
#[must_use]
pub fn choose(bucket: f64, ranges: &[Range]) -> Option<usize> {
    ranges.iter().position(|range| range.holds(bucket))
}

/// The weights of `variations` that are as likely as each other.
#[must_use]
pub fn equal_weights(variations: usize) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "nobody writes so many variations")]
    let weight = 1.0 / variations as f64;
    vec![weight; variations]
}

/// What is wrong with weights, so that they are taken as equal.
#[must_use]
pub fn wrong(weights: &[f64], variations: usize) -> Option<&'static str> {
    let total: f64 = weights.iter().sum();
    if weights.len() != variations {
        Some("must be as many as the variations: they are taken as equal")
    } else if (0.99..=1.01).contains(&total) {
        None
    } else {
        Some("must add up to 1: they are taken as equal")
    }
}

/// The range of each variation: its weight, and of that the part that `coverage` leaves.
#[must_use]
pub fn bucket_ranges(variations: usize, coverage: f64, weights: Option<&[f64]>) -> Vec<Range> {
    let coverage = coverage.clamp(0.0, 1.0);
    let usable = weights.filter(|weights| wrong(weights, variations).is_none());
    let weights = usable.map_or_else(|| equal_weights(variations), <[f64]>::to_vec);
    let mut start = 0.0;
    let mut ranges = Vec::with_capacity(weights.len());
    for weight in weights {
        ranges.push(Range(start, start + coverage * weight));
        start += weight;
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_coverage_leaves_out_belongs_to_nobody() {
        let ranges = bucket_ranges(2, 0.5, Some(&[0.25, 0.75]));
        assert_eq!(ranges, [Range(0.0, 0.125), Range(0.25, 0.625)]);
        for (bucket, expected) in [(0.0, Some(0)), (0.125, None), (0.25, Some(1)), (0.625, None)] {
            assert_eq!(choose(bucket, &ranges), expected, "{bucket}");
        }
    }
}
