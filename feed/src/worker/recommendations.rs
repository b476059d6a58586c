//! Tables apart from any person: for `pintle train`, for whoever tries one out, and for the health of a Worker.

use pintle::document::environment::Environment;
use serde_json::{Map, Value};
use wasm_bindgen::prelude::*;

use crate::recommendation::ranking::{PURCHASES, rank};
use crate::recommendation::training::{Purchases, train};
use crate::settings::Feed;

/// The neighbours of each good, out of purchases in lists of one length: for one good after the other how many there are,
/// and of each its number and what it is worth.
#[wasm_bindgen(js_name = trainTable)]
#[must_use]
pub fn train_table(people: &[u32], items: &[u32], times: &[f64]) -> Vec<f64> {
    let mut told = Vec::new();
    #[allow(clippy::cast_precision_loss, reason = "JavaScript counts as far")]
    for neighbours in train(Purchases { people, items, times }) {
        told.push(neighbours.len() as f64);
        neighbours.iter().for_each(|(item, worth)| told.extend([*item as f64, *worth]));
    }
    told
}

/// The keys in KV of the tables that these settings recommend by: the JSON text of a list; none of settings that are wrong.
/// The variables are the JSON text of an object.
#[wasm_bindgen(js_name = feedTables)]
pub fn tables(personalization: &str, variables: &str) -> Result<String, JsError> {
    let variables: Map<String, Value> = serde_json::from_str(variables)?;
    let variable = |name: &str| variables.get(name)?.as_str().map(str::to_owned);
    let feed = Feed::compile(personalization, &Environment { variable: &variable });
    Ok(serde_json::to_string(&feed.map(|feed| feed.declarations.tables()).unwrap_or_default())?)
}

/// What a table recommends after these purchases, the last first: the JSON text of the best `n`. `tables` is the JSON text of
/// what is at hand, `purchases` that of a list.
#[wasm_bindgen(js_name = recommends)]
pub fn recommends(tables: String, table: &str, purchases: &str, n: usize) -> Result<String, JsError> {
    let tables = super::tables::at_hand(Some(tables));
    let purchases: Vec<String> = serde_json::from_str(purchases)?;
    let last = purchases.iter().take(PURCHASES).map(|item| tables.neighbours(table, item));
    let neighbours =
        last.collect::<Result<Vec<_>, _>>().map_err(|why| JsError::new(&format!("the table {why}")))?;
    let ranked = rank(&neighbours, n, |_| 1.0, |item| purchases.iter().any(|bought| bought == item));
    Ok(serde_json::to_string(&ranked)?)
}
