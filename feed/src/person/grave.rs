//! What stays of somebody who was deleted, for a week: when that was, and numbers that tell the events that they had.
//!
//! Whatever was said up to then is refused, whoever brings it and however late; what comes again without a time of its
//! own is told by its `messageId`. What they do afterwards is somebody new.

use serde::{Deserialize, Serialize};

use super::log::{Kept, Log};
use super::message::Message;
use crate::digest;
use crate::event::Alias;

/// How long it stays, in milliseconds: RudderStack tries again for three hours, and devices are offline for days.
pub(super) const KEPT_MS: i64 = 7 * 24 * 60 * 60 * 1_000;
/// How many events are told again.
const MAX_MARKS: usize = 4_096;

/// What tells an event again that is not kept any more.
#[must_use]
pub fn mark(message_id: &str) -> u64 {
    digest::number(message_id.as_bytes())
}

/// What stays of somebody.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Grave {
    /// When it was made, in milliseconds since 1970.
    pub made_ms: i64,
    /// Up to when everything is refused; nothing where only a user of a shared device is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// Up to when a device is not bound to whom.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<(Alias, i64)>,
    /// The latest events that were there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<u64>,
    /// Who is still to be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub untold: Vec<Alias>,
}

impl Grave {
    /// Remembers events, the latest of them when there are many.
    pub(super) fn remember(&mut self, marks: impl Iterator<Item = u64>) {
        for mark in marks {
            if !self.marks.contains(&mark) {
                self.marks.push(mark);
            }
        }
        let over = self.marks.len().saturating_sub(MAX_MARKS);
        self.marks.drain(..over);
    }

    /// Takes out of a message what is refused; says which devices share with somebody who is gone.
    pub(super) fn refuse(&self, message: &mut Message) -> Vec<Alias> {
        message.kept.retain(|event| !self.has(event));
        message.heard.retain(|heard| !self.is_of(heard.at_ms, heard.mark));
        message.bindings.retain(|(at_ms, user, mark)| {
            let is_gone = self.users.iter().any(|(gone, until_ms)| gone == user && at_ms <= until_ms);
            !is_gone && !self.is_of(*at_ms, *mark)
        });
        let mut refused = Vec::new();
        let until_ms = self.until_ms;
        message.shares.retain(|(device, share)| {
            let is_taken = until_ms.is_none_or(|until_ms| share.bound_at_ms > until_ms);
            if !is_taken {
                refused.push(device.clone());
            }
            is_taken
        });
        message.shares.iter_mut().for_each(|(_, share)| self.clear(&mut share.log));
        refused
    }

    fn clear(&self, log: &mut Log) {
        log.retain(|at_ms, message_id| !self.is_of(at_ms, mark(message_id)));
    }

    fn has(&self, event: &Kept) -> bool {
        self.is_of(event.stamp.at_ms, mark(&event.stamp.message_id))
    }

    fn is_of(&self, at_ms: i64, mark: u64) -> bool {
        self.until_ms.is_some_and(|until_ms| at_ms <= until_ms) || self.marks.contains(&mark)
    }
}
