//! Experiments whose variations are other addresses (`urlRedirect`): where the visitor is sent.
//!
//! It says where, and does not send anybody.

use std::sync::Arc;

use form_urlencoded::{Serializer, parse};
use serde_json::Value;

use super::evaluation::Evaluation;
use super::page_experiment::PageExperiment;
use super::reason::{Assigned, NotIn};
use super::url_target::Target;
use crate::ecmascript;

/// The member of a variation that is its address.
const MEMBER: &str = "urlRedirect";

/// Where a visitor is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Redirect {
    /// The variation that they are given.
    pub assigned: Arc<Assigned>,
    /// The address; none where they stay, as the variation has none or it is among those that the experiment is for.
    pub to: Option<String>,
}

/// The first of `experiments` with other addresses that the visitor is in: it alone counts. `not_in` is told why they are in
/// none of those before it.
pub fn first(
    experiments: &[PageExperiment],
    evaluation: &mut Evaluation<'_>,
    mut not_in: impl FnMut(&PageExperiment, NotIn),
) -> Option<Redirect> {
    let url = evaluation.context.url;
    experiments.iter().filter(|it| it.redirects()).find_map(|experiment| {
        let assigned = evaluation.run(experiment).map_err(|why| not_in(experiment, why)).ok()?;
        let to = experiment.value(assigned.variation).get(MEMBER).and_then(Value::as_str);
        let to = to.map(|to| if experiment.persist_query { merged(url, to) } else { to.to_owned() });
        let targets = experiment.targets.as_deref().unwrap_or_default();
        Some(Redirect { assigned, to: to.filter(|to| !to.is_empty() && !Target::any(targets, to)) })
    })
}

/// Whether one of these values is another address.
pub(super) fn is_among<'v>(mut values: impl Iterator<Item = &'v Value>) -> bool {
    values.any(|value| value.get(MEMBER).is_some())
}

/// The address `to` with those parameters of the query of `from` that it does not have itself.
fn merged(from: &str, to: &str) -> String {
    let read = |url| ecmascript::href(url, url);
    let Some((from, to_read)) = read(from).zip(read(to)) else { return to.to_owned() };
    let (path, own, fragment) = split(&to_read);
    let mut added: Vec<_> = Vec::new();
    for (name, value) in parse(split(&from).1.as_bytes()) {
        let is_there = parse(own.as_bytes()).any(|(other, _)| other == name);
        if !is_there && !added.iter().any(|(other, _)| *other == name) {
            added.push((name, value));
        }
    }
    if added.is_empty() {
        return to_read;
    }
    let mut query = Serializer::new(String::new());
    query.extend_pairs(parse(own.as_bytes())).extend_pairs(added);
    [path, "?", &query.finish(), fragment].concat()
}

/// What stands before the query of an address, the query, and what follows it.
fn split(href: &str) -> (&str, &str, &str) {
    let (rest, fragment) = href.split_at(href.find('#').unwrap_or(href.len()));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    (path, query, fragment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_along_unless_the_new_address_has_them_itself() {
        let from = "https://a.example/?a=1&b=2%20x&a=3#f";
        assert_eq!(merged(from, "https://b.example/new?b=0#g"), "https://b.example/new?b=0&a=1#g");
        assert_eq!(merged("https://a.example/?", "https://b.example?b=%20"), "https://b.example/?b=%20");
        assert_eq!(merged(from, "/new"), "/new");
    }
}
