//! The feed: where profiles come from.
//!
//! RudderStack's events become people, and people the profiles that pages read: events come in through [`gateway`], an
//! [`event`] is read, [`declaration`] says what of it matters, [`identity`] by which ids people are known, [`route`] who hears of
//! it, [`person`] holds what is known by an alias, [`object`] keeps it, and [`snapshot`] is what its pages are told. [`activation`] answers RudderStack's Activation API from
//! what is stored. All of it is pure: told bytes and the time, it says bytes. Only `worker` does anything, on Cloudflare.
//! No page view runs any of this.

pub mod activation;
pub mod declaration;
pub mod event;
pub mod gateway;
pub mod identity;
pub mod location;
pub mod object;
pub mod person;
pub mod route;
pub mod settings;
pub mod snapshot;

#[cfg(target_arch = "wasm32")]
pub mod worker;
