//! The feed: where profiles come from.
//!
//! RudderStack's events become people, and people the profiles that pages read. [`settings`] puts together who may send,
//! by which ids people are known and what they have. Events come in through [`gateway`], an [`event`] is read,
//! [`declaration`] says what of it matters, [`identity`] whose ids it names, [`route`] who hears of it, and [`location`] near
//! whom an object is made; [`person`] is what is known by an alias, [`object`] what its row becomes by a message, and
//! [`snapshot`] what its pages are told, with the [`recommendation`] of goods, [`redis`] what other programs read. [`activation`]
//! answers RudderStack's Activation API from what is stored.
//!
//! All of it is pure: told bytes and the time, it says bytes. Only `worker` does anything, on Cloudflare. No page view runs
//! any of this.

pub mod activation;
pub mod declaration;
mod digest;
pub mod event;
pub mod gateway;
pub mod identity;
pub mod location;
pub mod object;
pub mod person;
pub mod recommendation;
pub mod redis;
pub mod route;
pub mod settings;
pub mod snapshot;
mod sorted;

#[cfg(target_arch = "wasm32")]
pub mod worker;
