//! Why a request has no visitor for whom something could be decided.

use std::fmt;

use crate::identity::anonymous_id::{self, NotAnId};
use crate::request::page_view::NotAPageView;

/// Why a request has no visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoVisitor {
    /// It is not a person looking at a page.
    NotAPageView(NotAPageView),
    /// RudderStack's cookie is not there: a first visit, or storage elsewhere.
    NoCookie,
    /// The cookie names nobody.
    NotAnId(NotAnId),
    /// The browser asks for privacy (Global Privacy Control).
    PrivacyControl,
    /// The visitor refused consent.
    ConsentDenied,
}

impl fmt::Display for NoVisitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAPageView(why) => write!(f, "{why}"),
            Self::NoCookie => write!(f, "no {} cookie", anonymous_id::COOKIE),
            Self::NotAnId(why) => write!(f, "{why}"),
            Self::PrivacyControl => f.write_str("the browser sends Global Privacy Control"),
            Self::ConsentDenied => f.write_str("the visitor refused consent"),
        }
    }
}
