//! The case of letters, natively: Rust's tables are Unicode's, as JavaScript's are.

pub(super) fn lower(text: &str) -> String {
    text.to_lowercase()
}

pub(super) fn upper(text: &str) -> String {
    text.to_uppercase()
}
