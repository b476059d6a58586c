//! The origin that Pintle stands in front of when the site is not made of static assets: `ORIGIN_URL`.

use crate::request::path_and_query;

/// An absolute URL without query, user or trailing slash, that the visitor's path is appended to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// What is wrong with a text that should be an origin or an endpoint.
pub const NOT_A_URL: &str = "must be an absolute http or https URL without user, query or fragment";

impl Origin {
    /// Reads an origin; `None` when it is not one.
    #[must_use]
    pub fn parse(url: &str) -> Option<Self> {
        is_plain_url(url).then(|| Self(url.trim_end_matches('/').to_owned()))
    }

    /// Where a request for `url` goes: the same path and query below this origin.
    #[must_use]
    pub fn rebase(&self, url: &str) -> String {
        format!("{}{}", self.0, path_and_query(url))
    }
}

/// Whether `url` is absolute, http or https, and has a host and nothing that could carry a secret.
#[must_use]
pub fn is_plain_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with(['/', ':'])
            && !rest.contains(['@', '?', '#', '\\'])
            && rest.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_visitors_path_goes_below_the_origin() {
        let rebased = |origin| {
            Origin::parse(origin).map(|origin| origin.rebase("https://shop.example/a//b?c=https://x/"))
        };
        assert_eq!(
            rebased("http://10.0.0.1:3000").as_deref(),
            Some("http://10.0.0.1:3000/a//b?c=https://x/")
        );
        assert_eq!(
            rebased("https://site.example/base/").as_deref(),
            Some("https://site.example/base/a//b?c=https://x/")
        );
    }

    #[test]
    fn what_is_no_plain_url_is_no_origin() {
        for wrong in [
            "",
            "site.example",
            "ftp://x",
            "https://",
            "https:///a",
            "https://u:p@x",
            "https://x?y",
            "https://x y",
        ] {
            assert_eq!(Origin::parse(wrong), None, "{wrong}");
        }
    }
}
