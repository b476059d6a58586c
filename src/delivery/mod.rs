//! What does the visitor get? Each way of delivering a decision is a file: its settings, what a request brings of it,
//! its part of the plan.
//!
//! What is delivered is a value; a shell applies it without asking what it means.

pub mod caching;
pub mod cookie;
mod effects;
pub mod exposure;
pub mod forward;
pub mod redirect;
pub mod set_cookie;

use std::fmt;

use serde_json::{Map, Value};

use crate::decision::{Decision, Feature, Features};
use crate::document::json;
use crate::document::mistake::{Mistakes, Place};
use crate::document::reader::{Object, suggesting};
use crate::request::cookies::cookie;

use cookie::DecisionCookie;
pub use effects::Effects;
use exposure::Track;
pub use set_cookie::SetCookie;

/// The most bytes that all decisions' cookies may have together. Browsers send them back in one header line, of which
/// servers and proxies take 8 KiB (nginx, Apache; others less): 2 KiB are the ticket's, and 2 KiB stay for the cookies of
/// the site itself and of RudderStack. A visitor whose line is longer gets an error instead of every page.
const MAX_COOKIES_BYTES: usize = 4096;

/// How the decision on one feature is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// In a cookie for the page's own scripts.
    Cookie(DecisionCookie),
}

impl Delivery {
    /// Reads the list `deliver` of `personalization.json`, whose elements stand below `list`: those that nothing is wrong
    /// with, and which of their values are traits.
    pub fn compile_all(
        values: &[Value],
        list: Place<'_>,
        features: &Features,
        mistakes: &mut Mistakes,
    ) -> (Vec<Self>, Vec<Track>) {
        let (mut deliveries, mut tracks) = (Vec::<Self>::new(), Vec::new());
        let (mut bytes, mut wrong) = (0, Vec::new());
        for (index, value) in values.iter().enumerate() {
            let place = list.element(index);
            let (delivery, is_sound) = mistakes.part(|mistakes| {
                let delivery = Self::compile(value, place, features, mistakes)?;
                if let Some(feature) = features.get(delivery.feature()) {
                    // With the `=` and the `; ` that stand between them.
                    bytes += delivery.largest(feature, place.member("feature"), mistakes) + 3;
                }
                if deliveries.iter().any(|other| other.carrier() == delivery.carrier()) {
                    mistakes.note(
                        place.member("cookie").member("name"),
                        "is the name of an earlier delivery's cookie too",
                    );
                }
                Some(delivery)
            });
            let Some(delivery) = delivery else { continue };
            if is_sound {
                tracks.extend(Track::of(value, delivery.feature()));
            } else {
                wrong.push(deliveries.len());
            }
            deliveries.push(delivery);
        }
        wrong.into_iter().rev().for_each(|index| drop(deliveries.remove(index)));
        if bytes > MAX_COOKIES_BYTES {
            mistakes.note(
                list,
                format!(
                    "fills cookies of {bytes} bytes together when each feature has its largest value, and may fill \
                     {MAX_COOKIES_BYTES}, so that proxies take the requests"
                ),
            );
        }
        (deliveries, tracks)
    }

    fn compile(
        value: &Value,
        place: Place<'_>,
        features: &Features,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let mut object = Object::read(value, place, mistakes)?;
        let feature = object.text("feature", mistakes);
        let feature = object.require("feature", feature, mistakes);
        if let Some(feature) = feature.filter(|feature| features.get(feature).is_none()) {
            let wrong = format!("`{feature}` is not among the features");
            let known = features.iter().map(|(key, _)| key);
            mistakes.note(place.member("feature"), suggesting(&wrong, feature, known));
        }
        object.text("track", mistakes);
        let carried = object.take("cookie");
        let carried = object.require("cookie", carried, mistakes);
        object.finish(mistakes);
        let of = feature.unwrap_or_default();
        let cookie = DecisionCookie::compile(carried?, place.member("cookie"), of, mistakes);
        feature?;
        Some(Self::Cookie(cookie?))
    }

    /// How many bytes its cookie has when `feature` is what it can be at most; see [`DecisionCookie::largest`].
    fn largest(&self, feature: &Feature, place: Place<'_>, mistakes: &mut Mistakes) -> usize {
        match self {
            Self::Cookie(cookie) => cookie.largest(feature, place, mistakes),
        }
    }

