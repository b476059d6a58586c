//! Who says something: write keys are public, so what a browser says anybody may have said.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A level of trust; a higher one is harder to pretend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// Whoever has the public write key.
    #[default]
    Browser,
    /// The site's own servers.
    Server,
    /// Rows of the warehouse.
    Warehouse,
}

impl Trust {
    /// Every level.
    pub const ALL: [Self; 3] = [Self::Browser, Self::Server, Self::Warehouse];

    /// Its name in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Server => "server",
            Self::Warehouse => "warehouse",
        }
    }

    /// The level of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trust| trust.name() == name)
    }

    /// What an event claims by its `channel`.
    pub(super) fn claimed(event: &Map<String, Value>) -> Self {
        match event.get("channel").and_then(Value::as_str) {
            Some("server") => Self::Server,
            Some("sources") => Self::Warehouse,
            _ => Self::Browser,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_claimed_follows_from_the_channel() {
        for (channel, trust) in [
            (json!("web"), Trust::Browser),
            (json!("mobile"), Trust::Browser),
            (json!(null), Trust::Browser),
            (json!("server"), Trust::Server),
            (json!("sources"), Trust::Warehouse),
        ] {
            let event = json!({ "channel": channel });
            assert_eq!(Trust::claimed(event.as_object().unwrap()), trust, "{channel}");
        }
        assert!(Trust::ALL.is_sorted());
    }
}
