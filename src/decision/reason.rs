//! A decision and its reason: what a feature is for one visitor, and why.
//!
//! Rules are counted from 0 in the types, as they stand in the file, and from 1 in the phrases for people.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::bandit::Leaf;
use super::bucket::Bucket;
use super::holdout;

/// The most rules of which a decision tells why they do not apply: the first.
pub(super) const MAX_SKIPPED: usize = 5;

/// What a feature is for a visitor.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The feature's value: any JSON.
    pub value: Value,
    /// Why it is that value.
    pub reason: Reason,
    /// Why the rules before that one do not apply, the first five of them.
    pub skipped: Vec<Skipped>,
}

/// Why a feature has its value.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// A rule forces it.
    Forced {
        /// The rule's index in the feature's `rules`, counted from 0; skipped rules count too.
        rule: usize,
        /// The rule's own `id`, when it has one.
        id: Option<String>,
        /// The visitor's bucket, when the rule is for a part of them.
        bucket: Option<Bucket>,
        /// The holdout that the visitor is in, when the rule is for those.
        holdout: Option<String>,
    },
    /// An experiment of a rule gives it.
    Experiment {
        /// The rule's index.
        rule: usize,
        /// The rule's own `id`.
        id: Option<String>,
        /// The variation.
        assigned: Arc<Assigned>,
    },
    /// No rule applies, so it is the feature's `defaultValue`.
    DefaultValue,
    /// There is no such feature.
    UnknownFeature,
    /// A rule asks for another feature, which is not as it must be, so this one is off.
    Prerequisite {
        /// The rule's index.
        rule: usize,
        /// The key of the other feature.
        feature: String,
    },
    /// The feature depends on itself, so it is off.
    CyclicPrerequisite {
        /// The key of the feature in the circle that was asked.
        feature: String,
    },
}

/// The variation of an experiment that a visitor is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Assigned {
    /// The experiment's key.
    pub experiment: Arc<str>,
    /// The variation's index.
    pub variation: usize,
    /// The variation's key: its own, or its index.
    pub key: Arc<str>,
    /// The variation's name, for people.
    pub name: Option<Arc<str>>,
    /// The attribute by which the visitor was put into a bucket.
    pub attribute: Arc<str>,
    /// Its value.
    pub value: String,
    /// How it came about.
    pub by: By,
    /// What a contextual bandit said.
    pub leaf: Option<Leaf>,
    /// Whether the visitor goes on to the next rule with it, as those do who are in no holdout.
    pub passes: bool,
}

/// How a variation came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By the visitor's bucket.
    Bucket(Bucket),
    /// The visitor had it before; this would be their bucket.
    Sticky(Bucket),
    /// It was asked for in a preview.
    Preview,
    /// The experiment has it for everybody.
    Force,
    /// It is possible.
    Possible,
}

/// A rule that does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The rule's index.
    pub rule: usize,
    /// Why it does not.
    pub why: NotIn,
}

/// Why a rule does not apply to a visitor, or they are in none of an experiment's variations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotIn {
    /// Which reason it is.
    pub why: Why,
    /// What it is about, by its name.
    pub of: String,
    /// The visitor's bucket, where that is the reason.
    pub bucket: Option<Bucket>,
}

/// The reasons, and what each is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A condition does not hold: on this attribute, or below this operator.
    Condition,
    /// This other feature is not as it must be.
    Prerequisite,
    /// The experiment depends on this feature, which depends on itself.
    Cyclic,
    /// They are outside of a filter, of which this is the seed.
    Filter,
    /// They are outside of this namespace.
    Namespace,
    /// They have no value of this attribute, by which they would be put into a bucket.
    NoValue,
    /// Their bucket belongs to no variation.
    Outside,
    /// The coverage is 0.
    Nobody,
    /// They had a variation of a version that has gone.
    Blocked,
    /// They go on to the next rule with the variation of this experiment.
    Passes,
    /// The page's address is not among those of the experiment.
    Url,
    /// The experiment is not active, or has less than two variations, or a variation is forced that there is not.
    Inactive,
}

impl NotIn {
    /// A reason that is about something.
    #[inline(never)]
    pub(super) fn of(why: Why, of: &str) -> Self {
        Self { why, of: of.to_owned(), bucket: None }
    }
}

impl From<Why> for NotIn {
    fn from(why: Why) -> Self {
        Self { why, of: String::new(), bucket: None }
    }
}

/// A short phrase for people: `no rule applies, it is the default value (rule 1: plan is not as it must be)`.
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)?;
        for (index, Skipped { rule, why }) in self.skipped.iter().enumerate() {
            let before = if index == 0 { " (" } else { ", " };
            write!(f, "{before}rule {}: {why}", rule + 1)?;
        }
        f.write_str(if self.skipped.is_empty() { "" } else { ")" })
    }
}

/// A short phrase for people, who count rules from 1: `rule 2 (returning buyers) forces it`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forced { rule, id, bucket, holdout } => {
                named(f, *rule, id)?;
                f.write_str(" forces it")?;
                if let Some(bucket) = bucket {
                    write!(f, " by {bucket}")?;
                }
                holdout
                    .as_ref()
                    .map_or(Ok(()), |holdout| write!(f, " in the holdout {}", holdout::name(holdout)))
            }
            Self::Experiment { rule, id, assigned } => {
                named(f, *rule, id)?;
                write!(f, " gives it {assigned}")
            }
            Self::DefaultValue => f.write_str("no rule applies, it is the default value"),
            Self::UnknownFeature => f.write_str("there is no such feature"),
            Self::Prerequisite { rule, feature } => {
                named(f, *rule, &None)?;
                write!(f, " turns it off, as {feature} is not as it must be")
            }
            Self::CyclicPrerequisite { feature } => {
                write!(f, "it is off, as it depends on itself through {feature}")
            }
        }
    }
}

fn named(f: &mut fmt::Formatter<'_>, rule: usize, id: &Option<String>) -> fmt::Result {
    write!(f, "rule {}", rule + 1)?;
    id.as_ref().map_or(Ok(()), |id| write!(f, " ({id})"))
}

/// `variation red of checkout by bucket 6468 of 10000`.
impl fmt::Display for Assigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "variation {} of {}", self.key, self.experiment)?;
        match self.by {
            By::Bucket(bucket) => write!(f, " by {bucket}"),
            By::Sticky(_) => f.write_str(" as before"),
            By::Preview => f.write_str(" in this preview"),
            By::Force | By::Possible => Ok(()),
        }
    }
}

impl fmt::Display for NotIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = match self.why {
            Why::Condition | Why::Prerequisite => ("", " is not as it must be"),
            Why::Cyclic => ("", " depends on itself"),
            Why::Filter => ("outside of the filter ", ""),
            Why::Namespace => ("outside of the namespace ", ""),
            Why::NoValue => ("there is no ", ""),
            Why::Passes => ("goes on from ", ""),
            Why::Outside => ("", " is outside"),
            Why::Nobody => ("it is for nobody", ""),
            Why::Blocked => ("had a variation of an earlier version", ""),
            Why::Url => ("not at this address", ""),
            Why::Inactive => ("its experiment is not active", ""),
        };
        write!(f, "{before}{}", self.of)?;
        self.bucket.map_or(Ok(()), |bucket| bucket.fmt(f))?;
        f.write_str(after)
    }
}
