//! Forgetting somebody: by their own wish, because somebody is gone whom they shared with, or since nothing was heard for
//! more than a year.

use super::State;
use super::grave::{KEPT_MS, mark};
use super::log::Log;
use super::state::DAY_MS;
use crate::event::Alias;

/// After how long without anything heard somebody is forgotten, in milliseconds.
const SILENT_MS: i64 = 400 * DAY_MS;
/// The same in seconds: so long it stands elsewhere, too.
pub const SILENT_S: i64 = SILENT_MS / 1_000;

impl State {
    /// Forgets all at `now_ms`; says up to when, and who is to be told. What was begun before and not ended is told again.
    pub fn forget(&mut self, now_ms: i64) -> (i64, Vec<Alias>) {
        let mut grave = self.grave.take().unwrap_or_default();
        let until_ms = now_ms.max(self.last_ms()).max(grave.until_ms.unwrap_or(now_ms));
        let others = self.shares.keys().chain(self.bindings.users());
        for other in others {
            if !grave.untold.contains(other) {
                grave.untold.push(other.clone());
            }
        }
        grave.made_ms = now_ms;
        grave.until_ms = Some(until_ms);
        grave.remember(self.person().events().map(|event| mark(&event.stamp.message_id)));
        grave.remember(self.untimed.iter().map(|(_, mark)| *mark));
        let untold = grave.untold.clone();
        *self = Self { grave: Some(grave), ..Self::default() };
        (until_ms, untold)
    }

    /// Takes in that of `gone` nothing up to `until_ms` is known any more: a user loses what that device shared, a device
    /// what is this user's; all of it when it was nobody else's.
    pub(super) fn lose(&mut self, gone: &Alias, until_ms: i64) {
        self.shares.remove(gone);
        if !self.bindings.users().contains(gone) {
            return;
        }
        let was_only = self.only_user().is_some();
        let mut grave = self.grave.take().unwrap_or_default();
        grave.made_ms = grave.made_ms.max(until_ms);
        let is_first = self.bindings.first() == Some(gone);
        let bindings = &self.bindings;
        let is_lost = |at_ms| at_ms <= until_ms && bindings.owner(at_ms) == Some(gone);
        let lost = self.log.events().filter(|event| is_lost(event.stamp.at_ms));
        grave.remember(lost.map(|event| mark(&event.stamp.message_id)));
        self.log.lose(is_lost, is_first.then_some(until_ms));
        self.bindings.lose(gone, until_ms);
        self.shared.remove(gone);
        grave.users.retain(|(user, _)| user != gone);
        grave.users.push((gone.clone(), until_ms));
        grave.remember(self.untimed.iter().map(|(_, mark)| *mark));
        self.acted &= !self.log.is_empty();
        if was_only && self.bindings.users().is_empty() {
            grave.until_ms = grave.until_ms.max(Some(until_ms));
            self.untimed.clear();
            // What was done since is somebody new's.
            self.seen &= self.acted;
        }
        self.grave = Some(grave);
    }

    /// Lets go what is over at `now_ms`; says when to look again, or nothing when nothing is left.
    pub fn lapse(&mut self, now_ms: i64) -> Option<i64> {
        let over_ms = self.grave.as_ref().map(|grave| grave.made_ms.saturating_add(KEPT_MS));
        if over_ms.is_some_and(|over_ms| over_ms <= now_ms) {
            self.grave = None;
        }
        let heard_ms = self.last_ms().max(self.day.saturating_add(1).saturating_mul(DAY_MS));
        let silent_ms = heard_ms.saturating_add(SILENT_MS);
        if self.is_empty() || silent_ms <= now_ms {
            *self = Self { grave: self.grave.take(), ..Self::default() };
            return over_ms.filter(|_| self.grave.is_some());
        }
        Some(over_ms.filter(|over_ms| *over_ms > now_ms).map_or(silent_ms, |over_ms| over_ms.min(silent_ms)))
    }

    fn is_empty(&self) -> bool {
        let knows = self.seen || self.acted || !self.bindings.users().is_empty();
        !knows && self.log.is_empty() && self.shares.is_empty() && self.untimed.is_empty()
    }

    /// The latest time that is known of, in milliseconds since 1970; 0 when there is none.
    fn last_ms(&self) -> i64 {
        let logs = std::iter::once(&self.log).chain(self.shares.values().map(|share| &share.log));
        let events = logs.filter_map(Log::last_ms);
        let shares = self.shares.values().map(|share| share.bound_at_ms);
        let untimed = self.untimed.iter().map(|(at_ms, _)| *at_ms);
        events.chain(shares).chain(untimed).chain(self.bindings.last_ms()).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kv_keeps_as_long_what_the_shell_and_the_command_write() {
        let kept = include_str!("../../../npm/src/kept.ts");
        let (_, factors) = kept.split_once("KEPT_S = ").unwrap();
        let product: i64 = factors.trim().split(" * ").map(|factor| factor.parse::<i64>().unwrap()).product();
        assert_eq!(product, SILENT_S);
    }
}
