//! The schema: every kind of objects with the members that the parser takes, and what else holds of it.

use std::collections::BTreeMap;

use pintle::decision::condition::{JOINS, OPERATORS};
use pintle_feed::declaration::Operator;
use serde_json::{Map, Value, json};

use crate::kinds::{KINDS, members};
use crate::words::{Word, form, words};

/// Members of rules that are looked at in each, in those that force a value, and in experiments; all else is let through.
const OF_EACH_RULE: [&str; 6] = ["id", "enabled", "parentConditions", "filters", "description", "name"];
const OF_FORCING: [&str; 9] = [
    "condition",
    "coverage",
    "disableStickyBucketing",
    "fallbackAttribute",
    "force",
    "hashAttribute",
    "hashVersion",
    "range",
    "seed",
];
const OF_EXPERIMENTS: [&str; 15] = [
    "bucketVersion",
    "condition",
    "contextualBanditRef",
    "coverage",
    "disableStickyBucketing",
    "hashAttribute",
    "fallbackAttribute",
    "hashVersion",
    "key",
    "meta",
    "minBucketVersion",
    "namespace",
    "ranges",
    "seed",
    "weights",
];

/// The schema, as it is committed.
pub(crate) fn schema() -> Value {
    let taken = members();
    let words = words();
    let mut kinds: BTreeMap<&str, Value> = BTreeMap::new();
    for (kind, place) in KINDS {
        let own: Vec<&Word> = words.iter().filter(|(of, ..)| *of == kind).collect();
        let names = &taken[place];
        for (_, name, ..) in &own {
            assert!(names.contains(name), "the parser takes no {name} of a {kind}");
        }
        let each = names.iter().map(|name| {
            let word = own.iter().copied().find(|(_, of, ..)| of == name);
            // An experiment of pages has what a rule has, too.
            let word = word.or_else(|| {
                words
                    .iter()
                    .find(|(of, shared, ..)| kind == "pageExperiment" && *of == "rule" && shared == name)
            });
            word.unwrap_or_else(|| panic!("nothing is said of {name} of a {kind}"))
        });
        kinds.insert(kind, object(each, more(kind)));
    }
    kinds.insert("list", list(&kinds["source"]));
    kinds.insert("valued", json!({ "allOf": [form("source"), { "if": { "not": { "required": ["trait"] } }, "then": { "required": ["value"] } }] }));
    let source = kinds.get_mut("source").and_then(|source| source.get_mut("properties")).unwrap();
    source.as_object_mut().unwrap().remove("n");
    rules(kinds.get_mut("rule").unwrap());
    kinds.extend(conditions());
    whole(kinds)
}

/// An object of these members and no other.
fn object<'w>(words: impl Iterator<Item = &'w Word>, more: Value) -> Value {
    let mut properties = Map::new();
    for (_, name, said, form) in words {
        let mut property = json!({ "description": said });
        extend(&mut property, form);
        properties.insert((*name).to_owned(), property);
    }
    let mut object = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    extend(&mut object, &more);
    object
}

fn extend(object: &mut Value, by: &Value) {
    let members = by.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone()));
    object.as_object_mut().unwrap().extend(members);
}

/// What else holds of an object of a kind.
fn more(kind: &str) -> Value {
    let one_of = |names: &[&str]| names.iter().map(|name| json!({ "required": [name] })).collect::<Vec<_>>();
    match kind {
        "personalization" => json!({ "required": ["features"] }),
        "pageExperiment" => json!({ "required": ["key", "variations"] }),
        "target" => json!({ "required": ["type", "pattern"] }),
        "delivery" => json!({ "required": ["feature", "cookie"] }),
        "cookie" => json!({ "required": ["name", "maxAge"] }),
        "consent" => json!({ "required": ["cookie", "denied"] }),
        "prerequisite" => json!({ "required": ["id"] }),
        "filter" => json!({ "required": ["ranges"] }),
        "banditContext" => json!({ "required": ["leafId", "weights"] }),
        "boost" => json!({ "required": ["when", "by"] }),
        "idFilter" => json!({ "required": ["type"], "oneOf": one_of(&["value", "regex"]) }),
        "source" => heard(),
        "recommend" => {
            let mut more = heard();
            extend(&mut more, &json!({ "required": ["table", "n"], "else": { "required": ["value"] } }));
            more
        }
        "declaration" => {
            let names: Vec<_> = Operator::NAMES.into_iter().chain(["recommend"]).collect();
            let lists = one_of(&["lastN", "lastDistinctN", "recommend"]);
            json!({ "oneOf": one_of(&names), "if": { "required": ["shape"] }, "then": { "anyOf": lists } })
        }
        _ => json!({}),
    }
}

/// A source is a trait, or events of which a value may be taken.
fn heard() -> Value {
    let each = ["trait", "event", "type"].map(|name| json!({ "required": [name] }));
    json!({
        "oneOf": each,
        "if": { "required": ["trait"] },
        "then": { "not": { "required": ["value"] } }
    })
}

