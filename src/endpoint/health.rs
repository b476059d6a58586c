//! `GET /_pintle/health`: 200 with what is running and how its sources do, or 503 with all that is wrong. And the
//! sentence that the log has about the settings.

use serde_json::Value;

use super::Answer;
use crate::document::json::{object, text};
use crate::document::mistake::Mistakes;
use crate::document::variables::Misspelt;
use crate::profile::learned::Learned;
use crate::settings::Settings;

/// Where it is.
pub const PATH: &str = "/_pintle/health";

/// The answer; `learned` is what this isolate or process learned of its sources so far, `misspelt` are variables that were
/// meant to be ours.
#[must_use]
pub fn answer(
    settings: Result<&Settings, &Mistakes>,
    learned: &Learned,
    misspelt: &[Misspelt<'_>],
) -> Answer {
    let warnings: Vec<_> = misspelt.iter().map(ToString::to_string).collect();
    let warnings = ("warnings", warnings.into());
    let version = ("version", env!("CARGO_PKG_VERSION").into());
    match settings {
        Ok(settings) => {
            let features: Vec<_> = settings.deliveries.iter().map(|delivery| delivery.feature()).collect();
            let sources: Vec<_> = settings.profiles.sources.iter().map(|source| source.name()).collect();
            let personalization = object([
                ("version", settings.version.as_str().into()),
                ("features", features.into()),
                ("sources", sources.into()),
                ("view", settings.profiles.view.key.as_str().into()),
                ("tickets", settings.keys.is_some().into()),
            ]);
            let health = object([
                ("status", "ok".into()),
                version,
                ("personalization", personalization),
                ("lookups", lookups(settings, learned)),
                warnings,
            ]);
            Answer::json(200, text(&health))
        }
        Err(mistakes) => {
            let health = object([
                ("status", "unpersonalised".into()),
                version,
                ("mistakes", mistakes.json()),
                warnings,
            ]);
            Answer::json(503, text(&health))
        }
    }
}

/// How often each source answered, and how often it failed in which way: `{"kv": {"answered": 7, "failed": {"deadline": 1}}}`.
fn lookups(settings: &Settings, learned: &Learned) -> Value {
    let each = settings.profiles.sources.iter().map(|source| {
        let of = learned.of(*source);
        let failed = of.map(|of| of.failed.clone()).unwrap_or_default();
        let answered = of.map_or(0, |of| of.answered);
        (source.name(), object([("answered", answered.into()), ("failed", failed.into())]))
    });
    object(each)
}

/// How loud a sentence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Nothing is personalised.
    Error,
    /// It runs, but not as well as it could.
    Warning,
}

/// What the log says of the settings, once.
#[must_use]
pub fn sentence(
    settings: Result<&Settings, &Mistakes>,
    misspelt: &[Misspelt<'_>],
) -> Option<(Level, String)> {
    let mut lines = Vec::new();
    let level = match settings {
        Ok(settings) => {
            if settings.keys.is_none() {
                lines.push(NO_KEYS.to_owned());
            }
            Level::Warning
        }
        Err(mistakes) => {
            let list: String = mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect();
            lines
                .push(format!("pintle: the site is served unpersonalised, as its settings are wrong:{list}"));
            Level::Error
        }
    };
    lines.extend(misspelt.iter().map(|misspelt| format!("pintle: the variable {misspelt}")));
    (!lines.is_empty()).then(|| (level, lines.join("\n")))
}

const NO_KEYS: &str =
    "pintle: TICKET_KEYS is not set: every page view looks its visitor up; `npx pintle keygen` makes a key";
