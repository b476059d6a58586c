//! What a shared cache may keep: nothing that was made for one visitor.
//!
//! A response that got a cookie is `private` (RFC 9111, 5.2.2.7), and the headers by which an origin
//! speaks to shared caches alone are taken away. What a browser may do with it stays as the origin said.

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

    proptest::proptest! {
        #[test]
        fn making_it_private_twice_changes_nothing(origin in "[a-z=\", 0-9-]{0,60}") {
            let once = private(Some(&origin));
            proptest::prop_assume!(origin.matches('"').count() % 2 == 0);
            proptest::prop_assert_eq!(private(Some(&once)), once);
        }
    }
}
