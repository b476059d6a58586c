//! Whether a request is a person looking at a page: the only requests that a profile is looked up for.

use std::fmt;

use crate::request::Request;

/// Why a request is not a page view of a person, so that no profile is looked up for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAPageView {
    /// Another method than GET.
    Method,
    /// An image, script, fetch, frame or anything else that is not the document in a tab.
    SubResource,
    /// Fetched ahead of a visit that may never come.
    Prefetch,
    /// A crawler, link preview or monitor that says so.
    Bot,
}

impl fmt::Display for NotAPageView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "not a GET request",
            Self::SubResource => "a sub-resource, not a page",
            Self::Prefetch => "a prefetch",
            Self::Bot => "a bot",
        })
    }
}

/// Whether the request is for the document in a tab.
///
/// Browsers say so in `Sec-Fetch-Dest` (W3C Fetch Metadata); those from before it, and connections
/// that are not trustworthy, do not, and there only navigations name `text/html` in `Accept`.
pub fn navigation(request: &impl Request) -> Result<(), NotAPageView> {
    if request.method() != "GET" {
        return Err(NotAPageView::Method);
    }
    let document = match request.header("sec-fetch-dest") {
        Some(destination) => destination == "document",
        None => {
            request.header("accept").is_some_and(|accept| accept.contains("text/html"))
                && !ROUTER_DATA_HEADERS.iter().any(|name| request.header(name).is_some())
        }
    };
    if document { Ok(()) } else { Err(NotAPageView::SubResource) }
}

/// Whether somebody is there to see the page: no prefetch, no bot.
pub fn person(request: &impl Request) -> Result<(), NotAPageView> {
    if PREFETCH_HEADERS.iter().any(|name| request.header(name).is_some_and(|value| is_prefetch(&value))) {
        return Err(NotAPageView::Prefetch);
    }
    if request.header(ROUTER_PREFETCH_HEADER).is_some() {
        return Err(NotAPageView::Prefetch);
    }
    if request.header("user-agent").is_some_and(|agent| is_bot(&agent)) {
        return Err(NotAPageView::Bot);
    }
    Ok(())
}

/// `Sec-Purpose` is the standard (Fetch, "prefetch" and "prefetch;prerender"); the others are what
/// Chromium, Safari and Firefox sent before it.
const PREFETCH_HEADERS: [&str; 3] = ["sec-purpose", "purpose", "x-moz"];

/// Next.js' router sends one of these when it fetches data for a page that it shows itself.
const ROUTER_DATA_HEADERS: [&str; 3] = ["rsc", "next-url", "x-nextjs-data"];
/// And this when it fetches ahead.
const ROUTER_PREFETCH_HEADER: &str = "next-router-prefetch";

fn is_prefetch(purpose: &str) -> bool {
    let purpose = purpose.to_ascii_lowercase();
    ["prefetch", "prerender", "preview"].iter().any(|word| purpose.contains(word))
}

/// The words by which crawlers, previews and monitors name themselves. Browsers do not contain
/// them, but for `cubot`, a brand of telephones.
const BOT_WORDS: [&str; 18] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "preview",
    "facebookexternalhit",
    "facebookcatalog",
    "whatsapp",
    "embedly",
    "mediapartners-google",
    "google-inspectiontool",
    "lighthouse",
    "pagespeed",
    "pingdom",
    "uptime",
    "monitor",
    "scrapy",
    "archiver",
];

fn is_bot(agent: &str) -> bool {
    let agent = agent.to_ascii_lowercase();
    agent.split("cubot").any(|agent| BOT_WORDS.iter().any(|word| agent.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Asked<'a>(&'a str, &'a [(&'a str, &'a str)]);

    impl Request for Asked<'_> {
        fn method(&self) -> String {
            self.0.to_owned()
        }
        fn url(&self) -> String {
            "https://shop.example/".to_owned()
        }
        fn header(&self, name: &str) -> Option<String> {
            self.1.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        }

        fn place(&self, _: &str) -> Option<String> {
            None
        }
    }

    #[test]
    fn a_navigation_is_told_by_its_destination() {
        assert_eq!(navigation(&Asked("GET", &[("sec-fetch-dest", "document")])), Ok(()));
        for destination in ["empty", "image", "script", "iframe"] {
            let asked = Asked("GET", &[("sec-fetch-dest", destination), ("accept", "text/html")]);
            assert_eq!(navigation(&asked), Err(NotAPageView::SubResource));
        }
    }

    #[test]
    fn a_browser_without_fetch_metadata_is_told_by_what_it_accepts() {
        assert_eq!(navigation(&Asked("GET", &[("accept", "text/html,*/*;q=0.8")])), Ok(()));
        assert_eq!(navigation(&Asked("GET", &[("accept", "*/*")])), Err(NotAPageView::SubResource));
        assert_eq!(navigation(&Asked("GET", &[])), Err(NotAPageView::SubResource));
    }

    #[test]
    fn only_get_is_a_navigation() {
        for method in ["HEAD", "POST", "PUT", "OPTIONS"] {
            let asked = Asked(method, &[("sec-fetch-dest", "document")]);
            assert_eq!(navigation(&asked), Err(NotAPageView::Method));
        }
    }

    #[test]
    fn prefetches_are_nobody() {
        for (name, value) in [
            ("sec-purpose", "prefetch"),
            ("sec-purpose", "prefetch;prerender"),
            ("purpose", "Prefetch"),
            ("x-moz", "prefetch"),
        ] {
            assert_eq!(person(&Asked("GET", &[(name, value)])), Err(NotAPageView::Prefetch));
        }
    }

    #[test]
    fn bots_are_nobody_and_browsers_are_somebody() {
        for agent in ["Mozilla/5.0 (compatible; Googlebot/2.1)", "facebookexternalhit/1.1", "Slackbot 1.0"] {
            assert_eq!(person(&Asked("GET", &[("user-agent", agent)])), Err(NotAPageView::Bot), "{agent}");
        }
        for agent in ["Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", "Mozilla/5.0 (Android 9; CUBOT X19)"] {
            assert_eq!(person(&Asked("GET", &[("user-agent", agent)])), Ok(()), "{agent}");
        }
        assert_eq!(person(&Asked("GET", &[])), Ok(()));
    }
}
