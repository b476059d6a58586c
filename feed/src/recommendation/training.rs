//! A table of which goods go with which, out of everybody's purchases: what is bought soon after what, and what is bought by
//! the same people.
//!
//! What is bought within the next five counts for one over its distance: that has a direction, so a printer leads to ink more
//! than the other way round. It is divided by how often both are bought (the root of the product), so that what everybody buys
//! is not what goes with everything. To that comes 0.3 × the cosine of who bought both. To what is divided by, five is added,
//! so that two goods that met once are not neighbours for it. People and goods are numbers from zero on: whoever reads the
//! orders knows their names.
//!
//! A good after the other: what is in memory is the purchases and a list of all goods, whatever meets whom.

use super::ranking::Best;
use super::table::NEIGHBOURS;

/// How many of the next purchases follow a purchase.
const NEXT: usize = 5;
/// What the cosine is worth beside what follows.
const COSINE: f64 = 0.3;
/// What is added to what is divided by.
const SHRINKING: f64 = 5.0;
/// How many of somebody's purchases count, the last: as many as the feed keeps of a person. Who has many more is a shop.
const MAX_PURCHASES: usize = 1_000;

/// Purchases, in lists of one length: who bought what, and when, in any unit.
#[derive(Debug, Clone, Copy)]
pub struct Purchases<'a> {
    /// Who.
    pub people: &'a [u32],
    /// What.
    pub items: &'a [u32],
    /// When. Of one time what stands first was bought first.
    pub times: &'a [f64],
}

/// What people bought, one after the other.
#[derive(Default)]
struct Histories {
    /// What was bought, in order of people and then of time.
    bought: Vec<usize>,
    /// The same, without what somebody bought before.
    different: Vec<usize>,
    /// Where the history of each person ends, in both.
    ends: Vec<(usize, usize)>,
    /// Who each purchase is of.
    people: Vec<usize>,
}

impl Histories {
    fn of(purchases: Purchases<'_>, items: usize) -> Self {
        let each = purchases.people.iter().zip(purchases.times).zip(purchases.items).enumerate();
        let mut order: Vec<_> =
            each.map(|(place, ((person, at), item))| (*person, *at, place, *item as usize)).collect();
        // What stands first was bought first. A sort that minds that by itself would weigh more.
        order.sort_unstable_by(|one, other| {
            one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)).then(one.2.cmp(&other.2))
        });
        // Who bought each good last, as far as we are.
        let mut last_by = vec![usize::MAX; items];
        let mut histories = Self::default();
        for (person, theirs) in order.chunk_by(|one, other| one.0 == other.0).enumerate() {
            let first = theirs.len().saturating_sub(MAX_PURCHASES);
            for (.., item) in theirs.iter().skip(first) {
                histories.bought.push(*item);
                if last_by.get_mut(*item).is_some_and(|last| std::mem::replace(last, person) != person) {
                    histories.different.push(*item);
                }
            }
            histories.people.resize(histories.bought.len(), person);
            histories.ends.push((histories.bought.len(), histories.different.len()));
        }
        histories
    }

    /// What was bought within the next purchases of the same person, each with its distance.
    fn next(&self, purchase: usize) -> impl Iterator<Item = (usize, usize)> {
        let person = self.people.get(purchase).copied().unwrap_or_default();
        let end = self.ends.get(person).map_or(0, |(end, _)| *end);
        let next = self.bought.get(purchase + 1..end.min(purchase + 1 + NEXT)).unwrap_or_default();
        next.iter().copied().zip(1..)
    }

    /// All that somebody bought, each once.
    fn all_of(&self, person: usize) -> &[usize] {
        let end_of = |person: usize| self.ends.get(person).map_or(0, |(_, end)| *end);
        let begin = person.checked_sub(1).map_or(0, end_of);
        self.different.get(begin..end_of(person)).unwrap_or_default()
    }
}

/// What met one good: how much follows it, and how many bought both.
#[derive(Default, Clone)]
struct Met {
    follows: f64,
    both: f64,
}

/// How often each good was bought, and by how many.
struct Totals {
    bought: Vec<f64>,
    buyers: Vec<f64>,
}

/// The neighbours of each good, the best first, and what each is worth.
#[must_use]
pub fn train(purchases: Purchases<'_>) -> Vec<Vec<(usize, f64)>> {
    let items = purchases.items.iter().max().map_or(0, |last| *last as usize + 1);
    let histories = Histories::of(purchases, items);
    let totals =
        Totals { bought: counts(&histories.bought, items), buyers: counts(&histories.different, items) };
    let mut places = vec![Vec::new(); items];
    for (purchase, item) in histories.bought.iter().enumerate() {
        if let Some(places) = places.get_mut(*item) {
            places.push(purchase);
        }
    }
    let mut met = vec![Met::default(); items];
    let each = places.iter().enumerate();
    each.map(|(item, places)| neighbours(item, places, &histories, &totals, &mut met)).collect()
}

