//! `GET /_pintle/health`: 200 with what is running, or 503 with all that is wrong.

use serde_json::json;

use crate::settings::Settings;
use crate::settings::mistake::Mistakes;

/// Where it is.
pub const PATH: &str = "/_pintle/health";

/// The status and the JSON body of the answer.
#[must_use]
pub fn answer(settings: Result<&Settings, &Mistakes>) -> (u16, String) {
    let version = env!("CARGO_PKG_VERSION");
    match settings {
        Ok(settings) => {
            let features: Vec<_> = settings.deliveries.iter().map(|delivery| &delivery.feature).collect();
            let sources: Vec<_> = settings.profiles.sources.iter().map(|source| source.name()).collect();
            let health = json!({
                "status": "ok",
                "version": version,
                "personalization": {
                    "version": settings.version,
                    "features": features,
                    "sources": sources,
                    "view": settings.profiles.view.key,
                    "tickets": settings.keys.is_some(),
                },
            });
            (200, health.to_string())
        }
        Err(mistakes) => {
            let health = json!({ "status": "unpersonalised", "version": version, "mistakes": mistakes });
            (503, health.to_string())
        }
    }
}
