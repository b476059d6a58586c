//! Pintle knows who a visitor is before the page is served.
//!
//! A request is two pure functions with a lookup between them, and the lookup is a pure machine too:
//!
//! ```text
//! request ──identify()──▶ Visit ──next()──▶ Ask ──a shell carries bytes──▶ Reply ─┐
//!                           ▲                                                     │
//!                           └────────────── replied() · ran_out() ◀───────────────┘
//!                           │  Enough
//!                           ▼
//!                     Visit::respond() ──▶ Plan    all that must be done to the response, and after it
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
