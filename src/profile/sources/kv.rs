//! Profiles in a KV namespace: under `{entity}:{id_type}:{id}`, exactly the `data` object of the Activation API.

use crate::identity::anonymous_id::AnonymousId;
use crate::profile::lookup::Ask;
use crate::profile::settings::Profiles;
use crate::profile::view::View;
use crate::profile::{Answer, Failure};

/// The key of a profile. KV keys have up to 512 bytes; a longer one is never stored, and so not asked for.
#[must_use]
pub fn key(entity: &str, id_type: &str, id: &str) -> Option<String> {
    const MAX_KEY_BYTES: usize = 512;
    let key = format!("{entity}:{id_type}:{id}");
    (key.len() <= MAX_KEY_BYTES).then_some(key)
}

/// What it is asked; nothing when the id can have no key.
pub(super) fn ask(id: &AnonymousId, profiles: &Profiles) -> Option<Ask> {
    profiles.kv_key(id).map(|key| Ask::Kv { key })
}

/// Reads what stands under a key, as it is at `now_ms`: nothing is a visitor not known.
pub fn read(value: Option<&str>, view: &View, now_ms: u64) -> Result<Answer, Failure> {
    let Some(data) = value else { return Ok(Answer::Unknown) };
    Ok(match view.read(data, now_ms)? {
        Some(profile) => Answer::Known(profile, None),
        None => Answer::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_of_entity_id_type_and_id() {
        assert_eq!(key("user", "anonymous_id", "2c5b").as_deref(), Some("user:anonymous_id:2c5b"));
        assert_eq!(key("user", "anonymous_id", &"x".repeat(512)), None);
    }
}
