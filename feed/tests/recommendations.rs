//! Baskets that are drawn by known rules: what is trained of them recommends what the rules say comes next, to whoever bought
//! what leads there, and repeats only what is bought again.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use pintle_feed::recommendation::ranking::rank;
use pintle_feed::recommendation::table::Neighbours;
use pintle_feed::recommendation::training::{Purchases, train};

/// Ten goods a shelf: the first leads to the second and third in the next order, and the fourth is bought again and again.
const SHELVES: u32 = 20;
const PEOPLE: u32 = 2_000;

/// Numbers that are the same every time (a linear congruential generator, of Knuth's constants).
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(end)).unwrap()
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }
}

#[derive(Default)]
struct Orders {
    people: Vec<u32>,
    items: Vec<u32>,
    times: Vec<f64>,
}

impl Orders {
    fn put(&mut self, person: u32, at: u32, item: u32) {
        self.people.push(person);
        self.items.push(item);
        self.times.push(f64::from(at));
    }

    /// Three orders of each person, of a shelf each, with something that anybody might buy in each.
    fn drawn() -> Self {
        let (mut orders, mut drawn) = (Self::default(), Drawn(7));
        for person in 0..PEOPLE {
            let shelf = drawn.below(SHELVES) * 10;
            orders.put(person, 1, shelf);
            orders.put(person, 2, shelf + 1);
            if !drawn.one_in(3) {
                orders.put(person, 2, shelf + 2);
            }
            for at in 1..4 {
                if !drawn.one_in(4) {
                    orders.put(person, at, shelf + 3);
                }
                let anything = drawn.below(SHELVES * 10);
                orders.put(person, at, anything);
                if drawn.one_in(2) {
                    // What everybody buys says nothing.
                    orders.put(person, at, SHELVES * 10);
                }
            }
        }
        orders
    }

    fn table(&self) -> Vec<Neighbours> {
        let purchases = Purchases { people: &self.people, items: &self.items, times: &self.times };
        let named = |neighbours: Vec<(usize, f64)>| {
            neighbours.into_iter().map(|(item, worth)| (item.to_string(), worth)).collect()
        };
        train(purchases).into_iter().map(named).collect()
    }
}

fn ranked(table: &[Neighbours], bought: u32, n: usize, repeat: bool) -> Vec<u32> {
    let own = bought.to_string();
    let neighbours = [&table[bought as usize][..]];
    rank(&neighbours, n, |_| 1.0, |item| !repeat && item == own)
        .into_iter()
        .map(|item| item.parse().unwrap())
        .collect()
}

#[test]
fn what_follows_by_the_rules_is_recommended_first() {
    let table = Orders::drawn().table();
    let right = (0..SHELVES).filter(|shelf| {
        let mut first = ranked(&table, shelf * 10, 3, false);
        first.sort_unstable();
        first == [shelf * 10 + 1, shelf * 10 + 2, shelf * 10 + 3]
    });
    assert_eq!(right.count(), SHELVES as usize);
}

#[test]
fn what_leads_to_something_is_worth_more_than_the_way_back() {
    let table = Orders::drawn().table();
    for shelf in (0..SHELVES).map(|shelf| shelf * 10) {
        let worth = |from: u32, to: u32| {
            let found = table[from as usize].iter().find(|(item, _)| *item == to.to_string());
            found.map_or(0.0, |(_, worth)| *worth)
        };
        assert!(worth(shelf, shelf + 1) > 1.5 * worth(shelf + 1, shelf), "shelf {shelf}");
    }
}

#[test]
fn what_is_bought_again_is_recommended_again_where_that_is_wished_and_what_everybody_buys_is_not_first() {
    let table = Orders::drawn().table();
    for shelf in (0..SHELVES).map(|shelf| shelf * 10) {
        assert!(ranked(&table, shelf + 3, 5, true).contains(&(shelf + 3)), "shelf {shelf}");
        assert!(!ranked(&table, shelf + 3, 50, false).contains(&(shelf + 3)), "shelf {shelf}");
        assert!(!ranked(&table, shelf, 5, true).contains(&shelf), "shelf {shelf}");
        assert_ne!(ranked(&table, shelf, 1, false), [SHELVES * 10]);
    }
}
