//! `GET /_pintle/decision`: a page's own script asks for its visitor's decisions.
//!
//! It is for sites that cannot put Pintle before their pages. It gives out decisions alone, never a profile, and
//! only to the site's own pages. The answer's cookies are those that a page would have got.

use std::fmt;

use serde_json::{Map, Value};

use super::rate::Address;
use crate::delivery::values;
use crate::document::json::{object, text};
use crate::identity::anonymous_id::AnonymousId;
use crate::request::Request;
use crate::settings::Settings;
use crate::visit::{NoVisitor, Plan};

use super::Answer;

/// Where it is.
pub const PATH: &str = "/_pintle/decision";
/// What the decisions are called in an answer.
const NAME: &str = "decisions";
/// The parameter that names the visitor, where the settings allow it.
pub const PARAMETER: &str = "anonymousId";

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is no GET.
    Method,
    /// A page of another site sent it (`Sec-Fetch-Site`, W3C Fetch Metadata).
    OtherSite,
    /// It names the visitor in a parameter, and the settings do not allow that.
    ParameterNotAllowed,
    /// The parameter cannot be an id.
    NotAnId,
    /// Too many came from this address.
    TooMany {
        /// When to come again, in seconds.
        retry_after_s: u64,
    },
}

impl Refusal {
    /// The HTTP status that says so.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Method => 405,
            Self::OtherSite | Self::ParameterNotAllowed => 403,
            Self::NotAnId => 400,
            Self::TooMany { .. } => 429,
        }
    }

    /// The header that goes with it.
    #[must_use]
    pub fn header(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Method => Some(("allow", "GET".to_owned())),
            Self::TooMany { retry_after_s } => Some(("retry-after", retry_after_s.to_string())),
            Self::OtherSite | Self::ParameterNotAllowed | Self::NotAnId => None,
        }
    }

    /// The answer.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let mut answer = Answer::json(self.status(), text(&object([("error", self.to_string().into())])));
        answer.headers.extend(self.header());
        answer
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => f.write_str("only GET is answered here"),
            Self::OtherSite => f.write_str("only pages of this site are answered"),
            Self::ParameterNotAllowed => {
                write!(f, "the parameter {PARAMETER} is not taken here: DECISION_ID_PARAMETER is not `true`")
            }
            Self::NotAnId => write!(f, "the parameter {PARAMETER} is no id"),
            Self::TooMany { retry_after_s } => {
                write!(f, "too many requests: come again in {retry_after_s} s")
            }
        }
    }
}

/// Whether the request is answered at all, and the id that it names beside its cookies.
pub fn admit(request: &impl Request, settings: &Settings) -> Result<Option<AnonymousId>, Refusal> {
    if request.method() != "GET" {
        return Err(Refusal::Method);
    }
    // Browsers from before Fetch Metadata say nothing; to them other sites' scripts cannot read the answer either.
    if request.header("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return Err(Refusal::OtherSite);
    }
    let Some(id) = parameter(&request.url()) else { return Ok(None) };
    if !settings.decision_endpoint.takes_parameter {
        return Err(Refusal::ParameterNotAllowed);
    }
    id.and_then(|id| AnonymousId::new(id).ok()).map(Some).ok_or(Refusal::NotAnId)
}

/// Where the request came from, as far as it can be believed: the first of the settings' headers that is there, and of its
/// elements the last. That one the proxy before us added; what stands before it anybody can have sent.
pub fn address(request: &impl Request, settings: &Settings) -> Address {
    let headers = &settings.decision_endpoint.address_headers;
    let value = headers.iter().filter_map(|name| request.header(name)).find(|value| !value.trim().is_empty());
    value.as_deref().and_then(|value| value.rsplit(',').next()).unwrap_or_default().into()
}

/// The value of [`PARAMETER`] in a URL, when it is there; the inner `None` when it is not UTF-8.
#[must_use]
pub fn parameter(url: &str) -> Option<Option<String>> {
    let query = url.split('#').next()?.split_once('?')?.1;
    let (_, value) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == PARAMETER)?;
    // It stands for what could not be decoded, and in no id: somebody else's could have come out of it.
    let is_whole = !value.contains(char::REPLACEMENT_CHARACTER);
    Some(is_whole.then(|| value.into_owned()))
}

/// The answer: `{"decisions": {"<feature>": value}}`, and why there are none when there are none; with the cookies that
/// a page would have got. Where the settings ask for explanations, `reasons` tells why each is as it is.
#[must_use]
pub fn answer(nobody: Option<NoVisitor>, plan: &Plan) -> Answer {
    told((NAME, values(&plan.decisions), plan.decisions.is_empty()), nobody, plan)
}

