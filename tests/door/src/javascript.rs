//! The door as JavaScript finds it: texts of JSON in, and texts of JSON out.

use pintle::decision::bucket::{Bucket, HashVersion};
use pintle::decision::namespace::Namespace;
use pintle::decision::query_override;
use pintle::decision::range::{self, Range};
use serde_json::Value;
use wasm_bindgen::prelude::*;

use crate::sdk::{self, Payload};

fn read(text: &str) -> Result<Value, JsError> {
    Ok(serde_json::from_str(text)?)
}

/// See [`sdk::feature`].
#[wasm_bindgen]
pub fn feature(context: &str, key: &str) -> Result<String, JsError> {
    Ok(sdk::feature(&read(context)?, key).to_string())
}

/// See [`sdk::run`].
#[wasm_bindgen]
pub fn run(context: &str, experiment: &str) -> Result<String, JsError> {
    Ok(sdk::run(&read(context)?, &read(experiment)?).to_string())
}

/// See [`sdk::sticky`].
#[wasm_bindgen]
pub fn sticky(context: &str, documents: &str, key: &str) -> Result<String, JsError> {
    Ok(sdk::sticky(&read(context)?, &read(documents)?, key).to_string())
}

/// See [`sdk::redirects`].
#[wasm_bindgen]
pub fn redirects(context: &str) -> Result<String, JsError> {
    Ok(sdk::redirects(&read(context)?).to_string())
}

/// The bucket as a number; nothing where there is no such version.
#[wasm_bindgen]
#[must_use]
pub fn hash(seed: &str, value: &str, version: u32) -> Option<f64> {
    let version = match version {
        1 => HashVersion::One,
        2 => HashVersion::Two,
        _ => return None,
    };
    Some(Bucket::of(seed, value, version).value())
}

/// The ranges of variations: each start, and each end after it.
#[wasm_bindgen(js_name = bucketRanges)]
#[must_use]
pub fn bucket_ranges(variations: usize, coverage: f64, weights: Option<Vec<f64>>) -> Vec<f64> {
    let ranges = range::bucket_ranges(variations, coverage, weights.as_deref());
    ranges.into_iter().flat_map(|Range(start, end)| [start, end]).collect()
}

/// The variation whose range a bucket is in.
#[wasm_bindgen(js_name = chooseVariation)]
#[must_use]
pub fn choose_variation(bucket: f64, starts: &[f64], ends: &[f64]) -> Option<usize> {
    let ranges: Vec<_> = starts.iter().zip(ends).map(|(start, end)| Range(*start, *end)).collect();
    range::choose(bucket, &ranges)
}

/// Whether somebody is in a namespace.
#[wasm_bindgen(js_name = inNamespace)]
pub fn in_namespace(id: &str, namespace: &str) -> Result<Option<bool>, JsError> {
    Ok(Namespace::read(&read(namespace)?).map(|namespace| namespace.holds(id)))
}

/// Weights that are equal.
#[wasm_bindgen(js_name = equalWeights)]
#[must_use]
pub fn equal_weights(variations: usize) -> Vec<f64> {
    range::equal_weights(variations)
}

/// The variation that the query of an address asks for.
#[wasm_bindgen(js_name = queryStringOverride)]
#[must_use]
pub fn query_string_override(key: &str, url: &str, variations: usize) -> Option<f64> {
    query_override::asked(key, url, variations).and_then(|index| u32::try_from(index).ok()).map(f64::from)
}

/// A payload that is compiled once, and decides for one visitor after the other.
#[wasm_bindgen(js_name = compiled)]
pub struct Compiled(Payload);

#[wasm_bindgen(js_class = compiled)]
impl Compiled {
    /// Takes the text of a context.
    #[wasm_bindgen(constructor)]
    pub fn new(context: &str) -> Result<Compiled, JsError> {
        Ok(Self(Payload::new(&read(context)?)))
    }

    /// What is wrong with it.
    #[must_use]
    pub fn mistakes(&self) -> String {
        self.0.mistakes.json().to_string()
    }

    /// Decides on every feature for these attributes: the text of an object of their values.
    pub fn decide(&self, attributes: &str) -> Result<String, JsError> {
        Ok(self.0.decide(&read(attributes)?))
    }
}
