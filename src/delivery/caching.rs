//! What a shared cache may keep: nothing that was made for one visitor.
//!
//! A response that got a cookie is `private` (RFC 9111, 5.2.2.7), and the headers by which an origin
//! speaks to shared caches alone are taken away. What a browser may do with it stays as the origin said.

use serde::Serialize;

/// What the names of our own headers begin with; one that comes from outside is forged.
pub const OWN_HEADERS: &str = "x-pintle-";

/// Headers that only shared caches obey, and obey before `Cache-Control` (RFC 9213 and its elders).
pub const SHARED_CACHE_HEADERS: [&str; 8] = [
    "cdn-cache-control",
    "cloudflare-cdn-cache-control",
    "vercel-cdn-cache-control",
    "netlify-cdn-cache-control",
    "akamai-cache-control",
    "edge-control",
    "surrogate-control",
    "x-accel-expires",
];

/// Directives that let a shared cache keep a response or speak to it alone.
const SHARED_CACHE_DIRECTIVES: [&str; 4] = ["public", "s-maxage", "proxy-revalidate", "private"];

/// The `Cache-Control` of a response that was made for one visitor, from the one that the origin gave.
///
/// A `private="field"` of the origin hides one field only; here the whole response is private.
#[must_use]
pub fn private(cache_control: Option<&str>) -> String {
    let kept = directives(cache_control.unwrap_or_default()).into_iter().filter(|directive| {
        let name = directive.split('=').next().unwrap_or_default().trim();
        !SHARED_CACHE_DIRECTIVES.iter().any(|shared| shared.eq_ignore_ascii_case(name))
    });
    std::iter::once("private").chain(kept).collect::<Vec<_>>().join(", ")
}

/// The `Cache-Control` of a response with this status that was made for one visitor, from the one that the origin gave.
///
/// The headers of a 304 replace those that the browser stored (RFC 9111, 3.2). Where the origin gives none there, `private`
/// alone would end a stored `no-cache`, and the browser would no longer ask.
#[must_use]
pub fn for_one_visitor(cache_control: Option<&str>, status: u16) -> String {
    match cache_control {
        None if status == 304 => "private, no-cache".to_owned(),
        given => private(given),
    }
}

/// What is done to a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Do {
    /// It has this value and no other.
    Set,
    /// It has this value, too.
    Append,
}

/// What a middleware says of caching that answers before the page is made, and so never sees what the page says itself;
/// `is_private` is whether it sets cookies.
///
/// Next.js keeps what is said here over its own `s-maxage` of static pages. A `Cache-Control` that the page's own code sets
/// replaces ours, though, and a page that reads the decisions may call itself public by mistake: then `Vary` and the
/// headers for shared caches alone (RFC 9213 and its elders) still hold.
#[must_use]
pub fn ahead_of_the_page(is_private: bool) -> Vec<(Do, &'static str, &'static str)> {
    // As Next.js says it of a page that was made for one request, but for `no-cache`: Next.js takes that for the
    // browser's, and would never answer 304.
    let private = (Do::Set, "cache-control", "private, no-store, max-age=0, must-revalidate");
    let shared = [
        (Do::Append, "vary", "Cookie"),
        (Do::Set, "cdn-cache-control", "no-store"),
        (Do::Set, "surrogate-control", "no-store"),
        (Do::Set, "x-accel-expires", "0"),
    ];
    is_private.then_some(private).into_iter().chain(shared).collect()
}

/// The directives of a `Cache-Control`: separated by commas, but for those inside quotes.
fn directives(text: &str) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
    .map(str::trim)
    .filter(|directive| !directive.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_shared_cache_could_keep_it_by() {
        for (origin, expected) in [
            (None, "private"),
            (Some(""), "private"),
            (Some("public, max-age=600, s-maxage=31536000"), "private, max-age=600"),
            (Some("Public,S-MaxAge=5 , must-revalidate"), "private, must-revalidate"),
            (Some("no-store"), "private, no-store"),
            (Some("private=\"set-cookie, x\", no-cache=\"a,b\""), "private, no-cache=\"a,b\""),
        ] {
            assert_eq!(private(origin), expected, "{origin:?}");
        }
    }

    #[test]
    fn a_304_that_says_nothing_does_not_end_a_stored_no_cache() {
        assert_eq!(for_one_visitor(None, 304), "private, no-cache");
        assert_eq!(for_one_visitor(Some("max-age=60"), 304), "private, max-age=60");
        assert_eq!(for_one_visitor(None, 200), "private");
    }

    proptest::proptest! {
        #[test]
        fn making_it_private_twice_changes_nothing(origin in "[a-z=\", 0-9-]{0,60}") {
            let once = private(Some(&origin));
            proptest::prop_assume!(origin.matches('"').count() % 2 == 0);
            proptest::prop_assert_eq!(private(Some(&once)), once);
        }
    }
}
