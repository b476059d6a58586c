//! `personalization.schema.json`: generated of what the parser takes, and held against it on thousands of documents. What the
//! parser accepts, the schema accepts; what the schema accepts, the parser refuses for the reasons in `GAPS` alone.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod draws;
mod forms;
mod kinds;
mod words;

use std::fs;
use std::path::Path;

use jsonschema::Validator;
use pintle::document::environment::Environment;
use pintle_feed::settings::Feed;
use serde_json::{Value, json};

use draws::Draw;

/// What a schema cannot say, or could only in words that help nobody: by name, and what the parser says of it.
const GAPS: [(&str, &str); 15] = [
    ("what is referred to is there", "is not among the"),
    ("a saved group that is referred to is there", "must be the id of a saved group"),
    ("a regular expression can be used", "is not a regular expression that can be used"),
    ("nothing is nested too deep", "is nested deeper than"),
    ("weights are as many as variations, and add up to 1", "they are taken as equal"),
    ("a cookie lives from a minute to 400 days", "must be a duration from"),
    ("a window has an end", "must be a whole number and a unit"),
    ("a whole number has no fraction, not even .0", "must be a whole number"),
    ("a context has a leaf, which is a whole number", "must have a leafId"),
    ("browsers keep a cookie of this size", "is too large for a cookie"),
    ("all cookies fit into a header", "fills cookies of"),
    ("a cookie is one delivery's", "is the name of an earlier delivery's cookie too"),
    ("a boost is for some goods", "refers to no `item`"),
    ("a boost refers to what is known before", "and can to no feature that"),
    ("two users are never one person", "is not more than 1 here"),
];

const SEED: u64 = 20_261_125;
const DRAWS: usize = 6_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn validator() -> Validator {
    jsonschema::draft202012::new(&forms::schema()).unwrap()
}

/// All that the parser has against a document.
fn mistakes(document: &Value) -> Vec<String> {
    let text = document.to_string();
    let variable = |name: &str| (name == "PROFILE_VIEW").then(|| "V".to_owned());
    let mut told = pintle::document::mistake::Mistakes::default();
    drop(pintle::settings::personalization::Personalization::check(&text, &mut told));
    let of_feed = Feed::check(&text, &Environment { variable: &variable });
    told.iter().chain(of_feed.iter()).map(ToString::to_string).collect()
}

/// Holds the two against each other; whether the parser accepts.
fn agree(validator: &Validator, document: &Value) -> bool {
    let mistakes = mistakes(document);
    if let Some(error) = validator.iter_errors(document).next() {
        let at = error.instance_path();
        assert!(
            !mistakes.is_empty(),
            "the parser accepts, and the schema does not at {at}: {error}\n{document}"
        );
        return false;
    }
    let unsaid = mistakes.iter().find(|mistake| !GAPS.iter().any(|(_, said)| mistake.contains(said)));
    assert_eq!(unsaid, None, "the schema accepts it\n{document}");
    mistakes.is_empty()
}

#[test]
fn the_file_is_what_the_parser_takes() {
    let file = root().join("personalization.schema.json");
    let schema = serde_json::to_string_pretty(&forms::schema()).unwrap() + "\n";
    let is_same = fs::read_to_string(&file).is_ok_and(|committed| committed == schema);
    if !is_same {
        fs::write(&file, schema).unwrap();
        panic!("{} was not what the parser takes, and is written anew: commit it", file.display());
    }
}

#[test]
fn every_kind_of_objects_is_accepted_and_a_member_that_is_not_known_refused() {
    let validator = validator();
    let every: Value = serde_json::from_str(kinds::EVERY).unwrap();
    assert!(agree(&validator, &every));
    for (kind, place) in kinds::KINDS {
        let mut wrong = every.clone();
        let pointer = place.trim_start_matches('$').replace(['.', '['], "/").replace(']', "");
        wrong.pointer_mut(&pointer).unwrap().as_object_mut().unwrap().insert("colour".to_owned(), json!(1));
        assert!(!validator.is_valid(&wrong) && !mistakes(&wrong).is_empty(), "{kind}");
    }
}

#[test]
fn what_is_shipped_and_told_in_the_documentation_is_accepted() {
    let validator = validator();
    let documents = draws::of_the_repository(root());
    assert!(documents.len() > 5, "{}", documents.len());
    for document in documents {
        assert!(agree(&validator, &document), "{document}: {:?}", mistakes(&document));
    }
}

#[test]
fn features_of_growthbook_are_accepted_in_all_shapes_that_the_parser_accepts() {
    let validator = validator();
    let cases = draws::of_growthbook(root());
    let accepted = cases.iter().filter(|document| agree(&validator, document)).count();
    println!("growthbook_cases.json: {} documents, {accepted} of them accepted by both", cases.len());
}

#[test]
fn on_documents_that_are_drawn_the_schema_and_the_parser_agree() {
    let validator = validator();
    let mut corpus = draws::of_the_repository(root());
    corpus.push(serde_json::from_str(kinds::EVERY).unwrap());
    corpus.extend(draws::of_growthbook(root()));
    corpus.extend(draws::of_people(root()));
    let mut draw = Draw::new(SEED);
    let mut accepted = 0;
    for _ in 0..DRAWS {
        accepted += usize::from(agree(&validator, &draw.document(&corpus)));
    }
    println!("seed {SEED}: {DRAWS} documents of {}, {accepted} accepted by both", corpus.len());
    assert!((DRAWS / 20..DRAWS).contains(&accepted), "{accepted}");
}
