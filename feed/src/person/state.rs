//! What one alias keeps: one row of its own object.

use litemap::LiteMap;
use serde::{Deserialize, Serialize};

use super::Person;
use super::bindings::Bindings;
use super::grave::Grave;
use super::kept_since::KeptSince;
use super::log::{Log, text_size};
use super::message::{Heard, Message};
use crate::digest;
use crate::event::Alias;
use crate::identity::Identity;
use crate::sorted::put;

/// A day, in milliseconds.
pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How many events without a time of their own are told again.
const MAX_UNTIMED: usize = 64;

/// How many ids a user's row has room for, whatever is declared, and how many bytes of what they share.
const MAX_SHARES: usize = 500;
const MAX_SHARED_BYTES: usize = 1024 * 1024;

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
    #[serde(with = "crate::sorted", skip_serializing_if = "LiteMap::is_empty")]
    pub shares: LiteMap<Alias, Share>,
    /// Of a device: what it shares with each of its users.
    #[serde(with = "crate::sorted", skip_serializing_if = "LiteMap::is_empty")]
    pub shared: LiteMap<Alias, Shared>,
    /// Since when what features look at is kept here.
    #[serde(skip_serializing_if = "KeptSince::is_empty")]
    pub kept_since: KeptSince,
    /// The day on which somebody was last heard of, counted from 1970.
    #[serde(skip_serializing_if = "is_zero")]
    pub day: i64,
    /// The latest events that had no time of their own: when they came, and their marks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub untimed: Vec<(i64, u64)>,
    /// What stays of somebody who was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grave: Option<Grave>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde has it so")]
fn is_zero(it: &i64) -> bool {
    *it == 0
}

/// Which share a user has, or is still to be told.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shared {
    /// Its version.
    pub version: u64,
    /// What tells it from the version before.
    pub fingerprint: String,
    /// The day of it on which the device was last bound, counted from 1970.
    #[serde(skip_serializing_if = "is_zero")]
    pub day: i64,
    /// Whether the user's object has said that it has it.
    pub is_told: bool,
}

