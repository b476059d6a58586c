//! An answer of the gateway's: any origin may read it, and nobody keeps it.

/// The header that says what is wrong and where, for people: the bodies are RudderStack's.
const ERROR: &str = "x-pintle-error";

/// The longest text in that header, in bytes.
const MAX_TOLD_BYTES: usize = 1000;

/// An image of one transparent pixel.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\0\0\0\x21\xf9\x04\x01\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header `Content-Type`; empty when there is no body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// Its other headers, their names in lower case.
    pub headers: Vec<(&'static str, String)>,
}

impl Answer {
    fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status, content_type, body, headers: vec![("cache-control", "no-store".to_owned())] }
    }

    /// A text.
    pub(super) fn text(status: u16, body: String) -> Self {
        Self::new(status, "text/plain; charset=utf-8", body.into_bytes())
    }

    /// A JSON text.
    pub(super) fn json(body: String) -> Self {
        Self::new(200, "application/json; charset=utf-8", body.into_bytes())
    }

    /// Says that all is well.
    pub(super) fn ok() -> Self {
        Self::text(200, "ok".to_owned())
    }

    /// The image, whatever happened: a page that shows it can do nothing about it.
    pub(super) fn pixel() -> Self {
        Self::new(200, "image/gif", GIF.to_vec())
    }

    /// Tells a browser what it may send; `headers` are those that it asks for.
    pub(super) fn preflight(headers: Option<String>) -> Self {
        Self::new(204, "", Vec::new())
            .with("access-control-allow-methods", "GET, HEAD, POST, PUT, PATCH".to_owned())
            .with("access-control-allow-headers", headers.unwrap_or_else(|| "*".to_owned()))
            .with("access-control-max-age", "900".to_owned())
    }

    /// The same with another header.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same, with what is wrong and where.
    #[must_use]
    pub(super) fn telling(self, told: String) -> Self {
        let letters = told.chars().filter(|letter| matches!(letter, ' '..='~')).take(MAX_TOLD_BYTES);
        self.with(ERROR, letters.collect())
    }

    /// The same, for pages of this origin (the request's header `Origin`), which may send their cookies along.
    #[must_use]
    pub fn shared_with(self, origin: Option<String>) -> Self {
        let answer = self.with("vary", "origin".to_owned());
        match origin {
            Some(origin) => answer
                .with("access-control-allow-origin", origin)
                .with("access-control-allow-credentials", "true".to_owned())
                .with("access-control-expose-headers", ERROR.to_owned()),
            None => answer,
        }
    }
}
