//! The sources that profiles come from, by the names that `PROFILE_SOURCES` uses.

pub mod activation_api;
pub mod kv;

use std::fmt;

/// A place that profiles are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The KV namespace bound as `PROFILES`.
    Kv,
    /// RudderStack's Activation API, or another endpoint of its contract.
    ActivationApi,
    /// A function of the site's own, where Pintle runs inside its program.
    Function,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 3] = [Self::Kv, Self::ActivationApi, Self::Function];

    /// The name in settings and explanations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kv => "kv",
            Self::ActivationApi => "activation-api",
            Self::Function => "function",
        }
    }

    /// The source of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