/// What a device shares with one of its users; the newest version holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Share {
    /// Counts up at the device.
    pub version: u64,
    /// When the device was last bound to this user, in milliseconds since 1970: to the day, and exactly when it was told.
    #[serde(skip_serializing_if = "is_zero")]
    pub bound_at_ms: i64,
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
    pub fn apply(&mut self, own: &Alias, mut message: Message) -> LiteMap<Alias, Message> {
        let mut told = std::mem::take(&mut message.onward);
        if let Some(grave) = &self.grave {
            for device in grave.refuse(&mut message) {
                let until_ms = grave.until_ms.unwrap_or_default();
                told.entry(device).or_default().gone.push((own.clone(), until_ms));
            }
        }
        let is_news = !(message.kept.is_empty() && message.gone.is_empty());
        message.heard.into_iter().for_each(|heard| self.hear(&heard));
        self.log.extend(message.kept);
        let is_shared_with = !message.shares.is_empty();
        for (device, share) in message.shares {
            let there = self.shares.entry(device).or_default();
            if share.version >= there.version {
                *there = share;
            }
        }
        if is_shared_with {
            self.bound();
        }
        message.bindings.into_iter().for_each(|(at_ms, user, _)| self.bindings.insert(at_ms, user));
        message.gone.iter().for_each(|(gone, until_ms)| self.lose(gone, *until_ms));
        let users = self.bindings.users();
        self.shared.retain(|user, _| {
            let is_user = users.contains(user);
            if !is_user {
                told.entry(user.clone()).or_default().gone.push((own.clone(), i64::MIN));
            }
            is_user
        });
        // An alias that is only named by somebody is nobody's device yet.
        if self.seen {
            for user in self.bindings.users().to_vec() {
                // All of a device's is its only user's, whenever they were bound to it.
                if !is_news && self.only_user() == Some(&user) && self.has_told_day(&user) {
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

    /// Whether it told also that it was this user's on the latest day.
    fn has_told_day(&self, user: &Alias) -> bool {
        let day = self.bindings.last_of(user).unwrap_or_default().div_euclid(DAY_MS);
        self.has_told(user) && self.shared.get(user).is_some_and(|shared| shared.day == day)
    }

    fn has_told(&self, user: &Alias) -> bool {
        self.shared.get(user).is_some_and(|shared| shared.is_told)
    }

    /// Takes as the user's own what there is no room to keep apart: of the ids that were bound longest ago.
    fn bound(&mut self) {
        let mut bytes: usize = self.shares.iter().map(|(device, share)| share.bytes(device)).sum();
        while self.shares.len() > MAX_SHARES || bytes > MAX_SHARED_BYTES {
            let oldest = self.shares.iter().min_by_key(|(device, share)| (share.day(), *device));
            let Some(device) = oldest.map(|(device, _)| device.clone()) else { return };
            if let Some(share) = self.shares.remove(&device) {
                bytes = bytes.saturating_sub(share.bytes(&device));
                self.log.join(share.log);
            }
        }
    }

    fn hear(&mut self, heard: &Heard) {
        self.seen = true;
        self.acted |= heard.acted;
        self.day = self.day.max(heard.at_ms.div_euclid(DAY_MS));
        if heard.untimed && !self.untimed.iter().any(|(_, mark)| *mark == heard.mark) {
            let at = self.untimed.partition_point(|there| *there < (heard.at_ms, heard.mark));
            self.untimed.insert(at, (heard.at_ms, heard.mark));
            let over = self.untimed.len().saturating_sub(MAX_UNTIMED);
            self.untimed.drain(..over);
        }
    }

    /// Takes in that `user` has the share of this version.
    pub fn acknowledge(&mut self, user: &Alias, version: u64) {
        if let Some(shared) = self.shared.get_mut(user) {
            shared.is_told |= shared.version == version;
        }
    }

    /// Takes in that `other` knows who is gone.
    pub fn acknowledge_gone(&mut self, other: &Alias) {
        if let Some(grave) = &mut self.grave {
            grave.untold.retain(|untold| untold != other);
        }
    }

    /// What this device shares with one of its users, when they may not have it.
    fn owed(&mut self, user: &Alias) -> Option<Share> {
        let is_first = self.bindings.first() == Some(user);
        let bound_at_ms = self.bindings.last_of(user).unwrap_or_default();
        let mut share = Share {
            version: 0,
            // To the day: each login would be told otherwise.
            bound_at_ms: bound_at_ms.div_euclid(DAY_MS),
            is_shared: self.bindings.users().len() > 1,
            log: self.log.part(|at_ms| self.bindings.owner(at_ms) == Some(user), is_first),
            kept_since: self.kept_since.later(),
        };
        let fingerprint = digest::hex(&serde_json::to_vec(&share).unwrap_or_default(), 8);
        let shared = self.shared.entry(user.clone()).or_default();
        if shared.fingerprint != fingerprint {
            let day = bound_at_ms.div_euclid(DAY_MS);
            *shared = Shared { version: shared.version.saturating_add(1), fingerprint, day, is_told: false };
        }
        share.version = shared.version;
        share.bound_at_ms = bound_at_ms;
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
        let shares = || self.shares.values();
        let mut person = Person::of(std::iter::once(&self.log).chain(shares().map(|share| &share.log)));
        person.kept_since.push(&self.kept_since);
        person.kept_since.extend(shares().map(|share| &share.kept_since));
        person
    }

    /// The aliases whose pages know what this one knows: itself, and the devices that are nobody else's, as many as a person
    /// has of their type. A device of one user knows what that user does, so it answers for none itself; one of several has
    /// a profile only if something was done there without a name.
    #[must_use]
    pub fn aliases(&self, own: &Alias, identity: &Identity) -> Vec<Alias> {
        if self.only_user().is_some() || (!self.acted && self.shares.is_empty()) {
            return Vec::new();
        }
        let off = self.off(identity);
        let devices = self.shares.iter().filter(|(device, share)| !share.is_shared && !off.contains(device));
        std::iter::once(own.clone()).chain(devices.map(|(device, _)| device.clone())).collect()
    }

    /// The devices that are too many: of each type those that were bound to this user longest ago. What was done there is
    /// the user's all the same.
    #[must_use]
    pub fn off(&self, identity: &Identity) -> Vec<Alias> {
        too_many(&self.unshared(), identity)
    }

    /// The devices that are nobody else's, by the day on which they were last bound.
    #[must_use]
    pub fn unshared(&self) -> Vec<(i64, Alias)> {
        let unshared = self.shares.iter().filter(|(_, share)| !share.is_shared);
        let mut ranked = Vec::new();
        unshared.for_each(|(device, share)| put(&mut ranked, (share.day(), device.clone())));
        ranked
    }
}

/// Which of these are too many, as [`State::off`] has it.
#[must_use]
pub fn too_many(ranked: &[(i64, Alias)], identity: &Identity) -> Vec<Alias> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    let mut off = Vec::new();
    for (_, device) in ranked.iter().rev() {
        let id_type = device.id_type();
        let count = match counts.iter_mut().find(|(counted, _)| *counted == id_type) {
            Some((_, count)) => {
                *count += 1;
                *count
            }
            None => {
                counts.push((id_type, 1));
                1
            }
        };
        if count > identity.maximum(id_type) {
            off.push(device.clone());
        }
    }
    off
}

impl Share {
    /// At least the bytes that it has as it is stored.
    fn bytes(&self, device: &Alias) -> usize {
        const AROUND: usize = 160;
        AROUND + text_size(device.as_str()) + self.log.bytes() + self.kept_since.bytes()
    }

    /// The day on which the device was last bound: the same, whichever login of that day was told.
    fn day(&self) -> i64 {
        self.bound_at_ms.div_euclid(DAY_MS)
    }
}
