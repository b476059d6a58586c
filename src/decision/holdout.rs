//! Holdouts: a part of the visitors to whom nothing new is shown, so that all of it together can be measured.
//!
//! GrowthBook writes them in two ways: as a feature of its own that others ask (`$holdout:…` in `parentConditions`), and as a
//! first experiment whose variations let everybody else go on to the next rule (`passthrough`).

use super::prerequisite::Prerequisite;

/// With what the keys of such features begin.
const PREFIX: &str = "$holdout:";

/// The holdout that these prerequisites ask, if there is one.
pub(super) fn asked(prerequisites: &[Prerequisite]) -> Option<&str> {
    prerequisites.iter().map(Prerequisite::feature).find(|key| key.starts_with(PREFIX))
}

/// How people call it.
pub(super) fn name(key: &str) -> &str {
    key.strip_prefix(PREFIX).unwrap_or(key)
}
