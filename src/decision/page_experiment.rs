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
use crate::document::mistake::{Mistakes, Place};

/// Members that are for authors, or for the page's own scripts.
const IGNORED: [&str; 7] = ["name", "description", "phase", "changeId", "manual", "type", "banditVersion"];

/// An experiment of pages.
#[derive(Debug)]
pub struct PageExperiment {
    experiment: Experiment,
    own: Own,
    /// The addresses that it is for, where it is not for all.
    pub(super) targets: Option<Vec<Target>>,
    /// Whether the query goes along where a variation is another address.
    pub(super) persist_query: bool,
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
        reading.finish(&object, "is not a key of an experiment");
        (!reading.is_damaged).then_some(Self { experiment, own, targets, persist_query })
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
        self.targets.is_some() && redirect::is_among(self.experiment.values().map(|(value, _)| value))
    }
}
