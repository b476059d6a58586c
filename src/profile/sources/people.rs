//! People themselves: the feed's Durable Object of a visitor's anonymous id, bound as `PEOPLE`. It tells the snapshot that it
//! also writes to KV, without the minute that KV may take elsewhere.

use super::kv;
use crate::identity::anonymous_id::AnonymousId;
use crate::profile::lookup::Ask;
use crate::profile::settings::Profiles;
use crate::profile::{Answer, Failure};

/// The name of the object of an anonymous id.
fn name(id: &AnonymousId) -> String {
    format!("anonymous_id:{}", id.as_str())
}

/// What it is asked.
pub(super) fn ask(id: &AnonymousId) -> Ask {
    Ask::Object { name: name(id) }
}

/// Reads a snapshot, as it stands in KV, too. It is not written back: an object keeps KV up to date itself, and for longer.
pub(super) fn read(value: Option<&str>, profiles: &Profiles, now_ms: u64) -> Result<Answer, Failure> {
    kv::read(value, &profiles.view, now_ms)
}
