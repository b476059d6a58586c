//! Objects without a runtime: each alias with its row as it is stored, messages between them, and crashes.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pintle::document::mistake::{Mistakes, Place};
use pintle_feed::declaration::Declarations;
use pintle_feed::event::{Alias, Event};
use pintle_feed::identity::Identity;
use pintle_feed::object;
use pintle_feed::person::State;
use pintle_feed::recommendation::table::{Tables, key, key_of};
use pintle_feed::route::route;
use pintle_feed::snapshot;
use serde_json::{Map, Value, json};

/// The rows of all objects.
#[derive(Default, Clone)]
pub(crate) struct Network(BTreeMap<Alias, String>);

/// What people are made of, and by which ids they are known.
pub(crate) struct Settings {
    pub(crate) declarations: Declarations,
    pub(crate) identity: Identity,
    pub(crate) tables: Tables,
}

impl Settings {
    /// Panics when a section is wrong.
    pub(crate) fn compile(profile: &Value, identity: Option<&Value>) -> Self {
        let mut mistakes = Mistakes::default();
        let declarations = Declarations::compile(Some(profile), Place::Root, BTreeSet::new(), &mut mistakes);
        let identity = Identity::compile(identity, Place::Root, &mut mistakes);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        Self { declarations, identity, tables: Tables::none() }
    }

    /// The same, with these tables at hand: `{"name": {"item": [["neighbour", 0.5]]}}`.
    pub(crate) fn with(mut self, tables: &Value) -> Self {
        let mut rows = Map::new();
        for (name, items) in tables.as_object().into_iter().flatten() {
            rows.insert(key(name), json!({}));
            for (item, neighbours) in items.as_object().unwrap() {
                rows.insert(key_of(name, item), neighbours.clone());
            }
        }
        self.tables = Tables::read(&Value::Object(rows).to_string());
        self
    }
}

impl Network {
    /// Takes events in, and whatever objects then tell each other.
    pub(crate) fn take(&mut self, events: Vec<Event>, settings: &Settings) {
        self.take_until(usize::MAX, events, settings);
    }

    /// The same, but everything stops after so many messages, whoever still waits. Says whether it came to its end.
    pub(crate) fn take_until(&mut self, messages: usize, events: Vec<Event>, settings: &Settings) -> bool {
        let told = route(&events, &settings.declarations, &settings.identity).into_iter();
        let mut told: VecDeque<_> = told.map(|(alias, message)| (None, alias, message)).collect();
        for _ in 0..messages {
            let Some((from, alias, message)) = told.pop_front() else { return true };
            let versions: Vec<_> = message.shares.iter().map(|(_, share)| share.version).collect();
            let onward = self.change(&alias, |state| state.apply(&alias, message)).into_iter();
            if let Some(from) = from {
                versions.into_iter().for_each(|version| {
                    self.change(&from, |state| state.acknowledge(&alias, version));
                });
            }
            told.extend(onward.map(|(to, message)| (Some(alias.clone()), to, message)));
        }
        false
    }

    /// Fulfils the wish that this alias be forgotten at `now_ms`; everything stops after so many messages. Says whether it
    /// came to its end.
    pub(crate) fn forget(&mut self, messages: usize, asked: &Alias, now_ms: i64) -> bool {
        let row = |network: &Self, alias: &Alias| network.0.get(alias).cloned();
        let first = object::forget(row(self, asked).as_deref(), asked, asked, now_ms).unwrap();
        let own = first.ask.clone().unwrap_or_else(|| asked.clone());
        let wish = if first.ask.is_some() {
            object::forget(row(self, &own).as_deref(), &own, asked, now_ms).unwrap()
        } else {
            first
        };
        let Some(changed) = wish.row else { return true };
        self.0.insert(own.clone(), changed);
        // Whoever was asked is told last: as long as they are not, the wish can be repeated there.
        let (mut others, last): (Vec<_>, Vec<_>) =
            wish.onward.into_iter().partition(|each| each.to != *asked);
        others.extend(last);
        for (count, each) in others.into_iter().enumerate() {
            if count >= messages {
                return false;
            }
            self.carry(&each.to, &each.body);
            let acknowledged = object::acknowledge(row(self, &own).as_deref(), &each.to, &[]).unwrap();
            self.0.insert(own.clone(), acknowledged);
        }
        true
    }

    fn carry(&mut self, to: &Alias, body: &str) {
        let taken = object::take(self.0.get(to).map(String::as_str), body).unwrap();
        self.0.insert(to.clone(), taken.row);
        for each in taken.onward {
            self.carry(&each.to, &each.body);
            if !each.versions.is_empty() {
                let row = self.0.get(to).map(String::as_str);
                let acknowledged = object::acknowledge(row, &each.to, &each.versions).unwrap();
                self.0.insert(to.clone(), acknowledged);
            }
        }
    }

    /// What is kept under an alias.
    pub(crate) fn row(&self, alias: &Alias) -> Option<&String> {
        self.0.get(alias)
    }

    /// Reads a row, and writes it as it is then.
    fn change<T>(&mut self, alias: &Alias, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state(alias);
        let changed = change(&mut state);
        self.0.insert(alias.clone(), serde_json::to_string(&state).unwrap());
        changed
    }

    fn state(&self, alias: &Alias) -> State {
        self.0.get(alias).map(|row| serde_json::from_str(row).unwrap()).unwrap_or_default()
    }

    /// What the pages of each alias are told.
    pub(crate) fn snapshots(&self, settings: &Settings, now_ms: i64) -> Map<String, Value> {
        let mut snapshots = Map::new();
        for own in self.0.keys() {
            let state = self.state(own);
            let person = state.person().with(&settings.tables);
            for alias in state.aliases(own, &settings.identity) {
                let features = snapshot::features(&settings.declarations, &person, now_ms);
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
        let each = orders.into_iter().flat_map(|order: Vec<usize>| {
            (0..=order.len()).map(move |at| {
                let mut order = order.clone();
                order.insert(at, next);
                order
            })
        });
        orders = each.collect();
    }
    orders
}
