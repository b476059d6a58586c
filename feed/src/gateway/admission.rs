//! Who may send: the holder of a write key, and of the webhook's secret. Both are compared in constant time.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::refusal::Carrier;
use super::settings::Source;
use super::{Gateway, Refusal, Request};
use crate::event::Trust;

impl Gateway {
    /// The key is the user of `Authorization: Basic`; a password is not looked at.
    pub(super) fn header_key(&self, request: &Request<'_>) -> Result<Trust, Refusal> {
        self.level_of(header_key(request), Carrier::Header)
    }

    /// The key is `writeKey` of the query.
    pub(super) fn query_key(&self, request: &Request<'_>) -> Result<Trust, Refusal> {
        self.level_of(query_key(request), Carrier::Query)
    }

    /// The key is in either.
    pub(super) fn either_key(&self, request: &Request<'_>) -> Result<Trust, Refusal> {
        match self.query_key(request) {
            Err(Refusal::NoWriteKey(_)) => self.header_key(request),
            answer => answer,
        }
    }

    /// The key of a source that takes whatever anybody sends, in either.
    pub(super) fn webhook_source(&self, request: &Request<'_>) -> Result<Trust, Refusal> {
        let key = query_key(request).filter(|key| !key.is_empty()).or_else(|| header_key(request));
        match self.source_of(key, Carrier::Query)? {
            Source::Webhook => Ok(Trust::Browser),
            Source::Disabled => Err(Refusal::Disabled),
            Source::Events(_) => Err(Refusal::InvalidWriteKey),
        }
    }

    fn level_of(&self, key: Option<String>, carrier: Carrier) -> Result<Trust, Refusal> {
        match self.source_of(key, carrier)? {
            Source::Events(level) => Ok(level),
            Source::Webhook => Ok(Trust::Browser),
            Source::Disabled => Err(Refusal::Disabled),
        }
    }

    fn source_of(&self, key: Option<String>, carrier: Carrier) -> Result<Source, Refusal> {
        let key = key.filter(|key| !key.is_empty()).ok_or(Refusal::NoWriteKey(carrier))?;
        // All of them are compared, so that time does not tell which one it was.
        let sources = self.keys.iter().filter(|(known, _)| known.is(&key)).map(|(_, source)| *source);
        sources.fold(None, |found, source| found.or(Some(source))).ok_or(Refusal::InvalidWriteKey)
    }

    /// The secret is a bearer token, the password of `Authorization: Basic`, or the header `x-pintle-secret`; and the
    /// body is none of the other formats that the HTTP destination can write.
    pub(super) fn webhook_sender(&self, request: &Request<'_>) -> Result<Trust, Refusal> {
        let authorization = (request.header)("authorization").unwrap_or_default();
        let bearer =
            authorization.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let given = [
            bearer.map(|(_, token)| token.trim().to_owned()),
            basic(&authorization).map(|(_, password)| password),
            (request.header)("x-pintle-secret").map(|secret| secret.trim().to_owned()),
        ];
        let is_right = |given: &String| self.secret.as_ref().is_some_and(|secret| secret.is(given));
        if !given.iter().flatten().any(is_right) {
            return Err(Refusal::WrongSecret);
        }
        let media_type = (request.header)("content-type").unwrap_or_default().to_ascii_lowercase();
        match media_type.split(';').next().unwrap_or_default().trim() {
            "application/x-www-form-urlencoded" | "multipart/form-data" => Err(Refusal::MediaType("a form")),
            xml if xml.ends_with("/xml") || xml.ends_with("+xml") => Err(Refusal::MediaType("XML")),
            _ => Ok(Trust::Warehouse),
        }
    }
}

/// Whether a body is compressed as gzip.
pub(super) fn is_gzip(request: &Request<'_>) -> Result<bool, Refusal> {
    match (request.header)("content-encoding").unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        _ => Err(Refusal::Encoding),
    }
}

/// The write key of a request, wherever it stands.
pub(super) fn key(request: &Request<'_>) -> Option<String> {
    query_key(request).or_else(|| header_key(request))
}

fn header_key(request: &Request<'_>) -> Option<String> {
    (request.header)("authorization").and_then(|header| basic(&header)).map(|(user, _)| user)
}

fn query_key(request: &Request<'_>) -> Option<String> {
    let mut query = form_urlencoded::parse(request.query.as_bytes());
    query.find(|(name, _)| name == "writeKey").map(|(_, key)| key.into_owned())
}

/// The user and the password of `Authorization: Basic` (RFC 7617).
fn basic(authorization: &str) -> Option<(String, String)> {
    let (scheme, credentials) = authorization.split_once(' ')?;
    let credentials = scheme.eq_ignore_ascii_case("basic").then(|| credentials.trim())?;
    let text = String::from_utf8(BASE64_STANDARD.decode(credentials).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
