//! Which users a device was bound to, and when.
//!
//! A later login moves the binding and not the past; what was done before the first login belongs to the first user.

use serde::{Deserialize, Serialize};

use crate::event::Alias;
use crate::sorted::put;

/// How many of the latest bindings are kept.
const MAX: usize = 64;
/// With how many users a device shares: those whose ids come first, whoever logs in when.
const MAX_USERS: usize = 100;

/// A device's bindings on a timeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bindings {
    /// The very first.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<(i64, Alias)>,
    /// The first of anybody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<(i64, Alias)>,
    /// The latest, in the order of time and user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    latest: Vec<(i64, Alias)>,
    /// Everybody, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<Alias>,
}

impl Bindings {
    /// Takes in that the device was `user`'s at `at_ms`.
    pub fn insert(&mut self, at_ms: i64, user: Alias) {
        let binding = (at_ms, user.clone());
        if self.first.as_ref().is_none_or(|first| binding < *first) {
            let first = self.first.replace(binding.clone());
            if first.as_ref().is_some_and(|(_, other)| *other != user) {
                self.second = first;
            }
        } else if self.first.as_ref().is_some_and(|(_, first)| *first != user)
            && self.second.as_ref().is_none_or(|second| binding < *second)
        {
            self.second = Some(binding.clone());
        }
        put(&mut self.users, user);
        self.users.truncate(MAX_USERS);
        put(&mut self.latest, binding);
        let over = self.latest.len().saturating_sub(MAX);
        self.latest.drain(..over);
    }

    /// Takes out that the device was `user`'s up to `until_ms`.
    pub fn lose(&mut self, user: &Alias, until_ms: i64) {
        self.latest.retain(|(at_ms, of)| of != user || *at_ms > until_ms);
        if self.first.as_ref().is_some_and(|(at_ms, of)| of == user && *at_ms <= until_ms) {
            self.first = self.latest.first().cloned();
        }
        let first = self.first.as_ref().map(|(_, first)| first.clone());
        self.second = self.latest.iter().find(|(_, of)| Some(of) != first.as_ref()).cloned();
        if !self.latest.iter().any(|(_, of)| of == user) {
            self.users.retain(|there| there != user);
        }
    }

    /// When the device was last bound to `user`, as far as that is still known.
    #[must_use]
    pub fn last_of(&self, user: &Alias) -> Option<i64> {
        let latest = self.latest.iter().rev().find(|(_, of)| of == user).or(self.first.as_ref());
        latest.map(|(at_ms, _)| *at_ms)
    }

    /// When the device was last bound to anybody.
    #[must_use]
    pub fn last_ms(&self) -> Option<i64> {
        self.latest.last().map(|(at_ms, _)| *at_ms)
    }

    /// Everybody who ever used the device.
    #[must_use]
    pub fn users(&self) -> &[Alias] {
        &self.users
    }

    /// Whose the device was first.
    #[must_use]
    pub fn first(&self) -> Option<&Alias> {
        self.first.as_ref().map(|(_, user)| user)
    }

    /// Whose the device was at `at_ms`; nobody's that is still known where somebody else had it since the first, and so long
    /// ago that those bindings are not kept.
    #[must_use]
    pub fn owner(&self, at_ms: i64) -> Option<&Alias> {
        let before = self.latest.iter().take_while(|(since_ms, _)| *since_ms <= at_ms).last();
        let is_kept = self.latest.len() < MAX;
        let is_firsts = || is_kept || self.second.as_ref().is_none_or(|(since_ms, _)| at_ms < *since_ms);
        before.map(|(_, user)| user).or_else(|| self.first().filter(|_| is_firsts()))
    }
}
