//! Visitors who do not want to be known: Global Privacy Control, and a consent cookie that says no.
//!
//! For them no profile is looked up and no cookie is set; they get the page as it is.

use serde_json::Value;

use super::Request;
use super::cookies::cookie;
use crate::document::mistake::{Mistakes, Place};
use crate::document::reader::{Object, array};

/// The cookie in which the site keeps a visitor's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The cookie's name.
    pub cookie: String,
    /// The values that mean no.
    pub denied: Vec<String>,
}

/// Whether the browser asks, on behalf of its user, not to be profiled (`Sec-GPC: 1`, W3C Global
/// Privacy Control).
pub fn global_privacy_control(request: &impl Request) -> bool {
    request.header("sec-gpc").is_some_and(|value| value.trim() == "1")
}

impl Consent {
    /// Reads the section `consent` of `personalization.json`, which stands at `place`.
    pub fn compile(value: &Value, place: Place<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut object = Object::read(value, place, mistakes)?;
        let cookie = object.text("cookie", mistakes);
        let cookie = object.require("cookie", cookie, mistakes);
        let denied = object.take("denied");
        let denied = object.require("denied", denied, mistakes);
        object.finish(mistakes);
        let list = place.member("denied");
        let denied = array(denied?, list, mistakes).iter().enumerate().filter_map(|(index, value)| {
            let text = value.as_str();
            if text.is_none() {
                mistakes.note(list.element(index), "must be the text that the cookie holds for no");
            }
            text.map(str::to_owned)
        });
        let denied = denied.collect();
        Some(Self { cookie: cookie?.to_owned(), denied })
    }

    /// Whether the visitor said no. One who was not asked yet did not.
    #[must_use]
    pub fn is_denied(&self, cookie_header: &str) -> bool {
        cookie(cookie_header, &self.cookie).is_some_and(|value| self.denied.iter().any(|no| no == value))
    }
}
