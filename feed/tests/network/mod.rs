//! Objects without a runtime: each alias with its row as it is stored, and messages between them.

use std::collections::{BTreeMap, VecDeque};

use pintle_feed::declaration::Declarations;
use pintle_feed::event::{Alias, Event};
use pintle_feed::person::{Message, State, route};
use pintle_feed::snapshot;
use serde_json::{Map, Value};

/// The rows of all objects.
#[derive(Default)]
pub(crate) struct Network(BTreeMap<Alias, String>);

impl Network {
    /// Takes events in, and whatever objects then tell each other.
    pub(crate) fn take(&mut self, events: Vec<Event>, declarations: &Declarations) {
        let mut told: VecDeque<_> = route(events, declarations).into_iter().collect();
        while let Some((alias, message)) = told.pop_front() {
            told.extend(self.tell(&alias, message));
        }
    }

    /// One message to one object: its row is read, and written.
    fn tell(&mut self, alias: &Alias, message: Message) -> BTreeMap<Alias, Message> {
        let mut state = self.state(alias);
        let told = state.apply(alias, message);
        self.0.insert(alias.clone(), serde_json::to_string(&state).unwrap());
        told
    }

    fn state(&self, alias: &Alias) -> State {
        self.0.get(alias).map(|row| serde_json::from_str(row).unwrap()).unwrap_or_default()
    }

    /// What the pages of each alias are told.
    pub(crate) fn snapshots(&self, declarations: &Declarations, now_ms: i64) -> Map<String, Value> {
        let mut snapshots = Map::new();
        for own in self.0.keys() {
            let state = self.state(own);
            let person = state.person();
            for alias in state.aliases(own) {
                let features = snapshot::features(declarations, &person, now_ms);
                let before = snapshots.insert(alias.as_str().to_owned(), Value::Object(features));
                assert_eq!(before, None, "two objects answer for one alias");
            }
        }
        snapshots
    }
}

/// Orders to try: all of up to five, else forwards and backwards.
pub(crate) fn orders(len: usize) -> Vec<Vec<usize>> {
    let forwards: Vec<_> = (0..len).collect();
    if len > 5 {
        return vec![forwards.clone(), forwards.into_iter().rev().collect()];
    }
    let mut orders = vec![Vec::new()];
    for next in forwards {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..=order.len()).map(move |at| {
                    let mut order = order.clone();
                    order.insert(at, next);
                    order
                })
            })
            .collect();
    }
    orders
}