    /// The key of the feature whose value it delivers.
    #[must_use]
    pub fn feature(&self) -> &str {
        match self {
            Self::Cookie(cookie) => &cookie.feature,
        }
    }

    /// The name of what carries it.
    #[must_use]
    pub fn carrier(&self) -> &str {
        match self {
            Self::Cookie(cookie) => &cookie.name,
        }
    }

    /// What a request with these cookies brings of it.
    #[must_use]
    pub fn met(&self, cookies: &str) -> Met<'_> {
        let brought = match self {
            Self::Cookie(own) => cookie(cookies, &own.name).map(str::to_owned),
        };
        Met { delivery: self, brought }
    }
}

/// One delivery in one visit: what the request brought of it stays with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met<'s> {
    delivery: &'s Delivery,
    /// The value of its cookie in the request.
    brought: Option<String>,
}

impl<'s> Met<'s> {
    /// The delivery.
    #[must_use]
    pub fn delivery(&self) -> &'s Delivery {
        self.delivery
    }

    /// Whether an earlier page set it.
    #[must_use]
    pub fn was_brought(&self) -> bool {
        self.brought.is_some()
    }

    /// Takes away what an earlier page set.
    #[must_use]
    pub fn taken_away(&self) -> Option<SetCookie> {
        let name = self.delivery.carrier().to_owned();
        self.brought.as_ref().map(|_| SetCookie::Removed { name })
    }

    /// Delivers what was decided, and says what becomes of it.
    pub fn deliver(&self, decision: Decision, written: &mut Written, effects: &mut Effects) -> Decided {
        match self.delivery {
            Delivery::Cookie(cookie) => cookie.deliver(decision, self.brought.as_deref(), written, effects),
        }
    }
}

/// When cookies were written: a ticket keeps that for the next page.
#[derive(Debug, Default)]
pub struct Written {
    /// The time, in seconds since 1970.
    pub now_s: u64,
    /// When each was last written, by its name, as far as that is known.
    pub at_s: Map<String, Value>,
}

impl Written {
    /// How long ago a cookie was written, in seconds, where that is known.
    #[must_use]
    pub fn age_s(&self, name: &str) -> Option<u64> {
        self.at_s.get(name)?.as_u64().map(|at_s| self.now_s.saturating_sub(at_s))
    }
}

/// What was decided about a feature, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The feature's key.
    pub feature: String,
    /// Its value and why.
    pub decision: Decision,
    /// The name of the cookie that carries it.
    pub carrier: String,
    /// What became of that.
    pub became: Became,
}

impl Decided {
    /// What became of it, in words.
    #[must_use]
    pub fn delivered(&self) -> String {
        let Self { carrier, became, .. } = self;
        match became {
            Became::Written(value) => format!("{carrier}={value} written"),
            Became::Removed => format!("{carrier} taken away"),
            Became::Unchanged => format!("{carrier} unchanged"),
        }
    }
}

/// What became of a cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It was written with this value.
    Written(String),
    /// It was taken away.
    Removed,
    /// The browser has it already.
    Unchanged,
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}: {}", self.feature, json::text(&self.decision.value), self.decision)
    }
}

/// The value of each feature that was decided, by its key.
#[must_use]
pub fn values(decisions: &[Decided]) -> Map<String, Value> {
    let mut values = Map::new();
    values.extend(decisions.iter().map(|it| (it.feature.clone(), it.decision.value.clone())));
    values
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decision::Reason;

    fn cookie_of(feature: &str) -> Delivery {
        Delivery::Cookie(DecisionCookie {
            feature: feature.to_owned(),
            name: format!("c_{feature}"),
            max_age_s: 86_400,
        })
    }

    #[test]
    fn what_a_request_brought_of_a_delivery_stays_with_it() {
        let (a, b) = (cookie_of("a"), cookie_of("b"));
        let cookies = "c_b=2; c_a=1";
        let value = |met: Met<'_>, value| {
            let decision =
                Decision { value: json!(value), reason: Reason::DefaultValue, skipped: Vec::new() };
            met.deliver(decision, &mut Written::default(), &mut Effects::default()).became
        };
        assert_eq!(value(a.met(cookies), 1), Became::Unchanged);
        assert_eq!(value(b.met(cookies), 1), Became::Written("1".to_owned()));
    }
}
