//! The only facts of a request that a decision may see.
//!
//! They are read one by one and only when they matter: in a Worker each is a call across the wasm
//! boundary, and most requests are settled by their first two.

pub mod consent;
pub mod cookies;
pub mod page_view;

use serde_json::Value;

/// A request as a shell shows it to the core.
pub trait Request {
    /// The method, in capitals.
    fn method(&self) -> String;
    /// The absolute URL that the visitor asked for.
    fn url(&self) -> String;
    /// The value of the header `name` (lower case); several values are joined with a comma.
    fn header(&self, name: &str) -> Option<String>;
}

/// A fact that conditions may refer to, beside the features of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// `url`: the absolute URL, with its query.
    Url,
    /// `path`: the path of the URL.
    Path,
    /// `country`: two capital letters (ISO 3166-1), as Cloudflare sees the visitor's address.
    Country,
    /// `device`: `mobile`, `tablet` or `desktop`, as far as the browser says.
    Device,
    /// `anonymous_id`: RudderStack's anonymous id.
    AnonymousId,
}

/// Where Cloudflare and Vercel write the visitor's country, in this order.
const COUNTRY_HEADERS: [&str; 2] = ["cf-ipcountry", "x-vercel-ip-country"];

impl Fact {
    /// The fact that conditions know as `name`. It comes before a feature of the same name: a request
    /// can be seen, a profile only remembered.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "url" => Some(Self::Url),
            "path" => Some(Self::Path),
            "country" => Some(Self::Country),
            "device" => Some(Self::Device),
            "anonymous_id" => Some(Self::AnonymousId),
            _ => None,
        }
    }

    /// The fact's value for a request of the visitor `id`, or null when the request does not say.
    pub fn of(self, request: &impl Request, id: &str) -> Value {
        match self {
            Self::Url => Value::from(request.url()),
            Self::Path => Value::from(path(&request.url())),
            Self::Country => {
                let country = COUNTRY_HEADERS.iter().find_map(|name| request.header(name));
                country.map_or(Value::Null, Value::from)
            }
            Self::Device => {
                request.header("user-agent").map_or(Value::Null, |agent| Value::from(device(&agent)))
            }
            Self::AnonymousId => Value::from(id),
        }
    }
}

/// Android says `Mobile` on telephones only; an iPad that asks for desktop pages is told by nothing.
fn device(agent: &str) -> &'static str {
    let has = |word| agent.contains(word);
    if has("iPad") || has("Tablet") || (has("Android") && !has("Mobile")) {
        "tablet"
    } else if has("Mobi") || has("iPhone") {
        "mobile"
    } else {
        "desktop"
    }
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

    #[test]
    fn devices_are_told_by_the_browser() {
        for (agent, expected) in [
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Mobile/15E148 Safari/604.1", "mobile"),
            ("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile Safari/537.36", "mobile"),
            ("Mozilla/5.0 (Linux; Android 15; SM-X910) Chrome/140.0 Safari/537.36", "tablet"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "desktop"),
        ] {
            assert_eq!(device(agent), expected, "{agent}");
        }
    }
}
