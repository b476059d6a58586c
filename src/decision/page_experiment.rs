//! Experiments of pages: those that belong to no feature. They are for addresses, and their variations may be other ones.

use std::sync::Arc;

use serde_json::Value;

use super::evaluation::Evaluation;
use super::experiment::Experiment;
use super::feature::Wire;
use super::namespace::Filter;
use super::prerequisite::Prerequisite;
use super::reading::Reading;
use super::reason::{Assigned, NotIn, Why};
use super::redirect;
use super::url_target::Target;
use super::uses::Uses;
use crate::document::mistake::{Mistakes, Place};

/// Members that are for authors, or for the page's own scripts.
const IGNORED: [&str; 6] = ["name", "description", "phase", "changeId", "type", "banditVersion"];

/// An experiment of pages.
#[derive(Debug)]
pub struct PageExperiment {
    experiment: Experiment,
    own: Own,
    /// The addresses that it is for, where it is not for all.
    pub(super) targets: Option<Vec<Target>>,
    /// Whether the query goes along where a variation is another address.
    pub(super) persist_query: bool,
    /// Whether it is for the page's own script to begin it.
    is_manual: bool,
}

/// What the experiment of a rule has not.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) prerequisites: Vec<Prerequisite>,
    pub(super) force: Option<i64>,
    pub(super) is_inactive: bool,
    pub(super) is_stopped: bool,
}

impl PageExperiment {
    /// Compiles it, and notes what is wrong with it.
    #[must_use]
    pub fn compile(value: &Value, place: Place<'_>, wire: Wire<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let mut reading = Reading::new(mistakes);
        let mut object = reading.object(value, place)?;
        for name in IGNORED {
            object.take(name);
        }
        if object.take("key").is_none() || object.take("variations").is_none() {
            reading.wrong(place, "must have a key and variations");
        }
        let filters = object.take("filters");
        let filters = filters.map(|filters| Filter::read_all(filters, object.at("filters"), &mut reading));
        let experiment = Experiment::read(&mut object, "", wire, &mut reading)?.filtered(filters);
        let status = reading.text(&mut object, "status");
        let own = Own {
            prerequisites: object.take("parentConditions").map_or_else(Vec::new, |value| {
                Prerequisite::read_all(value, object.at("parentConditions"), wire, &mut reading)
            }),
            force: reading.take(&mut object, "force", "must be the index of a variation", Value::as_i64),
            is_inactive: reading.truth(&mut object, "active") == Some(false) || status == Some("draft"),
            is_stopped: status == Some("stopped"),
        };
        let targets = object
            .take("urlPatterns")
            .map(|value| Target::read_all(value, object.at("urlPatterns"), wire, &mut reading));
        let persist_query = reading.truth(&mut object, "persistQueryString").unwrap_or_default();
        let is_manual = reading.truth(&mut object, "manual").unwrap_or_default();
        reading.finish(&object, "is not a key of an experiment");
        (!reading.is_damaged).then_some(Self { experiment, own, targets, persist_query, is_manual })
    }

    /// Those of a list whose variations are other addresses, compiled; one with a mistake is left out. What the others change
    /// of a page is for its own scripts: they are left out, so that what an author publishes may have them.
    #[must_use]
    pub fn compile_redirects(
        values: &[Value],
        list: Place<'_>,
        wire: Wire<'_>,
        mistakes: &mut Mistakes,
    ) -> Vec<Self> {
        let mut redirects = Vec::new();
        for (index, value) in values.iter().enumerate() {
            let variations = value.get("variations").and_then(Value::as_array);
            if !value.is_object() || variations.is_some_and(|all| redirect::is_among(all.iter())) {
                let (experiment, is_sound) =
                    mistakes.part(|mistakes| Self::compile(value, list.element(index), wire, mistakes));
                redirects.extend(experiment.filter(|_| is_sound));
            }
        }
        redirects
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.experiment.key
    }

    /// Whether it is for an address, and for some only.
    #[must_use]
    pub fn is_for(&self, url: &str) -> bool {
        self.targets.as_ref().is_some_and(|targets| Target::any(targets, url))
    }

    /// Whether it asks for sticky buckets.
    #[must_use]
    pub fn asks_to_be_sticky(&self) -> bool {
        self.experiment.asks_to_be_sticky()
    }

    /// The features that it asks.
    pub fn asked(&self) -> impl Iterator<Item = &str> {
        self.own.prerequisites.iter().map(Prerequisite::feature)
    }

    /// Adds the names of the attributes that it refers to.
    pub fn attributes(&self, into: &mut Uses) {
        self.experiment.attributes(into);
    }

    /// Gives the visitor a variation, or says why not.
    pub(super) fn run(&self, evaluation: &mut Evaluation<'_>) -> Result<Arc<Assigned>, NotIn> {
        let url = evaluation.context.url;
        if self.targets.as_ref().is_some_and(|targets| !Target::any(targets, url)) {
            return Err(Why::Url.into());
        }
        self.experiment.run(evaluation, None, Some(&self.own))
    }

    /// The value of a variation.
    #[must_use]
    pub fn value(&self, variation: usize) -> &Value {
        self.experiment.value(variation)
    }

    /// Whether a variation is another address.
    pub(super) fn redirects(&self) -> bool {
        !self.is_manual
            && self.targets.is_some()
            && redirect::is_among(self.experiment.values().map(|(value, _)| value))
    }
}
