//! `GET /_pintle/health`: 200 with what is running and how its sources do, or 503 with all that is wrong, whether nothing
//! is personalised for it or only a part is not. And the sentence that the log has about the settings.

use serde_json::Value;

use super::Answer;
use crate::delivery::Delivery;
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
    let mistakes = wrong(settings);
    let told = ("mistakes", mistakes.json());
    let (status, health) = match settings {
        Ok(settings) => {
            let status = if mistakes.is_empty() { "ok" } else { "degraded" };
            let health = [
                ("status", status.into()),
                version,
                ("personalization", personalization(settings)),
                ("lookups", lookups(settings, learned)),
                told,
                warnings,
            ];
            (status, object(health))
        }
        Err(_) => {
            let status = "unpersonalised";
            (status, object([("status", status.into()), version, told, warnings]))
        }
    };
    Answer::json(if status == "ok" { 200 } else { 503 }, text(&health))
}

/// All that is wrong with the settings, whether it damages all or a part.
#[must_use]
pub fn wrong<'s>(settings: Result<&'s Settings, &'s Mistakes>) -> &'s Mistakes {
    settings.map_or_else(|all| all, |settings| &settings.mistakes)
}

fn personalization(settings: &Settings) -> Value {
    let (mut features, mut left_alone) = (Vec::<Value>::new(), Vec::<Value>::new());
    for feature in settings.deliveries.iter().map(Delivery::feature) {
        let is_sound = settings.features.is_sound(feature);
        if is_sound { &mut features } else { &mut left_alone }.push(feature.into());
    }
    let sources: Vec<_> = settings.profiles.sources.iter().map(|source| source.name()).collect();
    object([
        ("version", settings.version.as_str().into()),
        ("features", features.into()),
        ("leftAlone", left_alone.into()),
        ("sources", sources.into()),
        ("view", settings.profiles.view.key.as_str().into()),
        ("tickets", settings.keys.is_some().into()),
    ])
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
    /// Something is wrong with the settings.
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
    let mut level = Level::Warning;
    let mistakes = wrong(settings);
    if !mistakes.is_empty() {
        let damaged = if settings.is_ok() { "partly " } else { "un" };
        let list: String = mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect();
        lines.push(format!(
            "pintle: the site is served {damaged}personalised, as its settings are wrong:{list}"
        ));
        level = Level::Error;
    }
    if settings.is_ok_and(|settings| settings.keys.is_none()) {
        lines.push(NO_KEYS.to_owned());
    }
    lines.extend(misspelt.iter().map(|misspelt| format!("pintle: the variable {misspelt}")));
    (!lines.is_empty()).then(|| (level, lines.join("\n")))
}

const NO_KEYS: &str =
    "pintle: TICKET_KEYS is not set: every page view looks its visitor up; `npx pintle keygen` makes a key";