/// A source of a list, which has a length.
fn list(source: &Value) -> Value {
    let mut list = source.clone();
    extend(&mut list, &json!({ "required": ["n"], "else": { "required": ["value"] } }));
    list
}

/// The forms of a rule's members hold where they are looked at; everywhere it is told what they are for.
fn rules(rule: &mut Value) {
    let of = |names: &[&str], forms: &mut Map<String, Value>, rule: &Value| {
        for name in names {
            let mut form = rule["properties"][name].clone();
            form.as_object_mut().unwrap().remove("description");
            forms.insert((*name).to_owned(), form);
        }
    };
    let (mut forcing, mut trying) = (Map::new(), Map::new());
    of(&OF_FORCING, &mut forcing, rule);
    of(&OF_EXPERIMENTS, &mut trying, rule);
    for (name, property) in rule["properties"].as_object_mut().unwrap() {
        if !OF_EACH_RULE.contains(&name.as_str()) {
            *property = json!({ "description": property["description"] });
        }
    }
    let array = json!({ "type": "array" });
    let contextual = json!({ "required": ["contextualVariations"] });
    let plain = json!({ "required": ["variations"] });
    extend(
        rule,
        &json!({
            "anyOf": [
                { "required": ["force"] },
                plain,
                contextual,
                { "required": ["parentConditions"], "properties": { "parentConditions": { "minItems": 1 } } }
            ],
            "if": { "required": ["force"] },
            "then": { "properties": forcing },
            "else": {
                "if": { "anyOf": [plain, contextual] },
                "then": {
                    "properties": trying,
                    "if": contextual,
                    "then": { "properties": { "contextualVariations": array } },
                    "else": { "properties": { "variations": array } }
                }
            }
        }),
    );
}

/// An experiment of pages, of which only those that send visitors elsewhere are looked at.
fn experiment() -> Value {
    let redirects = json!({ "type": "array", "contains": { "type": "object", "required": ["urlRedirect"] } });
    json!({
        "type": "object",
        "if": { "required": ["variations"], "properties": { "variations": redirects } },
        "then": form("pageExperiment")
    })
}

/// Conditions and what they compare.
fn conditions() -> Vec<(&'static str, Value)> {
    let plain_name = json!({ "pattern": "^([^$]|$)" });
    let conditions = json!({ "type": "array", "items": form("condition") });
    let mut joins = Map::new();
    for name in JOINS {
        joins.insert(name.to_owned(), if name == "$not" { form("condition") } else { conditions.clone() });
    }
    let operators: Map<String, Value> =
        OPERATORS.into_iter().map(|name| (name.to_owned(), compared(name))).collect();
    vec![
        ("experiment", experiment()),
        ("scalar", json!({ "type": ["string", "number", "boolean", "null"] })),
        ("hashVersion", json!({ "enum": [1, 2] })),
        (
            "range",
            json!({ "type": "array", "prefixItems": [{ "type": "number" }, { "type": "number" }], "items": false, "minItems": 2 }),
        ),
        (
            "namespace",
            json!({ "type": "array", "prefixItems": [{ "type": "string" }, { "type": "number" }, { "type": "number" }], "items": false, "minItems": 3 }),
        ),
        (
            "condition",
            json!({
                "description": "What must be true: attributes, each with its value or with operators, and all of them.",
                "type": "object",
                "properties": joins,
                "patternProperties": { "^([^$]|$)": form("expectation") },
                "additionalProperties": false
            }),
        ),
        (
            "expectation",
            json!({
                "anyOf": [
                    form("scalar"),
                    { "type": "array" },
                    form("operators"),
                    { "type": "object", "propertyNames": plain_name }
                ]
            }),
        ),
        (
            "operators",
            json!({ "type": "object", "properties": operators, "additionalProperties": false, "minProperties": 1 }),
        ),
    ]
}

/// What an operator compares to.
fn compared(operator: &str) -> Value {
    match operator {
        "$eq" | "$ne" => form("scalar"),
        "$exists" => json!({ "type": "boolean" }),
        "$in" | "$nin" | "$ini" | "$nini" => json!({ "type": "array", "items": form("scalar") }),
        "$inGroup" | "$notInGroup" | "$regex" | "$regexi" | "$notRegex" | "$notRegexi" => {
            json!({ "type": "string" })
        }
        "$not" | "$size" => form("expectation"),
        "$all" | "$alli" => json!({ "type": "array", "items": form("expectation") }),
        "$elemMatch" => json!({ "anyOf": [form("operators"), form("condition")] }),
        "$type" => json!({ "enum": ["null", "boolean", "number", "string", "array", "object"] }),
        _ => json!({ "type": ["string", "number"] }),
    }
}

/// The kind of the whole file, with all others under `$defs`.
fn whole(mut kinds: BTreeMap<&str, Value>) -> Value {
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Pintle's personalization.json",
        "description": "What is decided about a site's visitors, and how it is delivered."
    });
    extend(&mut whole, &kinds.remove("personalization").unwrap());
    extend(&mut whole, &json!({ "$defs": kinds }));
    whole
}
