//! What the gateway says without an event: to load balancers, to crawlers, and to the browser SDK before it sends.

use serde_json::json;

use super::{Answer, Page};

impl Page {
    /// What it says.
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::Health => Answer::json(json!({ "server": "UP" }).to_string()),
            Self::Version => Answer::json(json!({ "Version": env!("CARGO_PKG_VERSION") }).to_string()),
            // RudderStack's, with its spaces.
            Self::Robots => Answer::text(200, "User-agent: * \nDisallow: / \n".to_owned()),
        }
    }
}

/// A source without destinations of its own in the browser, as the SDK's `configUrl` answers it: without an id, a
/// configuration and a list of destinations the SDK (3.34.1) does not load.
pub(super) fn source_configuration() -> Answer {
    let source = json!({
        "id": "pintle",
        "name": "Pintle",
        "workspaceId": "pintle",
        "enabled": true,
        "config": { "statsCollection": { "errors": { "enabled": false }, "metrics": { "enabled": false } } },
        "destinations": [],
    });
    Answer::json(json!({ "source": source }).to_string())
}
