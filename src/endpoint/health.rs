//! `GET /_pintle/health`: 200 with what is running, or 503 with all that is wrong.

use crate::document::json::{object, text};
use crate::document::mistake::Mistakes;
use crate::settings::Settings;

/// Where it is.
pub const PATH: &str = "/_pintle/health";

/// The status and the JSON body of the answer.
#[must_use]
pub fn answer(settings: Result<&Settings, &Mistakes>) -> (u16, String) {
    let version = env!("CARGO_PKG_VERSION");
    match settings {
        Ok(settings) => {
            let features: Vec<_> =
                settings.deliveries.iter().map(|delivery| delivery.feature.as_str()).collect();
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
                ("version", version.into()),
                ("personalization", personalization),
            ]);
            (200, text(&health))
        }
        Err(mistakes) => {
            let health = object([
                ("status", "unpersonalised".into()),
                ("version", version.into()),
                ("mistakes", mistakes.json()),
            ]);
            (503, text(&health))
        }
    }
}
