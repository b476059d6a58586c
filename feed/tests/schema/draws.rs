//! Documents to hold the schema and the parser against each other: those of the repository, those of the conformance cases
//! where these are at hand, and all of them changed at random.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Map, Value, json};

/// What a changed document has in the place of what was there.
fn odd() -> Vec<Value> {
    let texts =
        ["", "a", "1d", "7w", "$in", "rl_user_id", "a b", "number", "server", "page", "a[*].b", "a..b"];
    let numbers = [json!(0), json!(1), json!(2), json!(-1), json!(0.5), json!(1.0), json!(7_000)];
    let others = [
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!([0, 0.5]),
        json!([[0, 1]]),
        json!(["n", 0, 1]),
        json!({"$gt": 1}),
        json!({"$gt": 1, "a": 1}),
        json!({"a": {"$in": [1, "x"]}}),
        json!({"$or": [{"a": 1}]}),
        json!([{"a": 1}]),
        json!({"trait": "plan"}),
        json!({"event": "Buy", "value": "properties.total"}),
        json!({"event": "Buy", "n": 3}),
        json!({"force": 1}),
        json!({"variations": [1, 2]}),
    ];
    texts.iter().map(|text| json!(text)).chain(numbers).chain(others).collect()
}

/// The files of the repository, and the documents in its documentation.
pub(crate) fn of_the_repository(root: &Path) -> Vec<Value> {
    let mut documents = Vec::new();
    for file in ["personalization.json", "npm/personalization.json"] {
        documents.push(serde_json::from_str(&fs::read_to_string(root.join(file)).unwrap()).unwrap());
    }
    let mut pages: Vec<_> =
        fs::read_dir(root.join("docs")).unwrap().map(|page| page.unwrap().path()).collect();
    pages.sort();
    for page in pages.iter().filter(|page| page.extension().is_some_and(|name| name == "md")) {
        let text = fs::read_to_string(page).unwrap();
        let fences = text.split("\n```json").skip(1).filter_map(|fence| fence.split_once('\n'));
        let values =
            fences.filter_map(|(_, rest)| serde_json::from_str::<Value>(rest.split("\n```").next()?).ok());
        documents.extend(values.filter(|value| value["features"].is_object()));
    }
    documents
}

/// The features, conditions, saved groups and bandits of GrowthBook's cases.
pub(crate) fn of_growthbook(root: &Path) -> Vec<Value> {
    let Some(cases) = conformance(root, "growthbook_cases.json") else { return Vec::new() };
    let of = |name: &str| cases[name].as_array().cloned().unwrap_or_default();
    let mut documents = Vec::new();
    for case in of("evalCondition") {
        let features = json!({ "f": { "rules": [{ "condition": case[1], "force": 1 }] } });
        let groups = case[4].as_object().cloned().unwrap_or_default();
        documents.push(json!({ "view": "V", "features": features, "savedGroups": groups }));
    }
    for case in ["feature", "stickyBucket", "contextualBandit"].into_iter().flat_map(of) {
        let context = if case.is_array() { &case[1] } else { &case["context"] };
        let mut document = Map::new();
        document.insert("features".to_owned(), json!({}));
        for name in ["features", "savedGroups", "contextualBandits"] {
            document.extend(context.get(name).map(|value| (name.to_owned(), value.clone())));
        }
        documents.push(document.into());
    }
    documents
}

/// The declarations of the cases of people.
pub(crate) fn of_people(root: &Path) -> Vec<Value> {
    let cases = conformance(root, "people.json").unwrap_or_default();
    let each = cases.as_array().into_iter().flatten();
    each.map(|case| json!({ "view": "V", "features": {}, "profile": case["profile"] })).collect()
}

fn conformance(root: &Path, file: &str) -> Option<Value> {
    let folder =
        env::var_os("CONFORMANCE_DIR").map_or_else(|| root.join("../shared/conformance"), PathBuf::from);
    let text = fs::read_to_string(folder.join(file));
    if text.is_err() {
        println!("{file} is not at hand, and its cases are left out");
    }
    serde_json::from_str(&text.ok()?).ok()
}

/// Draws by a seed.
pub(crate) struct Draw {
    state: u64,
    odd: Vec<Value>,
}

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, odd: odd() }
    }

    /// A number below `end` (SplitMix64).
    fn below(&mut self, end: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }

    fn of<'v>(&mut self, values: &'v [Value]) -> &'v Value {
        &values[self.below(values.len())]
    }

    /// One of a corpus, changed in one to three places or not at all.
    pub(crate) fn document(&mut self, corpus: &[Value]) -> Value {
        let mut document = self.of(corpus).clone();
        for _ in 0..self.below(4) {
            let other = self.of(corpus).clone();
            self.change(&mut document, &other);
        }
        document
    }

    fn change(&mut self, document: &mut Value, other: &Value) {
        let (mut names, mut others) = (Vec::new(), Vec::new());
        pointers(document, "", &mut names);
        pointers(other, "", &mut others);
        let pointer = names[self.below(names.len())].clone();
        let new = match self.below(3) {
            0 => self.foreign(other, &others, &pointer),
            _ => {
                let index = self.below(self.odd.len());
                self.odd[index].clone()
            }
        };
        let value = document.pointer_mut(&pointer).unwrap();
        match (self.below(4), value) {
            (0, Value::Object(members)) if !members.is_empty() => {
                let name = members.keys().nth(self.below(members.len())).unwrap().clone();
                members.remove(&name);
            }
            (0, Value::Array(elements)) if !elements.is_empty() => {
                _ = elements.remove(self.below(elements.len()));
            }
            (1, Value::Object(members)) => {
                let from = &others[self.below(others.len())];
                let name = from.rsplit('/').next().unwrap().replace("~1", "/").replace("~0", "~");
                members.insert(name, new);
            }
            (1, Value::Array(elements)) => elements.push(new),
            (_, value) => *value = new,
        }
    }

    /// What stands in another document under the same name, or anywhere.
    fn foreign(&mut self, other: &Value, pointers: &[String], like: &str) -> Value {
        let name = like.rsplit('/').next().unwrap_or_default();
        let alike: Vec<_> = pointers.iter().filter(|pointer| pointer.ends_with(name)).collect();
        let pointer = if alike.is_empty() {
            &pointers[self.below(pointers.len())]
        } else {
            alike[self.below(alike.len())]
        };
        other.pointer(pointer).unwrap().clone()
    }
}

/// Where everything in a document stands.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            pointers(value, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), into);
        }),
        Value::Array(elements) => {
            elements
                .iter()
                .enumerate()
                .for_each(|(index, value)| pointers(value, &format!("{at}/{index}"), into));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
