//! Pintle knows who a visitor is before the page is served.
//!
//! A request is two pure functions with one I/O between them:
//!
//! ```text
//! request ──identify()──▶ Identified ──fetch()──▶ what must be asked, if anything
//!                             │
//!             a shell asks, with a deadline, WHILE the page is already being fetched
//!                             ▼
//!         Identified::respond(lookup) ──▶ Plan    all that must be done to the response
//! ```
//!
//! The core has no clock, randomness, environment or I/O: they are inputs. Every failure ends in the
//! page as it would be without Pintle. The modules stand in the order in which a request meets them.

pub mod visit;

pub mod endpoint;
pub mod page_view;
pub mod request;

pub mod identity;

pub mod profile;

pub mod decision;

pub mod delivery;

pub mod settings;

mod json;

pub mod language;

#[cfg(all(target_arch = "wasm32", feature = "cloudflare"))]
pub mod cloudflare;

#[cfg(all(target_arch = "wasm32", feature = "javascript"))]
pub mod javascript;
