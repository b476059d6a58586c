//! What the core does as JavaScript does it, because the SDKs whose formats it reads are JavaScript: the texts of
//! numbers, the numbers of texts, the case of letters, and URLs.
//!
//! In a wasm build JavaScript itself is at hand, and asked: tables of our own would weigh 35 KB in the module.
//! Natively the same is done here, by `ryu-js` and by `url`. Either way it depends on nothing but its arguments.

#[cfg(not(all(target_arch = "wasm32", feature = "javascript")))]
mod address;
#[cfg(all(target_arch = "wasm32", feature = "javascript"))]
mod host;
#[cfg(not(all(target_arch = "wasm32", feature = "javascript")))]
mod letters;
#[cfg(not(all(target_arch = "wasm32", feature = "javascript")))]
mod number;

#[cfg(all(target_arch = "wasm32", feature = "javascript"))]
use host as by;
#[cfg(not(all(target_arch = "wasm32", feature = "javascript")))]
mod by {
    pub(super) use super::address::href;
    pub(super) use super::letters::{lower, upper};
    pub(super) use super::number::{from_text, to_text};
}

/// The text of a number as `String(number)` writes it (ECMA-262, `Number::toString`): `1.0` is `1`, `1e21` is
/// `1e+21`, `-0` is `0`.
#[must_use]
pub fn text_of(number: f64) -> String {
    by::to_text(number)
}

/// The number that a text means to `Number(text)` (ECMA-262, `StringToNumber`): blank is 0, what is no number is NaN.
#[must_use]
pub fn number_of(text: &str) -> f64 {
    by::from_text(text)
}

/// `text.toLowerCase()`.
#[must_use]
pub fn lower(text: &str) -> String {
    by::lower(text)
}

/// `text.toUpperCase()`.
#[must_use]
pub fn upper(text: &str) -> String {
    by::upper(text)
}

/// `new URL(url, base).href`; nothing where that throws.
#[must_use]
pub fn href(url: &str, base: &str) -> Option<String> {
    by::href(url, base)
}
