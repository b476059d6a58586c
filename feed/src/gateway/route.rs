//! Which requests are the gateway's own, by method and path. What is none of them is the site's.

use super::Gateway;
use crate::event::Kind;

/// What a request is here to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `POST /v1/{kind}`: one event, whose type the path says.
    Event(Kind),
    /// `POST /v1/batch` and `/v1/import`: `{"batch": […]}`, each event with its own type.
    Batch,
    /// `POST /beacon/v1/batch`: the same, with the write key in the query.
    Beacon,
    /// `GET /pixel/v1/{track,page}`: an event in the query of an image.
    Pixel(Kind),
    /// `GET` or `POST /v1/webhook`: whatever anybody sends. It is about nobody, and goes on to RudderStack.
    WebhookSource,
    /// `GET /sourceConfig`: what the browser SDK asks before it sends.
    SourceConfig,
    /// `POST`, `PUT` or `PATCH /webhook`: RudderStack's Webhook and HTTP destinations.
    Webhook,
    /// `OPTIONS` of any of these: a browser asks whether it may.
    Preflight,
    /// What a load balancer or a crawler asks.
    Page(Page),
    /// A path of the gateway's, by a method other than these.
    NotAllowed(&'static str),
}

/// A page that says the same to everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// `/health`
    Health,
    /// `/version`
    Version,
    /// `/robots.txt`
    Robots,
}

impl Gateway {
    /// What a request is here to do; `None` when it is the site's. `path` is without the query.
    #[must_use]
    pub fn route(&self, method: &str, path: &str) -> Option<Route> {
        let below = path.strip_prefix(self.path.as_str())?;
        let route = self.known(below)?;
        let (methods, allow): (&[&str], _) = match route {
            Route::Event(_) | Route::Batch | Route::Beacon => (&["POST"], "POST, OPTIONS"),
            Route::Webhook => (&["POST", "PUT", "PATCH"], "POST, PUT, PATCH, OPTIONS"),
            Route::WebhookSource => (&["GET", "POST"], "GET, POST, OPTIONS"),
            // A pixel's `HEAD` would be an event, too.
            Route::Pixel(_) => (&["GET"], "GET, OPTIONS"),
            Route::SourceConfig | Route::Page(_) => (&["GET", "HEAD"], "GET, HEAD, OPTIONS"),
            Route::Preflight | Route::NotAllowed(_) => return Some(route),
        };
        Some(match method {
            "OPTIONS" => Route::Preflight,
            method if methods.contains(&method) => route,
            _ => Route::NotAllowed(allow),
        })
    }

    fn known(&self, below: &str) -> Option<Route> {
        let route = match below {
            "/v1/identify" => Route::Event(Kind::Identify),
            "/v1/track" => Route::Event(Kind::Track),
            "/v1/page" => Route::Event(Kind::Page),
            "/v1/screen" => Route::Event(Kind::Screen),
            "/v1/group" => Route::Event(Kind::Group),
            "/v1/alias" => Route::Event(Kind::Alias),
            "/v1/batch" | "/v1/import" => Route::Batch,
            "/v1/webhook" => Route::WebhookSource,
            "/beacon/v1/batch" => Route::Beacon,
            "/pixel/v1/track" => Route::Pixel(Kind::Track),
            "/pixel/v1/page" => Route::Pixel(Kind::Page),
            "/sourceConfig" | "/sourceConfig/" => Route::SourceConfig,
            "/webhook" => return self.secret.as_ref().map(|_| Route::Webhook),
            // At the root they are the site's.
            "/health" if !self.path.is_empty() => Route::Page(Page::Health),
            "/version" if !self.path.is_empty() => Route::Page(Page::Version),
            "/robots.txt" if !self.path.is_empty() => Route::Page(Page::Robots),
            _ => return None,
        };
        (!self.keys.is_empty() || matches!(route, Route::Page(_))).then_some(route)
    }
}
