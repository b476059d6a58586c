//! What does the visitor get? The plan: everything that a shell must do to the response, as a value.
//!
//! A shell applies it without asking what it means. An empty plan is the origin's response, untouched.

pub mod caching;
pub mod cookie;
pub mod explanation;
pub mod forward;

use std::fmt;

use serde_json::{Map, Value};

use crate::decision::{Decision, Features};
use crate::document::json;
use crate::document::mistake::{Mistakes, Place};
use crate::document::reader::Object;

use cookie::{DecisionCookie, SetCookie};
use explanation::Explanation;

/// The most bytes that all decisions' cookies may have together. Browsers send them back in one header line, of which
/// servers and proxies take 8 KiB (nginx, Apache; others less): 2 KiB are the ticket's, and 2 KiB stay for the cookies of
/// the site itself and of RudderStack. A visitor whose line is longer gets an error instead of every page.
const MAX_COOKIES_BYTES: usize = 4096;

/// How the decision on one feature is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The feature's key.
    pub feature: String,
    /// The cookie that carries its value.
    pub cookie: DecisionCookie,
}

impl Delivery {
    /// Reads the list `deliver` of `personalization.json`, whose elements stand below `list`.
    pub fn compile_all(
        values: &[Value],
        list: Place<'_>,
        features: &Features,
        mistakes: &mut Mistakes,
    ) -> Vec<Self> {
        let mut deliveries: Vec<Self> = Vec::new();
        let mut bytes = 0;
        for (index, value) in values.iter().enumerate() {
            let place = list.element(index);
            let Some(delivery) = Self::compile(value, place, features, mistakes) else { continue };
            if let Some(feature) = features.get(&delivery.feature) {
                // With the `=` and the `; ` that stand between them.
                bytes += delivery.cookie.largest(feature, place.member("feature"), mistakes) + 3;
            }
            if deliveries.iter().any(|other| other.cookie.name == delivery.cookie.name) {
                mistakes.note(
                    place.member("cookie").member("name"),
                    "is the name of an earlier delivery's cookie too",
                );
            }
            deliveries.push(delivery);
        }
        if bytes > MAX_COOKIES_BYTES {
            mistakes.note(
                list,
                format!(
                    "fills cookies of {bytes} bytes together when each feature has its largest value, and may fill \
                     {MAX_COOKIES_BYTES}, so that proxies take the requests"
                ),
            );
        }
        deliveries
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
            mistakes.note(place.member("feature"), format!("`{feature}` is not among the features"));
        }
        let carried = object.take("cookie");
        let carried = object.require("cookie", carried, mistakes);
        object.finish(mistakes);
        let cookie = DecisionCookie::compile(carried?, place.member("cookie"), mistakes);
        Some(Self { feature: feature?.to_owned(), cookie: cookie? })
    }
}

/// All that is to be done to the response.
#[must_use]
#[derive(Debug, Default, PartialEq)]
pub struct Plan {
    /// Cookies to append, each as a `Set-Cookie` of its own. If there are any, the response is
    /// private, as [`caching`] says.
    pub set_cookies: Vec<SetCookie>,
    /// What was decided, in the order of the settings; empty when nothing was.
    pub decisions: Vec<Decided>,
    /// How it came about, when the settings ask for it.
    pub explanation: Option<Explanation>,
}

/// A feature and what was decided about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// The feature's key.
    pub feature: String,
    /// Its value and why.
    pub decision: Decision,
}

impl fmt::Display for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}: {}", self.feature, json::text(&self.decision.value), self.decision.reason)
    }
}

impl Plan {
    /// The value of each feature that was decided, by its key.
    #[must_use]
    pub fn values(&self) -> Map<String, Value> {
        let mut values = Map::new();
        values.extend(self.decisions.iter().map(|it| (it.feature.clone(), it.decision.value.clone())));
        values
    }

    /// Whether the response is made for one visitor, and so must be kept by no shared cache.
    #[must_use]
    pub fn is_private(&self) -> bool {
        !self.leaves_the_response_alone()
    }

    /// Whether the origin's response is to leave byte for byte as it came.
    #[must_use]
    pub fn leaves_the_response_alone(&self) -> bool {
        self.set_cookies.is_empty() && self.explanation.is_none()
    }
}
