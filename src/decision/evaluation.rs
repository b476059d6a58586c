//! Deciding for one visitor: what is known of them, what was given to them before, and what they are given now.

use std::sync::Arc;

use super::condition::Attributes;
use super::feature::Features;
use super::page_experiment::PageExperiment;
use super::reason::{Assigned, Decision, NotIn, Reason};
use super::sticky::Sticky;

/// The most prerequisites that are asked for one feature, and how deep: no file may cost a page its time.
const MAX_ASKED: u32 = 10_000;
const MAX_DEPTH: usize = 64;

/// What decisions depend on.
#[derive(Default, Clone)]
pub struct Context<'a> {
    /// What is known of the visitor.
    pub attributes: Attributes<'a>,
    /// The variations that were given before; none where nothing is remembered, which is not the same as nothing yet.
    pub sticky: Option<Sticky>,
    /// The address of the page.
    pub url: &'a str,
    /// What a preview asks for; none for everybody else.
    pub preview: Option<Preview<'a>>,
}

/// What a preview asks for.
#[derive(Clone, Copy)]
pub struct Preview<'a> {
    /// The variation of an experiment, by its key and how many there are, such as
    /// [`query_override`](super::query_override) reads it.
    pub asked: &'a dyn Fn(&str, usize) -> Option<i64>,
    /// Whether nobody is put into an experiment but by what is asked for.
    pub is_qa: bool,
    /// Whether there are no experiments at all.
    pub is_disabled: bool,
}

/// The decisions for one visitor on one page.
pub struct Evaluation<'a> {
    features: &'a Features,
    pub(super) context: Context<'a>,
    /// The variations that the visitor was put into, each time that it came up, whether a value came of it or not.
    pub viewed: Vec<Arc<Assigned>>,
    asked: u32,
}

/// The features that are being decided on, each because the one before asks it.
pub(super) struct Path<'p> {
    pub(super) key: &'p str,
    pub(super) asked_by: Option<&'p Path<'p>>,
}

impl Path<'_> {
    /// Whether `key` is on the path, or there is no end to it.
    fn leads_back_to(&self, key: &str) -> bool {
        let mut at = Some(self);
        let mut depth = 0;
        while let Some(path) = at {
            depth += 1;
            if path.key == key || depth > MAX_DEPTH {
                return true;
            }
            at = path.asked_by;
        }
        false
    }
}

impl<'a> Evaluation<'a> {
    /// Nothing is decided yet.
    #[must_use]
    pub fn new(features: &'a Features, context: Context<'a>) -> Self {
        Self { features, context, viewed: Vec::new(), asked: 0 }
    }

    /// The address of the page.
    #[must_use]
    pub fn url(&self) -> &'a str {
        self.context.url
    }

    /// Decides on the feature `key`.
    pub fn decide(&mut self, key: &str) -> Decision {
        self.asked = 0;
        self.decide_on(key, None)
    }

    /// Runs an experiment of pages.
    pub fn run(&mut self, experiment: &PageExperiment) -> Result<Arc<Assigned>, NotIn> {
        self.asked = 0;
        experiment.run(self)
    }

    /// The variations that were given before, and now; `pages` are the experiments of pages that there are.
    #[must_use]
    pub fn sticky(self, pages: &[PageExperiment]) -> Option<Sticky> {
        let mut sticky = self.context.sticky;
        if let Some(sticky) = &mut sticky {
            sticky.make_room(|experiment| {
                self.features.experiments().any(|it| *it.key == *experiment)
                    || pages.iter().any(|it| it.key() == experiment)
            });
        }
        sticky
    }

    pub(super) fn decide_on(&mut self, key: &str, path: Option<&Path<'_>>) -> Decision {
        self.asked += 1;
        if self.asked > MAX_ASKED || path.is_some_and(|path| path.leads_back_to(key)) {
            return Decision::off(Reason::CyclicPrerequisite { feature: key.to_owned() });
        }
        match self.features.get(key) {
            Some(feature) => feature.decide(self, &Path { key, asked_by: path }),
            None => Decision::off(Reason::UnknownFeature),
        }
    }
}

impl Decision {
    pub(super) fn off(reason: Reason) -> Self {
        Self { value: serde_json::Value::Null, reason, skipped: Vec::new() }
    }
}
