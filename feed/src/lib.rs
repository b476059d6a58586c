//! The feed: where profiles come from.
//!
//! Today it answers RudderStack's Activation API from KV, so that a site can be asked for its visitors' profiles as
//! RudderStack can. Its rules are pure and know neither requests nor KV; [`activation`] is told bytes and says
//! bytes, and so does [`gateway`], which events come through. Only `worker` does anything, on Cloudflare. No page view runs any of this.

pub mod activation;
pub mod gateway;

#[cfg(target_arch = "wasm32")]
pub mod worker;