/// An answer with these members under this name, and why there are none when nothing is known.
pub(super) fn told(
    (name, members, is_unknown): (&'static str, Map<String, Value>, bool),
    nobody: Option<NoVisitor>,
    plan: &Plan,
) -> Answer {
    let mut members = vec![(name, members.into())];
    if is_unknown {
        let reason =
            nobody.map_or_else(|| "the profile could not be looked up".to_owned(), |why| why.to_string());
        members.push(("reason", reason.into()));
    }
    // They are of decisions: nothing decides what is recommended.
    if name == NAME && plan.explanation.is_some() {
        let each = plan.decisions.iter();
        let reasons = each.map(|it| (it.feature.as_str(), it.decision.to_string().into()));
        members.push(("reasons", object(reasons)));
    }
    let mut answer = Answer::json(200, text(&object(members)));
    answer.headers.extend(plan.effects.set_cookies.iter().map(|cookie| ("set-cookie", cookie.to_string())));
    answer
}

/// The answer where the settings are wrong.
#[must_use]
pub fn unavailable() -> Answer {
    Answer::json(503, r#"{"error":"the settings are wrong: the log tells how"}"#.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::environment::Environment;
    use crate::profile::Source;

    struct Headers(Vec<(&'static str, String)>);

    impl Request for Headers {
        fn method(&self) -> String {
            "GET".to_owned()
        }

        fn url(&self) -> String {
            format!("https://a.example{PATH}")
        }

        fn header(&self, name: &str) -> Option<String> {
            Some(self.0.iter().find(|(known, _)| *known == name)?.1.clone())
        }

        fn place(&self, _: &str) -> Option<String> {
            None
        }
    }

    fn address_by(header: Option<&str>, headers: &[(&'static str, &str)]) -> Address {
        let variable = |name: &str| (name == "DECISION_ADDRESS_HEADER").then_some(header?.to_owned());
        let personalization = include_str!("../../personalization.json");
        let environment = Environment { variable: &variable };
        let settings = Settings::check(personalization, &environment, &[Source::Kv]).unwrap();
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        address(&Headers(headers), &settings)
    }

    #[test]
    fn an_address_is_believed_as_the_proxy_before_us_wrote_it() {
        let forwarded = ("x-forwarded-for", "192.0.2.66, 192.0.2.1");
        for (header, headers, expected) in [
            (None, &[("x-real-ip", "192.0.2.1"), ("x-forwarded-for", "192.0.2.66")][..], "192.0.2.1"),
            (None, &[("x-real-ip", " "), forwarded], "192.0.2.1"),
            (None, &[forwarded], "192.0.2.1"),
            (None, &[("cf-connecting-ip", "192.0.2.1")], ""),
            (None, &[], ""),
            // A header that is there and no address is not a reason to believe the next one.
            (None, &[("x-real-ip", "nobody"), forwarded], ""),
            (None, &[("x-forwarded-for", "192.0.2.1, ")], ""),
            (
                Some("CF-Connecting-IP"),
                &[("x-real-ip", "192.0.2.66"), ("cf-connecting-ip", "192.0.2.1")],
                "192.0.2.1",
            ),
            (Some("x-client , X-Forwarded-For"), &[("x-real-ip", "192.0.2.66"), forwarded], "192.0.2.1"),
        ] {
            assert_eq!(address_by(header, headers), Address::from(expected), "{header:?} {headers:?}");
        }
    }

    #[test]
    fn the_parameter_is_found_among_others_and_decoded() {
        let of = |url: &str| parameter(url).flatten();
        assert_eq!(
            of("https://a.example/_pintle/decision?x=1&anonymousId=a%2Bb+c&y=2#z"),
            Some("a+b c".to_owned())
        );
        assert_eq!(of("https://a.example/_pintle/decision?anonymousIdx=1"), None);
        assert_eq!(of("https://a.example/_pintle/decision#?anonymousId=1"), None);
        assert_eq!(of("https://a.example/?anonymous%49d=a&anonymousId=b"), Some("a".to_owned()));
        for broken in ["%ff", "a%ff", "%EF%BF%BD", "a%ed%a0%bdb"] {
            assert_eq!(
                parameter(&format!("https://a.example/?anonymousId={broken}")),
                Some(None),
                "{broken}"
            );
        }
        for nothing in ["anonymousId=", "anonymousId"] {
            assert_eq!(
                parameter(&format!("https://a.example/?{nothing}")),
                Some(Some(String::new())),
                "{nothing}"
            );
        }
    }
}
