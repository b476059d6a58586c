//! A secret text that shows itself to nobody.

use std::fmt;

use subtle::ConstantTimeEq as _;

/// A token or key. It is compared in constant time and printed as `***`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the one header that carries it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `other` is the same text; how long this takes tells the length at most.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_stars() {
        assert_eq!(format!("{:?}", Secret::new("rudder".to_owned())), "***");
    }

    #[test]
    fn a_secret_is_only_itself() {
        let secret = Secret::new("rudder".to_owned());
        assert!(secret.is("rudder"));
        assert!(!secret.is("rudde") && !secret.is("rudders") && !secret.is(""));
    }
}
