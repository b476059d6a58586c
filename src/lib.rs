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

#[cfg(all(target_arch = "wasm32", feature = "boundary"))]
pub mod boundary;

pub mod endpoint;

pub mod visit;

pub mod settings;

pub mod delivery;
pub mod profile;

pub mod decision;
pub mod identity;
pub mod request;

pub mod document;
pub mod ecmascript;
pub mod seal;
