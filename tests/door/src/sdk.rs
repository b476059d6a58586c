//! Features, experiments, sticky buckets and redirects, from the SDK's context to the SDK's result.

use pintle::decision::redirect::{self, Redirect};
use pintle::decision::sticky::Sticky;
use pintle::decision::{
    Attributes, Bandits, Context, Evaluation, Features, PageExperiment, Preview, SavedGroups, Wire,
    query_override,
};
use pintle::document::mistake::{Mistakes, Place};
use serde_json::{Map, Value, json};

use crate::result;

/// A compiled payload.
pub struct Payload {
    groups: SavedGroups,
    bandits: Bandits,
    wire: Map<String, Value>,
    features: Features,
    /// All that is wrong in it.
    pub mistakes: Mistakes,
}

fn object(value: &Value, name: &str) -> Map<String, Value> {
    value.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}

impl Payload {
    /// Compiles `features`, `savedGroups` and `contextualBandits` of a context.
    #[must_use]
    pub fn new(context: &Value) -> Self {
        let mut mistakes = Mistakes::default();
        let groups = SavedGroups::compile(&object(context, "savedGroups"), Place::Root, &mut mistakes);
        let wire = object(context, "contextualBandits");
        let bandits = Bandits::compile(&wire, Place::Root, &groups, &mut mistakes);
        let wire = object(context, "features");
        let features = Features::compile(
            Wire { features: &wire, groups: &groups, bandits: &bandits },
            Place::Root,
            &mut mistakes,
        );
        Self { groups, bandits, wire, features, mistakes }
    }

    /// Decides on every feature for these attributes: the text of an object of their values.
    #[must_use]
    pub fn decide(&self, attributes: &Value) -> String {
        let none = Map::new();
        let attributes = Attributes::from(attributes.as_object().unwrap_or(&none));
        let mut evaluation = Evaluation::new(&self.features, Context { attributes, ..Context::default() });
        let keys = self.features.iter().map(|(key, _)| key);
        let values = keys.map(|key| (key.to_owned(), evaluation.decide(key).value));
        Value::Object(values.collect()).to_string()
    }

    /// An experiment that belongs to no feature.
    #[must_use]
    pub fn experiment(&self, value: &Value, mistakes: &mut Mistakes) -> Option<PageExperiment> {
        let wire = Wire { features: &self.wire, groups: &self.groups, bandits: &self.bandits };
        PageExperiment::compile(value, Place::Root, wire, mistakes)
    }
}

/// What the SDK's context says of the visitor; `forced` are its forced variations.
fn context<'a>(
    context: &'a Value,
    attributes: &'a Map<String, Value>,
    asked: &'a dyn Fn(&str, usize) -> Option<i64>,
    sticky: Option<Sticky>,
) -> Context<'a> {
    let is = |name, truth| context.get(name) == Some(&Value::Bool(truth));
    Context {
        attributes: Attributes::from(attributes),
        sticky,
        url: context.get("url").and_then(Value::as_str).unwrap_or_default(),
        preview: Some(Preview { asked, is_qa: is("qaMode", true), is_disabled: is("enabled", false) }),
    }
}

/// The variations that a context forces: by the query of its address, or by name.
fn asked(context: &Value) -> impl Fn(&str, usize) -> Option<i64> {
    let url = context.get("url").and_then(Value::as_str).unwrap_or_default();
    let forced = context.get("forcedVariations");
    move |key, variations| {
        let by_name = || forced?.get(key)?.as_i64();
        query_override::asked(key, url, variations).or_else(by_name)
    }
}

/// The result of a feature, as `evalFeature` of the SDK tells it.
#[must_use]
pub fn feature(given: &Value, key: &str) -> Value {
    let payload = Payload::new(given);
    let (attributes, asked) = (object(given, "attributes"), asked(given));
    let mut evaluation =
        Evaluation::new(&payload.features, context(given, &attributes, &asked, sticky_in(given)));
    result::of_feature(given, key, evaluation.decide(key))
}

