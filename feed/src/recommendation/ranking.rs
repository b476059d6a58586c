//! The neighbours of somebody's last purchases as one list, the best first.
//!
//! What was bought last says most: each purchase before it counts for 0.8 of the one after. Of two that are worth the same the
//! one that sorts first comes first, so the list follows from what was bought alone.

use super::table::Neighbours;

/// How many purchases count.
pub const PURCHASES: usize = 5;
/// What a purchase is worth beside the one after it.
const DECAY: f64 = 0.8;

/// The best `n` of the neighbours of `purchases`, which are the last first. What a neighbour is worth is multiplied by what
/// `raise` says of it; one that is worth nothing is none.
#[must_use]
pub fn rank(purchases: &[Neighbours], n: usize, raise: impl Fn(&str) -> f64) -> Vec<&str> {
    let mut worth: Vec<(&str, f64)> = Vec::new();
    let mut weight = 1.0;
    for neighbours in purchases {
        worth.extend(neighbours.iter().map(|(item, each)| (item.as_str(), each * weight)));
        weight *= DECAY;
    }
    // One after the other as they were bought, so that each sum is always of the same order.
    worth.sort_by_key(|(item, _)| *item);
    worth.dedup_by(|(item, more), (kept, sum)| {
        let is_same = item == kept;
        if is_same {
            *sum += *more;
        }
        is_same
    });
    worth.iter_mut().for_each(|(item, sum)| *sum *= raise(item));
    worth.retain(|(_, sum)| *sum > 0.0);
    worth.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    worth.into_iter().take(n).map(|(item, _)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbours(of: &[(&str, f64)]) -> Neighbours {
        of.iter().map(|(item, worth)| ((*item).to_owned(), *worth)).collect()
    }

    #[test]
    fn what_several_purchases_lead_to_comes_first_and_the_last_purchase_says_most() {
        let last = neighbours(&[("x", 0.5), ("a", 0.4)]);
        let before = neighbours(&[("y", 0.5), ("a", 0.4)]);
        let purchases = [last, before];
        assert_eq!(rank(&purchases, 9, |_| 1.0), ["a", "x", "y"]);
        assert_eq!(rank(&purchases, 1, |_| 1.0), ["a"]);
    }

    #[test]
    fn what_is_raised_comes_up_and_what_is_worth_nothing_is_left_out() {
        let purchases = [neighbours(&[("a", 0.4), ("b", 0.4), ("c", 0.3), ("d", -1.0)])];
        assert_eq!(rank(&purchases, 9, |_| 1.0), ["a", "b", "c"]);
        assert_eq!(rank(&purchases, 9, |item| if item == "c" { 2.0 } else { 1.0 }), ["c", "a", "b"]);
        assert_eq!(rank(&purchases, 9, |item| f64::from(item != "a")), ["b", "c"]);
        assert_eq!(rank(&[], 9, |_| 1.0), [] as [&str; 0]);
    }
}
