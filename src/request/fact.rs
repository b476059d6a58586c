//! What a request says that decisions may refer to, beside the features of the profile: an arm a fact. Only those that are
//! referred to are read. It knows nothing of who is believed: all of it is what the visitor's browser and the platform say.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{Request, path};

/// A fact that conditions may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// `url`: the absolute URL, with its query.
    Url,
    /// `host`: the host of the URL, with its port where it has one.
    Host,
    /// `path`: the path of the URL.
    Path,
    /// `query`: what stands behind the `?`, empty where nothing does.
    Query,
    /// `utm_source` and its like: the first parameter of this name in the query.
    Utm(&'static str),
    /// `country`: two capital letters (ISO 3166-1), as Cloudflare or Vercel sees the visitor's address.
    Country,
    /// `region`: the letters or digits of ISO 3166-2 behind the country's, such as `BY`.
    Region,
    /// `city`: its name, such as `Zürich`.
    City,
    /// `device`: `mobile`, `tablet` or `desktop`, as far as the browser says.
    Device,
    /// `browser`: `chrome`, `edge`, `firefox`, `opera`, `safari` or `other`.
    Browser,
    /// `language`: the one that the browser prefers, such as `de-CH`.
    Language,
    /// `referrer`: the URL of the page that led here, as far as the browser tells.
    Referrer,
    /// `anonymous_id`: RudderStack's anonymous id.
    AnonymousId,
    /// `returning`: whether an earlier page has set one of our cookies.
    Returning,
}

/// The parameters that campaigns are told by.
const UTM: [&str; 6] = ["utm_campaign", "utm_content", "utm_id", "utm_medium", "utm_source", "utm_term"];

/// The names of all facts.
pub const NAMES: [&str; 19] = [
    "anonymous_id",
    "browser",
    "city",
    "country",
    "device",
    "host",
    "language",
    "path",
    "query",
    "referrer",
    "region",
    "returning",
    "url",
    "utm_campaign",
    "utm_content",
    "utm_id",
    "utm_medium",
    "utm_source",
    "utm_term",
];

/// Whom a request is of, as far as facts are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'s> {
    /// The anonymous id.
    pub id: &'s str,
    /// Whether the request brings a cookie that we set.
    pub is_returning: bool,
}

impl Fact {
    /// The fact that conditions know as `name`. It comes before a feature of the same name: a request
    /// can be seen, a profile only remembered.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "url" => Self::Url,
            "host" => Self::Host,
            "path" => Self::Path,
            "query" => Self::Query,
            "country" => Self::Country,
            "region" => Self::Region,
            "city" => Self::City,
            "device" => Self::Device,
            "browser" => Self::Browser,
            "language" => Self::Language,
            "referrer" => Self::Referrer,
            "anonymous_id" => Self::AnonymousId,
            "returning" => Self::Returning,
            other => Self::Utm(UTM.into_iter().find(|utm| *utm == other)?),
        })
    }

    /// The fact's value for a request of this visitor, or null when the request does not say.
    pub fn of(self, request: &impl Request, sender: Sender<'_>) -> Value {
        let said = match self {
            Self::Returning => return Value::Bool(sender.is_returning),
            Self::AnonymousId => Some(sender.id.to_owned()),
            Self::Url => Some(request.url()),
            Self::Host => Some(host(&request.url()).to_owned()),
            Self::Path => Some(path(&request.url()).to_owned()),
            Self::Query => Some(query(&request.url()).to_owned()),
            Self::Utm(name) => parameter(&request.url(), name),
            Self::Country => placed(request, ["cf-ipcountry", "x-vercel-ip-country"], "country"),
            Self::Region => placed(request, ["cf-region-code", "x-vercel-ip-country-region"], "regionCode"),
            Self::City => placed(request, ["cf-ipcity", "x-vercel-ip-city"], "city")
                .map(|city| percent_decode_str(&city).decode_utf8_lossy().into_owned()),
            Self::Device => request.header("user-agent").map(|agent| device(&agent).to_owned()),
            Self::Browser => request.header("user-agent").map(|agent| browser(&agent).to_owned()),
            Self::Language => request.header("accept-language").and_then(|list| language(&list)),
            Self::Referrer => request.header("referer"),
        };
        said.map_or(Value::Null, Value::String)
    }
}

