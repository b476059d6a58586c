//! Why a source did not answer: whose fault it is, in words, and what to look at.

use std::fmt;

use super::{MAX_BYTES, Source};

/// Why a source did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nothing came within the budget.
    Deadline,
    /// Nothing could be asked, or the connection failed: the cause's own words.
    Unreachable(String),
    /// A status other than 200.
    Status(u16),
    /// It answered, and refuses: why.
    Refused(&'static str),
    /// The answer is larger than [`MAX_BYTES`].
    TooLarge,
    /// The answer, around the profile, is not the JSON that was agreed on.
    NotJson,
    /// A 200 without a `data` object. RudderStack's documentation shows one that reports an error.
    NoData,
    /// The visitor's own entry is broken: what is wrong with it.
    BrokenEntry(&'static str),
    /// The answer is about another id than the one asked for.
    OtherId,
    /// The source failed repeatedly and is left alone for a while.
    LeftAlone,
}

impl Failure {
    /// Whether it says something about the whole source, and not about this one visitor: an entry that is broken,
    /// or an id that the source refuses, must not shut it for everybody else.
    #[must_use]
    pub fn is_the_sources(&self) -> bool {
        match self {
            Self::Deadline
            | Self::Unreachable(_)
            | Self::Refused(_)
            | Self::NotJson
            | Self::NoData
            | Self::LeftAlone => true,
            Self::Status(status) => !matches!(status, 400 | 422),
            Self::TooLarge | Self::BrokenEntry(_) | Self::OtherId => false,
        }
    }

    /// Its kind, by which failures are counted.
    #[must_use]
    pub fn kind(&self) -> String {
        match self {
            Self::Status(status) => format!("status {status}"),
            Self::Deadline => "deadline".to_owned(),
            Self::Unreachable(_) => "unreachable".to_owned(),
            Self::Refused(_) => "refused".to_owned(),
            Self::TooLarge => "too large".to_owned(),
            Self::NotJson => "not JSON".to_owned(),
            Self::NoData => "no data".to_owned(),
            Self::BrokenEntry(_) => "broken entry".to_owned(),
            Self::OtherId => "other id".to_owned(),
            Self::LeftAlone => "left alone".to_owned(),
        }
    }

    /// What to look at when `source` fails so.
    #[must_use]
    pub fn hint(&self, source: Source) -> &'static str {
        match (self, source) {
            (Self::Deadline, _) => {
                "is it slow, or LOOKUP_BUDGET_MS too short? What comes late is kept for the next page"
            }
            (Self::Unreachable(_), Source::ActivationApi) => {
                "look at ACTIVATION_API_URL, and whether its host, port and certificate answer from here"
            }
            (Self::Unreachable(_) | Self::Refused(_) | Self::Status(_) | Self::NotJson, Source::Redis) => {
                "look at REDIS_URL, and whether what it names answers from here"
            }
            (Self::Refused(_), _) => "look at the source's own log",
            (Self::Unreachable(_), Source::Kv) => "look at the binding PROFILES and at Cloudflare's status",
            (Self::Unreachable(_), Source::People) => {
                "look at the binding PEOPLE, its class, and the log of the object's Worker"
            }
            (Self::Unreachable(_), Source::Function) => "the site's own `profile` threw it: look there",
            (Self::Status(401 | 403), _) => "look at ACTIVATION_TOKEN",
            (Self::Status(404), _) => "look at ACTIVATION_DESTINATION_ID and ACTIVATION_API_URL",
            (Self::Status(400 | 422), _) => "look at ACTIVATION_ENTITY and ACTIVATION_ID_TYPE",
            (Self::Status(429), _) => "it limits how often it is asked: are TICKET_KEYS set?",
            (Self::Status(300..400), _) => "it redirects, which is not followed: look at ACTIVATION_API_URL",
            (Self::Status(_), _) => "look at the source's own log",
            (Self::NotJson | Self::NoData | Self::OtherId, Source::ActivationApi) => {
                "does an Activation API answer at ACTIVATION_API_URL?"
            }
            (Self::TooLarge | Self::BrokenEntry(_), _) => {
                "look at what writes the profiles; others are not touched"
            }
            (Self::NotJson | Self::NoData | Self::OtherId, _) => "look at what writes the profiles",
            (Self::LeftAlone, _) => "it is asked again by itself",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadline => f.write_str("no answer within the budget"),
            Self::Unreachable(cause) => write!(f, "the source cannot be reached: {cause}"),
            Self::Refused(why) => f.write_str(why),
            Self::Status(status) => write!(f, "the source answered with status {status}"),
            Self::TooLarge => write!(f, "the profile has more than {MAX_BYTES} bytes"),
            Self::NotJson => f.write_str("the answer is not the JSON it should be"),
            Self::NoData => f.write_str("the answer has no `data` object"),
            Self::BrokenEntry(what) => write!(f, "the visitor's own entry is broken: {what}"),
            Self::OtherId => f.write_str("the answer is about another id"),
            Self::LeftAlone => f.write_str("the source failed repeatedly and is left alone"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_one_visitor_is_not_held_against_the_source() {
        for the_sources in [Failure::Status(500), Failure::Status(401), Failure::NotJson, Failure::NoData] {
            assert!(the_sources.is_the_sources(), "{the_sources}");
        }
        for the_visitors in
            [Failure::Status(400), Failure::BrokenEntry("x"), Failure::TooLarge, Failure::OtherId]
        {
            assert!(!the_visitors.is_the_sources(), "{the_visitors}");
        }
    }
}
