//! A decision and its reason: what a feature is for one visitor, and why.
//!
//! Rules are counted from 0 in the types, as they stand in the file, and from 1 in the phrases for people.

use std::fmt;

use serde_json::Value;

/// What a feature is for a visitor.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The feature's value: any JSON.
    pub value: Value,
    /// Why it is that value.
    pub reason: Reason,
}

/// Why a feature has its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A rule forces it.
    Forced {
        /// The rule's index in the feature's `rules`, counted from 0; skipped rules count too.
        rule: usize,
        /// The rule's own `id`, when it has one.
        id: Option<String>,
    },
    /// No rule applies, so it is the feature's `defaultValue`.
    DefaultValue,
}

/// A short phrase for people, who count rules from 1: `rule 2 (returning buyers) forces it`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forced { rule, id: Some(id) } => write!(f, "rule {} ({id}) forces it", rule + 1),
            Self::Forced { rule, id: None } => write!(f, "rule {} forces it", rule + 1),
            Self::DefaultValue => f.write_str("no rule applies, it is the default value"),
        }
    }
}
