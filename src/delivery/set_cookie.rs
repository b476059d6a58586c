//! One `Set-Cookie`: how our cookies are written, and how they are taken away.

use std::fmt;

use cookie::{Cookie, SameSite, time::Duration};

/// One `Set-Cookie` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetCookie {
    /// The browser has it from now on.
    Written {
        /// Its name.
        name: String,
        /// Its value, encoded.
        value: String,
        /// How long a browser keeps it, in seconds.
        max_age_s: u64,
        /// Whether it is kept from scripts.
        http_only: bool,
    },
    /// The browser has it no longer.
    Removed {
        /// Its name.
        name: String,
    },
}

impl SetCookie {
    /// The cookie's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Written { name, .. } | Self::Removed { name } => name,
        }
    }
}

/// The header's value, for the whole site and over HTTPS alone.
impl fmt::Display for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, max_age_s, http_only) = match self {
            Self::Written { value, max_age_s, http_only, .. } => (value.as_str(), *max_age_s, *http_only),
            Self::Removed { .. } => ("", 0, false),
        };
        // Set member by member, and written by the one call that there is, the compiler sees that it says no `Expires`, and
        // leaves all that writes times out of the modules: 3 KB of a page's weight.
        let mut cookie = Cookie::new(self.name(), value);
        cookie.set_path("/");
        cookie.set_max_age(Duration::seconds(i64::try_from(max_age_s).unwrap_or(i64::MAX)));
        cookie.set_secure(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_http_only(http_only);
        cookie.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_written_for_the_whole_site_and_over_https_alone() {
        let written = SetCookie::Written {
            name: "c".to_owned(),
            value: "true".to_owned(),
            max_age_s: 86_400,
            http_only: true,
        };
        assert_eq!(written.to_string(), "c=true; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=86400");
        let removed = SetCookie::Removed { name: "c".to_owned() };
        assert_eq!(removed.to_string(), "c=; SameSite=Lax; Secure; Path=/; Max-Age=0");
    }
}
