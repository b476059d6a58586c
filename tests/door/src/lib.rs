//! A door to decisions for tests: they are asked as GrowthBook's SDK is asked, and answer in its words.
//!
//! It is a crate and a wasm module of its own, and nothing of it is in what is shipped.

mod result;
pub mod sdk;

#[cfg(target_arch = "wasm32")]
pub mod javascript;
