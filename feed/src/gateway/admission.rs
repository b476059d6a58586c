//! Who may send: the holder of a write key, and of the webhook's secret. Both are compared in constant time.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::refusal::Carrier;
use super::{Gateway, Refusal, Request};
use crate::event::Trust;

impl Gateway {
    /// The key is the user of `Authorization: Basic`; a password is not looked at.
    pub(super) fn header_key(&self, request: &Request<'_>) -> Result<Trust, Refusal> {
        let basic = (request.header)("authorization").and_then(|header| basic(&header));
        self.level_of(basic.map(|(user, _)| user), Carrier::Header)
    }

    /// The key is `writeKey` of the query.
    pub(super) fn query_key(&self, request: &Request<'_>) -> Result<Trust, Refusal> {
        let mut query = form_urlencoded::parse(request.query.as_bytes());
        let key = query.find(|(name, _)| name == "writeKey").map(|(_, key)| key.into_owned());
        self.level_of(key, Carrier::Query)
    }

    /// The key is in either.
    pub(super) fn either_key(&self, request: &Request<'_>) -> Result<Trust, Refusal> {
        match self.query_key(request) {
            Err(Refusal::NoWriteKey(_)) => self.header_key(request),
            answer => answer,
        }
    }

    fn level_of(&self, key: Option<String>, carrier: Carrier) -> Result<Trust, Refusal> {
        let key = key.filter(|key| !key.is_empty()).ok_or(Refusal::NoWriteKey(carrier))?;
        // All of them are compared, so that time does not tell which one it was.
        let levels = self.keys.iter().filter(|(known, _)| known.is(&key)).map(|(_, level)| *level);
        levels.fold(None, |found, level| found.or(Some(level))).ok_or(Refusal::InvalidWriteKey)
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

/// The user and the password of `Authorization: Basic` (RFC 7617).
fn basic(authorization: &str) -> Option<(String, String)> {
    let (scheme, credentials) = authorization.split_once(' ')?;
    let credentials = scheme.eq_ignore_ascii_case("basic").then(|| credentials.trim())?;
    let text = String::from_utf8(BASE64_STANDARD.decode(credentials).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
