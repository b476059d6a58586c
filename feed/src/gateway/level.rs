//! How far what an event says is trusted.

/// A level of trust, the lowest first. An event has the lower one of what it claims and of what its sender may claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A browser, or whoever has read a write key in a page.
    Browser,
    /// A server of the site's.
    Server,
    /// The warehouse, and RudderStack itself.
    Warehouse,
}

impl Level {
    /// The level of a name, as `WRITE_KEYS` gives it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "browser" => Some(Self::Browser),
            "server" => Some(Self::Server),
            "warehouse" => Some(Self::Warehouse),
            _ => None,
        }
    }

    /// The level that an event claims with its `channel`.
    #[must_use]
    pub fn of_channel(channel: Option<&str>) -> Self {
        match channel {
            Some("server") => Self::Server,
            Some("sources") => Self::Warehouse,
            Some(_) | None => Self::Browser,
        }
    }
}