/// The result of an experiment, as `run` of the SDK tells it.
#[must_use]
pub fn run(given: &Value, experiment: &Value) -> Value {
    let payload = Payload::new(given);
    let (attributes, asked) = (object(given, "attributes"), asked(given));
    let mut evaluation =
        Evaluation::new(&payload.features, context(given, &attributes, &asked, sticky_in(given)));
    let compiled = payload.experiment(experiment, &mut Mistakes::default());
    let first = || experiment.get("variations").and_then(|all| all.get(0)).cloned().unwrap_or_default();
    match compiled.and_then(|compiled| Some((evaluation.run(&compiled).ok()?, compiled))) {
        Some((assigned, compiled)) => {
            result::of_experiment(&assigned, compiled.value(assigned.variation), None)
        }
        None => json!({"value": first(), "variationId": 0, "inExperiment": false, "hashUsed": false}),
    }
}

fn sticky_in(given: &Value) -> Option<Sticky> {
    let documents = given.get("stickyBucketAssignmentDocs")?.as_object()?;
    Some(remembered(documents.values()))
}

fn remembered<'d>(documents: impl Iterator<Item = &'d Value>) -> Sticky {
    let text = |document: &'d Value, name| document.get(name).and_then(Value::as_str).unwrap_or_default();
    Sticky(
        documents
            .map(|document| {
                let key =
                    format!("{}||{}", text(document, "attributeName"), text(document, "attributeValue"));
                (key, document.get("assignments").cloned().unwrap_or_default())
            })
            .collect(),
    )
}

/// What a service that has these documents is left with, and the result of a feature's experiment:
/// `{"experimentResult", "documents"}`.
#[must_use]
pub fn sticky(given: &Value, documents: &Value, key: &str) -> Value {
    let payload = Payload::new(given);
    let (attributes, asked) = (object(given, "attributes"), asked(given));
    // A service is asked only for the visitor's own.
    let own = documents.as_array().into_iter().flatten().filter(|document| {
        let name = document.get("attributeName").and_then(Value::as_str).unwrap_or_default();
        attributes.get(name) == document.get("attributeValue")
    });
    let mut evaluation =
        Evaluation::new(&payload.features, context(given, &attributes, &asked, Some(remembered(own))));
    let result = result::of_feature(given, key, evaluation.decide(key));
    let documents = evaluation.sticky(&[]).unwrap_or_default().0.into_iter().map(|(key, assignments)| {
        let (name, value) = key.split_once("||").unwrap_or_default();
        let document = json!({"attributeName": name, "attributeValue": value, "assignments": assignments});
        (key.clone(), document)
    });
    json!({
        "experimentResult": result.get("experimentResult"),
        "documents": documents.collect::<Map<_, _>>(),
        "value": result.get("value"),
        "source": result.get("source"),
    })
}

/// Where the experiments of a context send the visitor: `[{"inExperiment", "urlRedirect", "urlWithParams"}]`, of one
/// experiment at most.
#[must_use]
pub fn redirects(given: &Value) -> Value {
    let payload = Payload::new(given);
    let (attributes, asked) = (object(given, "attributes"), asked(given));
    let mut evaluation = Evaluation::new(&payload.features, context(given, &attributes, &asked, None));
    let wire = given.get("experiments").and_then(Value::as_array);
    let experiments: Vec<_> = wire
        .into_iter()
        .flatten()
        .filter_map(|experiment| payload.experiment(experiment, &mut Mistakes::default()))
        .collect();
    let found = redirect::first(&experiments, &mut evaluation, |_, _| {});
    let each = found.into_iter().map(|Redirect { assigned, to }| {
        let experiment =
            wire.into_iter().flatten().find(|it| it.get("key") == Some(&(*assigned.experiment).into()));
        let value =
            experiment.and_then(|it| it.get("variations")?.get(assigned.variation)?.get("urlRedirect"));
        json!({"inExperiment": true, "urlRedirect": value, "urlWithParams": to.unwrap_or_default()})
    });
    each.collect()
}