/// Where the visitor is, by what Cloudflare and Vercel write into headers, else by what the runtime tells of the request.
fn placed(request: &impl Request, headers: [&str; 2], what: &str) -> Option<String> {
    headers.into_iter().find_map(|name| request.header(name)).or_else(|| request.place(what))
}

fn host(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    after_scheme.split(['/', '?', '#']).next().unwrap_or_default()
}

fn query(url: &str) -> &str {
    let whole = url.split('#').next().unwrap_or_default();
    whole.split_once('?').map_or("", |(_, query)| query)
}

fn parameter(url: &str, name: &str) -> Option<String> {
    let mut parameters = form_urlencoded::parse(query(url).as_bytes());
    parameters.find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
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

/// What a browser calls itself, before the others that it names as well: all but Firefox name Safari, most Chrome.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "edge"),
    ("OPR/", "opera"),
    ("SamsungBrowser", "other"),
    ("Firefox/", "firefox"),
    ("FxiOS/", "firefox"),
    ("Chrome/", "chrome"),
    ("CriOS/", "chrome"),
    ("Safari/", "safari"),
];

fn browser(agent: &str) -> &'static str {
    BROWSERS.into_iter().find(|(word, _)| agent.contains(word)).map_or("other", |(_, name)| name)
}

/// The first of the languages: browsers write them in the order of their users.
fn language(list: &str) -> Option<String> {
    let first = list.split([',', ';']).next().unwrap_or_default().trim();
    (!first.is_empty() && first != "*").then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_is_among_the_names() {
        assert!(NAMES.into_iter().all(|name| Fact::named(name).is_some()));
        let arms =
            include_str!("fact.rs").split("fn named").nth(1).and_then(|rest| rest.split("other =>").next());
        let named = arms.unwrap().matches("=> Self::").count();
        assert_eq!(named + UTM.len(), NAMES.len());
    }

    #[test]
    fn devices_are_told_by_the_browser() {
        for (agent, expected) in [
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Mobile/15E148 Safari/604.1", ("mobile", "safari")),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile Safari/537.36",
                ("mobile", "chrome"),
            ),
            ("Mozilla/5.0 (Linux; Android 15; SM-X910) Chrome/140.0 Safari/537.36", ("tablet", "chrome")),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                ("desktop", "firefox"),
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", ("desktop", "edge")),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 OPR/120.0", ("desktop", "opera")),
            ("Mozilla/5.0 (iPhone) CriOS/140.0 Mobile/15E148 Safari/604.1", ("mobile", "chrome")),
            ("curl/8.0", ("desktop", "other")),
        ] {
            assert_eq!((device(agent), browser(agent)), expected, "{agent}");
        }
    }

    #[test]
    fn the_parts_of_a_url_are_told_apart() {
        for (url, expected) in [
            (
                "https://shop.example/a?utm_source=x%20y&utm_source=z#?q",
                ("shop.example", "utm_source=x%20y&utm_source=z"),
            ),
            ("http://localhost:8787?utm_source=x+y", ("localhost:8787", "utm_source=x+y")),
            ("https://shop.example/#?utm_source=no", ("shop.example", "")),
        ] {
            assert_eq!((host(url), query(url)), expected, "{url}");
            let source = parameter(url, "utm_source");
            assert_eq!(source.as_deref(), (!expected.1.is_empty()).then_some("x y"), "{url}");
        }
    }

    #[test]
    fn the_language_is_the_one_that_stands_first() {
        for (list, expected) in
            [("de-CH,de;q=0.9,en;q=0.8", Some("de-CH")), ("en;q=0.5", Some("en")), ("*", None), ("", None)]
        {
            assert_eq!(language(list).as_deref(), expected, "{list}");
        }
    }
}
