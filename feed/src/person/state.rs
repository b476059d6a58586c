//! What one alias keeps: one row of its own object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bindings::Bindings;
use super::log::Log;
use super::stitching::Message;
use super::Person;
use crate::event::Alias;

/// What an alias keeps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Whether anybody was ever seen by this alias: one that is only named by an `alias` event is nobody's device yet.
    pub seen: bool,
    /// Whether anything was done by this alias alone: of a device, without a user's name.
    pub acted: bool,
    /// Of a device: what nobody did by name. Of a user: what was done by their name.
    pub log: Log,
    /// Of a device: whose it was.
    pub bindings: Bindings,
    /// Of a user: what their devices share with them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub shares: BTreeMap<Alias, Share>,
    /// Of a device: how often what it shares has changed.
    pub version: u64,
    /// Of a device: what each user was told last.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub told: BTreeMap<Alias, Share>,
}

/// What a device shares with one of its users; the newest version holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Share {
    /// Counts up at the device.
    pub version: u64,
    /// Whether the device has other users, too: then its own page knows only what nobody did by name.
    pub is_shared: bool,
    /// What nobody did by name while the device was this user's.
    pub log: Log,
}

impl State {
    /// Takes a message in, and says what is to be told to whom. `own` is the alias whose state this is.
    ///
    /// Whatever was not told for certain is told again: nothing of it counts twice.
    pub fn apply(&mut self, own: &Alias, message: Message) -> BTreeMap<Alias, Message> {
        self.seen |= message.seen;
        self.acted |= message.acted;
        message.kept.into_iter().for_each(|event| self.log.insert(event));
        for (device, share) in message.shares {
            let there = self.shares.entry(device).or_default();
            if share.version >= there.version {
                *there = share;
            }
        }
        message.bindings.into_iter().for_each(|(at_ms, user)| self.bindings.insert(at_ms, user));
        let mut told = message.onward;
        for (user, share) in self.changed_shares() {
            told.entry(user).or_default().shares.push((own.clone(), share));
        }
        told
    }

    /// What each user of this device must be told, as it was not yet.
    fn changed_shares(&mut self) -> Vec<(Alias, Share)> {
        if !self.seen {
            return Vec::new();
        }
        let mut changed = Vec::new();
        for user in self.bindings.users() {
            let is_first = self.bindings.first() == Some(user);
            let log = self.log.part(|at_ms| self.bindings.owner(at_ms) == Some(user), is_first);
            let is_shared = self.bindings.users().len() > 1;
            let told = self.told.get(user);
            if told.is_none_or(|told| told.is_shared != is_shared || told.log != log) {
                changed.push((user.clone(), Share { version: self.version + 1, is_shared, log }));
            }
        }
        if !changed.is_empty() {
            self.version += 1;
        }
        self.told.extend(changed.iter().cloned());
        changed
    }

    /// The one user whose device this is, and nobody else's.
    #[must_use]
    pub fn only_user(&self) -> Option<&Alias> {
        let users = self.bindings.users();
        users.first().filter(|_| users.len() == 1)
    }

    /// All that is known by this alias itself, and by the devices that share with it.
    #[must_use]
    pub fn person(&self) -> Person<'_> {
        Person::of(std::iter::once(&self.log).chain(self.shares.values().map(|share| &share.log)))
    }

    /// The aliases whose pages know what this one knows: itself, and the devices that are nobody else's. A device of one
    /// user knows what that user does, so it answers for none itself; one of several has a profile only if something was
    /// done there without a name.
    #[must_use]
    pub fn aliases(&self, own: &Alias) -> Vec<Alias> {
        if self.only_user().is_some() || !(self.acted || !self.shares.is_empty()) {
            return Vec::new();
        }
        let devices = self.shares.iter().filter(|(_, share)| !share.is_shared);
        std::iter::once(own.clone()).chain(devices.map(|(device, _)| device.clone())).collect()
    }
}
