//! The only facts of a request that a decision may see.
//!
//! They are read one by one and only when they matter: in a Worker each is a call across the wasm
//! boundary, and most requests are settled by their first two.

pub mod consent;
pub mod cookies;
pub mod fact;
pub mod page_view;

/// A request as a shell shows it to the core.
pub trait Request {
    /// The method, in capitals.
    fn method(&self) -> String;
    /// The absolute URL that the visitor asked for.
    fn url(&self) -> String;
    /// The value of the header `name` (lower case); several values are joined with a comma.
    fn header(&self, name: &str) -> Option<String>;
    /// Where the runtime has the visitor: `country`, `regionCode` or `city`, as Cloudflare's `cf` of a request has them.
    fn place(&self, what: &str) -> Option<String>;
}

/// The path of an absolute URL: what stands between its host and its query.
#[must_use]
pub fn path(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let whole = after_scheme.split(['?', '#']).next().unwrap_or_default();
    whole.find('/').and_then(|at| whole.get(at..)).unwrap_or("/")
}

/// Whether `name` can be the name of a cookie or a header: RFC 9110's `token`, which RFC 6265 asks of both.
#[must_use]
pub fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_url_never_holds_its_host_or_query() {
        for (url, expected) in [
            ("https://shop.example/a/b?c=/d", "/a/b"),
            ("https://shop.example", "/"),
            ("https://shop.example?x=/y", "/"),
            ("https://shop.example/#/y", "/"),
        ] {
            assert_eq!(path(url), expected, "{url}");
        }
    }
}
