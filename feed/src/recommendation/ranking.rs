//! The neighbours of somebody's last purchases as one list, the best first.
//!
//! What was bought last says most: each purchase before it counts for 0.8 of the one after. Of two that are worth the same the
//! one that sorts first comes first, so the list follows from what was bought alone.

use std::collections::HashMap;

use fnv::FnvBuildHasher;

/// How many purchases count.
pub const PURCHASES: usize = 5;
/// What a purchase is worth beside the one after it.
const DECAY: f64 = 0.8;

/// The best `n` of the neighbours of `purchases`, which are the last first, but for those that are left out. What a neighbour is
/// worth is multiplied by what `raised` says of it; one that is worth nothing is none.
#[must_use]
pub fn rank<'t>(
    purchases: &[&'t [(String, f64)]],
    n: usize,
    raised: impl Fn(&str) -> f64,
    is_left_out: impl Fn(&str) -> bool,
) -> Vec<&'t str> {
    let most = purchases.iter().map(|neighbours| neighbours.len()).sum();
    let mut worth: HashMap<&str, f64, _> = HashMap::with_capacity_and_hasher(most, FnvBuildHasher::default());
    let mut weight = 1.0;
    for neighbours in purchases {
        for (item, each) in *neighbours {
            *worth.entry(item).or_default() += each * weight;
        }
        weight *= DECAY;
    }
    let mut best = Best::of(n);
    worth.iter().for_each(|(item, sum)| best.take(*item, sum * raised(item), || !is_left_out(item)));
    best.0.into_iter().map(|(item, _)| item).collect()
}

/// The best of some things, the best first; of two that are worth the same the smaller comes first.
#[derive(Debug)]
pub(super) struct Best<T>(pub(super) Vec<(T, f64)>, usize);

impl<T: Ord> Best<T> {
    /// The best `n` of none yet.
    pub(super) fn of(n: usize) -> Self {
        Self(Vec::new(), n)
    }

    /// Takes one of them in, if it is worth something and `counts`, which is asked of few.
    pub(super) fn take(&mut self, it: T, worth: f64, counts: impl FnOnce() -> bool) {
        let Self(best, n) = self;
        #[allow(clippy::float_cmp, reason = "the same sums of the same order")]
        let at = best.partition_point(|(other, more)| *more > worth || (*more == worth && *other < it));
        if worth > 0.0 && at < *n && counts() {
            best.truncate(*n - 1);
            best.insert(at, (it, worth));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbours(of: &[(&str, f64)]) -> Vec<(String, f64)> {
        of.iter().map(|(item, worth)| ((*item).to_owned(), *worth)).collect()
    }

    #[test]
    fn what_several_purchases_lead_to_comes_first_and_the_last_purchase_says_most() {
        let last = neighbours(&[("x", 0.5), ("a", 0.4)]);
        let before = neighbours(&[("y", 0.5), ("a", 0.4)]);
        let purchases = [&last[..], &before];
        assert_eq!(rank(&purchases, 9, |_| 1.0, |_| false), ["a", "x", "y"]);
        assert_eq!(rank(&purchases, 1, |_| 1.0, |_| false), ["a"]);
    }

    #[test]
    fn what_is_raised_comes_up_and_what_is_worth_nothing_is_left_out() {
        let purchases = neighbours(&[("a", 0.4), ("b", 0.4), ("c", 0.3), ("d", -1.0)]);
        let purchases = [&purchases[..]];
        assert_eq!(rank(&purchases, 9, |_| 1.0, |_| false), ["a", "b", "c"]);
        assert_eq!(
            rank(&purchases, 9, |item| if item == "c" { 2.0 } else { 1.0 }, |_| false),
            ["c", "a", "b"]
        );
        assert_eq!(rank(&purchases, 9, |item| f64::from(item != "a"), |_| false), ["b", "c"]);
        assert_eq!(rank(&purchases, 2, |_| 1.0, |item| item == "a"), ["b", "c"]);
        assert_eq!(rank(&[], 9, |_| 1.0, |_| false), [] as [&str; 0]);
    }
}
