//! RudderStack's gateway, the side that answers: requests in, events or an answer out, each refusal named.
//!
//! It decides which requests are its own ([`Route`]), who may send ([`Trust`]), what an event is and what is said. It
//! keeps no event and carries none: whoever calls brings the bytes and the time, keeps what was read, and only then
//! says the answer. Statuses, texts and the order of the checks are those of RudderStack's gateway.

mod admission;
mod answer;
mod batch;
mod event;
mod invisible;
pub mod onward;
mod page;
mod pixel;
mod refusal;
mod route;
mod settings;
mod surrogate;
#[cfg(test)]
mod tests;
mod webhook;

pub use answer::Answer;
pub use refusal::Refusal;
pub use route::{Page, Route};
pub use settings::Gateway;

use serde_json::Value;

use crate::event::Trust;

/// The largest event, in bytes of its JSON text.
pub const MAX_EVENT_BYTES: usize = 32 * 1024;

/// The largest request, in bytes, counted as RudderStack does: what is no batch, as a batch of one.
pub const MAX_REQUEST_BYTES: usize = 4000 * 1024;

/// How much of a body there is to read: whoever has more than this need not read on, and is answered as too large.
/// A body between the two is looked at, since what else is wrong with it is told first.
pub const MAX_READ_BYTES: usize = 2 * MAX_REQUEST_BYTES;

/// The most objects in a request, nested ones included: small ones take a hundred times their text in memory.
pub const MAX_OBJECTS: usize = 65_536;

/// A request, before its body is read.
pub struct Request<'r> {
    /// The query of its URL, without the question mark.
    pub query: &'r str,
    /// The text of a header, by its name in lower case.
    pub header: &'r dyn Fn(&str) -> Option<String>,
}

/// What a body says.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The events to keep, each an object; with an id, unless its type needs none.
    pub events: Vec<Value>,
    /// What is answered once they are safe.
    pub answer: Answer,
}

impl Request<'_> {
    /// Whether the body of a request that was let in is to be read as gzip.
    #[must_use]
    pub fn is_gzip(&self) -> bool {
        admission::is_gzip(self) == Ok(true)
    }
}

/// Of whom is let in, the body must be one that can be read.
fn readable(request: &Request<'_>, admitted: Result<Trust, Refusal>) -> Result<Trust, Answer> {
    let admitted = admitted.and_then(|level| admission::is_gzip(request).map(|_| level));
    admitted.map_err(|refusal| refusal.answer(None))
}

impl Gateway {
    /// What a body is answered with that is not the gzip which its header says.
    #[must_use]
    pub fn broken_gzip() -> Answer {
        Refusal::InvalidJson.answer(Some("$ is no gzip, which Content-Encoding says it is".to_owned()))
    }

    /// Lets a request in: what its sender may claim at most. The answer, when there is nothing to read.
    pub fn admit(&self, route: Route, request: &Request<'_>) -> Result<Trust, Answer> {
        match route {
            Route::NotAllowed(allow) => Err(Refusal::Method(allow).answer(None)),
            Route::Preflight => Err(Answer::preflight((request.header)("access-control-request-headers"))),
            Route::Page(page) => Err(page.answer()),
            Route::SourceConfig => Err(match self.either_key(request) {
                Ok(_) => page::source_configuration(),
                Err(refusal) => refusal.answer(None),
            }),
            Route::Event(_) | Route::Batch => readable(request, self.header_key(request)),
            Route::Beacon => readable(request, self.query_key(request)),
            Route::WebhookSource => readable(request, self.webhook_source(request)),
            Route::Pixel(_) => {
                self.query_key(request).map_err(|refusal| Answer::pixel().telling(refusal.to_string()))
            }
            Route::Webhook => readable(request, self.webhook_sender(request)),
        }
    }

    /// Reads a request that was let in, `received_at_ms` after 1970: its body, or for a pixel its query.
    pub fn read(
        &self,
        route: Route,
        query: &str,
        body: &[u8],
        received_at_ms: i64,
    ) -> Result<Accepted, Answer> {
        match route {
            Route::Event(kind) => batch::single(kind, body, received_at_ms),
            Route::Batch | Route::Beacon => batch::many(body, received_at_ms),
            Route::Pixel(kind) => pixel::read(kind, query, received_at_ms),
            Route::Webhook => webhook::read(body, received_at_ms),
            Route::WebhookSource => webhook::read_source(body),
            Route::NotAllowed(_) | Route::Preflight | Route::Page(_) | Route::SourceConfig => {
                Ok(Accepted { events: Vec::new(), answer: Answer::ok() })
            }
        }
    }
}
