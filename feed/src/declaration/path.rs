//! A path into an event: `properties.products[*].product_id`; `[*]` fans out over an array.

use serde_json::{Map, Value};

/// The steps of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Member(String),
    Each,
}

impl Path {
    /// Reads a path; nothing when it has an empty name, or a bracket that is not `[*]`.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let name = part.trim_end_matches("[*]");
            if name.is_empty() || name.contains(['[', ']']) {
                return None;
            }
            steps.push(Step::Member(name.to_owned()));
            let each = (part.len() - name.len()) / "[*]".len();
            steps.extend(std::iter::repeat_n(Step::Each, each));
        }
        Some(Self(steps))
    }

    /// The path that a key of a condition leads along.
    pub(super) fn of_condition(dotted: &str) -> Self {
        Self(dotted.split('.').map(|name| Step::Member(name.to_owned())).collect())
    }

    /// As it is written.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for step in &self.0 {
            match step {
                Step::Member(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                Step::Each => text.push_str("[*]"),
            }
        }
        text
    }

    /// The first name.
    pub(super) fn first(&self) -> &str {
        match self.0.first() {
            Some(Step::Member(name)) => name,
            Some(Step::Each) | None => "",
        }
    }

    /// The values at its end, in their order; what is not there, or null, is none.
    pub(super) fn values<'v>(&self, whole: &'v Map<String, Value>) -> Vec<&'v Value> {
        let Some((Step::Member(first), rest)) = self.0.split_first() else { return Vec::new() };
        let mut found: Vec<_> = whole.get(first).into_iter().collect();
        for step in rest {
            found = found.into_iter().flat_map(|value| step.take(value)).collect();
        }
        found.retain(|value| !value.is_null());
        found
    }

    /// Copies what the path leads to: of an object its member, of all else the whole.
    pub(super) fn copy(&self, from: &Map<String, Value>, to: &mut Map<String, Value>) {
        let names = self.0.iter().map_while(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            Step::Each => None,
        });
        copy(&names.collect::<Vec<_>>(), from, to);
    }
}

impl Step {
    fn take<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        match (self, value) {
            (Self::Member(name), Value::Object(members)) => members.get(name).into_iter().collect(),
            (Self::Each, Value::Array(elements)) => elements.iter().collect(),
            _ => Vec::new(),
        }
    }
}

fn copy(names: &[&str], from: &Map<String, Value>, to: &mut Map<String, Value>) {
    let Some((name, rest)) = names.split_first() else { return };
    let Some(value) = from.get(*name) else { return };
    match value.as_object().filter(|_| !rest.is_empty()) {
        Some(from) => {
            let under = to.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            if let Some(to) = under.as_object_mut() {
                copy(rest, from, to);
            }
        }
        None => _ = to.insert((*name).to_owned(), value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_fans_out_and_leaves_out_what_is_not_there() {
        let event =
            json!({"properties": {"products": [{"id": "a"}, {}, {"id": null}, {"id": 0}, 7], "total": 3}});
        let event = event.as_object().unwrap();
        let values =
            |path: &str| Path::read(path).unwrap().values(event).into_iter().cloned().collect::<Vec<_>>();
        assert_eq!(values("properties.products[*].id"), [json!("a"), json!(0)]);
        assert_eq!(values("properties.total"), [json!(3)]);
        assert_eq!(values("properties.total[*]"), [] as [Value; 0]);
        for wrong in ["", "a..b", "a[0]", "[*]", "a.[*]"] {
            assert_eq!(Path::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_what_paths_lead_to_is_copied() {
        let event = json!({"properties": {"a": {"b": 1, "c": 2}, "d": [1, {"e": 2}], "f": 3}, "x": 1});
        let mut copied = Map::new();
        for path in ["properties.a.b", "properties.d[*].e", "y.z"] {
            Path::read(path).unwrap().copy(event.as_object().unwrap(), &mut copied);
        }
        assert_eq!(Value::Object(copied), json!({"properties": {"a": {"b": 1}, "d": [1, {"e": 2}]}}));
    }
}
