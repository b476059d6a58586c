//! What is done to a response, as a value: each delivery adds its part, and a shell writes the headers that come of it.

use std::borrow::Cow;

use super::SetCookie;
use super::caching::Do;

/// What is done to a response.
#[derive(Debug, Default)]
pub struct Effects {
    /// Cookies to append, each as a `Set-Cookie` of its own.
    pub set_cookies: Vec<SetCookie>,
}

impl Effects {
    /// Whether the response leaves as it came.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.set_cookies.is_empty()
    }

    /// The headers that say it, in the order in which they are written.
    pub fn headers(&self) -> impl Iterator<Item = (Do, Cow<'static, str>, String)> + '_ {
        self.set_cookies.iter().map(|cookie| (Do::Append, "set-cookie".into(), cookie.to_string()))
    }
}

impl FromIterator<SetCookie> for Effects {
    fn from_iter<T: IntoIterator<Item = SetCookie>>(set_cookies: T) -> Self {
        Self { set_cookies: set_cookies.into_iter().collect() }
    }
}
