//! Reading what people write: JSON documents and variables, so that every mistake is told with its place.
//!
//! It knows no setting by name; each folder reads its own.

pub mod duration;
pub mod environment;
pub mod json;
pub mod mistake;
pub mod reader;
pub mod url;
