//! What one alias keeps: one row of its own object.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Person;
use super::bindings::Bindings;
use super::kept_since::KeptSince;
use super::log::Log;
use super::message::Message;
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
    /// Of a device: what it shares with each of its users.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub shared: BTreeMap<Alias, Shared>,
    /// Since when what features look at is kept here.
    #[serde(skip_serializing_if = "KeptSince::is_empty")]
    pub kept_since: KeptSince,
}

/// Which share a user has, or is still to be told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shared {
    /// Its version.
    pub version: u64,
    /// What tells it from the version before.
    pub fingerprint: String,
    /// Whether the user's object has said that it has it.
    pub is_told: bool,
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
    /// What of it is kept since a later time than the first message.
    #[serde(skip_serializing_if = "KeptSince::is_empty")]
    pub kept_since: KeptSince,
}

impl State {
    /// Takes a message in, and says what is to be told to whom. `own` is the alias whose state this is.
    ///
    /// What nobody has [acknowledged](Self::acknowledge) is told again each time: nothing of it counts twice.
    pub fn apply(&mut self, own: &Alias, message: Message) -> BTreeMap<Alias, Message> {
        self.seen |= message.seen;
        self.acted |= message.acted;
        let is_news = !message.kept.is_empty();
        self.log.extend(message.kept);
        for (device, share) in message.shares {
            let there = self.shares.entry(device).or_default();
            if share.version >= there.version {
                *there = share;
            }
        }
        message.bindings.into_iter().for_each(|(at_ms, user)| self.bindings.insert(at_ms, user));
        let mut told = message.onward;
        // An alias that is only named by somebody is nobody's device yet.
        if self.seen {
            for user in self.bindings.users().clone() {
                // All of a device's is its only user's, whenever they were bound to it.
                if !is_news && self.only_user() == Some(&user) && self.has_told(&user) {
                    continue;
                }
                if let Some(share) = self.owed(&user) {
                    told.entry(user).or_default().shares.push((own.clone(), share));
                }
            }
        }
        // Who has this device's share knows that there is somebody.
        told.retain(|user, message| message.teaches() || !self.has_told(user));
        told
    }

    fn has_told(&self, user: &Alias) -> bool {
        self.shared.get(user).is_some_and(|shared| shared.is_told)
    }

    /// Takes in that `user` has the share of this version.
    pub fn acknowledge(&mut self, user: &Alias, version: u64) {
        if let Some(shared) = self.shared.get_mut(user) {
            shared.is_told |= shared.version == version;
        }
    }

    /// What this device shares with one of its users, when they may not have it.
    fn owed(&mut self, user: &Alias) -> Option<Share> {
        let is_first = self.bindings.first() == Some(user);
        let mut share = Share {
            version: 0,
            is_shared: self.bindings.users().len() > 1,
            log: self.log.part(|at_ms| self.bindings.owner(at_ms) == Some(user), is_first),
            kept_since: self.kept_since.later(),
        };
        let digest: [u8; 32] = Sha256::digest(serde_json::to_vec(&share).unwrap_or_default()).into();
        let fingerprint = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let shared = self.shared.entry(user.clone()).or_default();
        if shared.fingerprint != fingerprint {
            *shared = Shared { version: shared.version + 1, fingerprint, is_told: false };
        }
        share.version = shared.version;
        if shared.is_told { None } else { Some(share) }
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
        let shares = self.shares.values();
        let mut person = Person::of(std::iter::once(&self.log).chain(shares.clone().map(|share| &share.log)));
        person.kept_since.push(&self.kept_since);
        person.kept_since.extend(shares.map(|share| &share.kept_since));
        person
    }

    /// The aliases whose pages know what this one knows: itself, and the devices that are nobody else's. A device of one
    /// user knows what that user does, so it answers for none itself; one of several has a profile only if something was
    /// done there without a name.
    #[must_use]
    pub fn aliases(&self, own: &Alias) -> Vec<Alias> {
        if self.only_user().is_some() || (!self.acted && self.shares.is_empty()) {
            return Vec::new();
        }
        let devices = self.shares.iter().filter(|(_, share)| !share.is_shared);
        std::iter::once(own.clone()).chain(devices.map(|(device, _)| device.clone())).collect()
    }
}
