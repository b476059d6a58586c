//! Reading what people write: JSON documents and variables, so that every mistake is told with its place.
//!
//! Each folder reads its own settings; here they are known by name only, in `variables`.

pub mod duration;
pub mod environment;
pub mod json;
#[cfg(not(target_arch = "wasm32"))]
pub mod members;
pub mod mistake;
pub mod reader;
pub mod url;
pub mod variables;