fn counts(of: &[usize], items: usize) -> Vec<f64> {
    let mut counts = vec![0.0; items];
    for item in of {
        if let Some(count) = counts.get_mut(*item) {
            *count += 1.0;
        }
    }
    counts
}

/// The neighbours of `item`, which was bought at `places`. `met` has nothing in it, and is left so.
fn neighbours(
    item: usize,
    places: &[usize],
    histories: &Histories,
    totals: &Totals,
    met: &mut [Met],
) -> Vec<(usize, f64)> {
    let mut whom = Vec::new();
    let mut meet = |other: usize, follows: f64, both: f64| {
        if let Some(met) = met.get_mut(other) {
            if met.follows == 0.0 && met.both == 0.0 {
                whom.push(other);
            }
            met.follows += follows;
            met.both += both;
        }
    };
    let mut last = None;
    for place in places {
        for (other, distance) in histories.next(*place) {
            #[allow(clippy::cast_precision_loss, reason = "it is five at most")]
            meet(other, 1.0 / distance as f64, 0.0);
        }
        let person = histories.people.get(*place).copied();
        if person != last {
            let others = person.map_or(&[][..], |person| histories.all_of(person)).iter();
            others.filter(|other| **other != item).for_each(|other| meet(*other, 0.0, 1.0));
            last = person;
        }
    }
    let expected = |of: &[f64], other: usize| {
        let of = |item: usize| of.get(item).copied().unwrap_or_default();
        (of(item) * of(other)).sqrt() + SHRINKING
    };
    let mut best = Best::of(NEIGHBOURS);
    for other in whom {
        let Some(Met { follows, both }) = met.get_mut(other).map(std::mem::take) else { continue };
        let cosine = both / expected(&totals.buyers, other);
        best.take(other, follows / expected(&totals.bought, other) + COSINE * cosine, || true);
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A person a line, in order of time.
    fn trained(histories: &[&[u32]]) -> Vec<Vec<(usize, f64)>> {
        let (mut people, mut items, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for (person, bought) in (0..).zip(histories) {
            for (at, item) in (0..).zip(*bought) {
                people.push(person);
                items.push(*item);
                times.push(f64::from(at));
            }
        }
        // The order of a file says nothing, but of purchases at one time.
        people.reverse();
        items.reverse();
        times.reverse();
        train(Purchases { people: &people, items: &items, times: &times })
    }

    #[test]
    fn what_follows_is_worth_more_than_what_went_before_and_the_nearer_the_more() {
        let table = trained(&[&[0, 1, 2], &[0, 1, 2]]);
        let cosine = |both: f64| 0.3 * both / (both + 5.0);
        let expected = [
            vec![(1, 2.0 / 7.0 + cosine(2.0)), (2, 1.0 / 7.0 + cosine(2.0))],
            vec![(2, 2.0 / 7.0 + cosine(2.0)), (0, cosine(2.0))],
            vec![(0, cosine(2.0)), (1, cosine(2.0))],
        ];
        for (neighbours, expected) in table.iter().zip(expected) {
            for ((item, worth), (other, more)) in neighbours.iter().zip(expected) {
                assert!(*item == other && (worth - more).abs() < 1e-9, "{table:?}");
            }
        }
    }

    #[test]
    fn what_met_once_is_worth_less_than_what_meets_often() {
        let often: &[u32] = &[0, 1];
        let mut histories = vec![often; 20];
        histories.push(&[2, 3]);
        let table = trained(&histories);
        assert!(table[0][0].1 > 4.0 * table[2][0].1, "{table:?}");
    }

    #[test]
    fn what_is_bought_again_follows_itself_and_only_then() {
        let table = trained(&[&[0, 0, 1], &[1, 0]]);
        assert!(table[0].iter().any(|(item, _)| *item == 0), "{table:?}");
        assert!(table[1].iter().all(|(item, _)| *item != 1), "{table:?}");
    }

    #[test]
    fn a_good_has_fifty_neighbours_and_nobody_more_than_their_last_purchases() {
        let all: Vec<u32> = (0..1_100).collect();
        let table = trained(&[&all]);
        assert_eq!(table.len(), 1_100);
        assert!(table[..100].iter().all(Vec::is_empty));
        assert!(table[100..].iter().all(|neighbours| neighbours.len() == 50));
        assert_eq!(trained(&[]), [] as [Vec<_>; 0]);
    }
}
