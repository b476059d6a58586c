//! Visitors who do not want to be known: Global Privacy Control, and a consent cookie that says no.
//!
//! For them no profile is looked up and no cookie is set; they get the page as it is.

use super::cookies::cookie;
use crate::request::Request;

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
    /// Whether the visitor said no. One who was not asked yet did not.
    #[must_use]
    pub fn is_denied(&self, cookie_header: &str) -> bool {
        cookie(cookie_header, &self.cookie).is_some_and(|value| self.denied.iter().any(|no| no == value))
    }
}
