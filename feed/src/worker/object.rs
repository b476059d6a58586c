//! What the Durable Object of an alias calls: the feed's rules of an object, on texts.

use std::rc::Rc;

use wasm_bindgen::prelude::*;
use worker::Env;

use super::counts::count;
use super::{settings, tables};
use crate::event::Alias;
use crate::object;
use crate::redis::Heard;
use crate::settings::Feed;

/// What is said of a row or a message that cannot be read: serde quotes what stands there, and that is somebody's.
#[allow(clippy::needless_pass_by_value, reason = "as `map_err` has it")]
fn broken(error: serde_json::Error) -> JsError {
    let (line, column) = (error.line(), error.column());
    JsError::new(&format!("a row or a message is not what it should be, at line {line} column {column}"))
}

/// Takes a message in; answers the row, and on the next line JSON of what is to be carried on, and of what pages
/// are told then: one way into the module, since a row is long.
#[wasm_bindgen(js_name = personTakes)]
pub fn take(row: Option<String>, body: &str, personalization: &str, env: Env) -> Result<String, JsError> {
    let mut taken = object::take(row.as_deref(), body).map_err(broken)?;
    count(|counts| counts.late += taken.late);
    // Where settings are wrong nobody can say what pages are told of it; it counts all the same, a deletion above all.
    if let Ok(feed) = settings::of(personalization, &env) {
        taken = taken.telling(&feed).map_err(broken)?;
        count(|counts| counts.ids_off += taken.off);
    }
    let rest = serde_json::to_string(&taken)?;
    let mut told = taken.row;
    told.push('\n');
    told.push_str(&rest);
    Ok(told)
}

/// Forgets whoever is known; answers JSON of the row, and of who is to be asked or told.
#[wasm_bindgen(js_name = personForgets)]
pub fn forget(row: Option<String>, own: &str, asked: &str, now_ms: f64) -> Result<String, JsError> {
    let alias = |of: &str| serde_json::from_value::<Alias>(of.into()).map_err(broken);
    #[allow(clippy::cast_possible_truncation, reason = "a time has no fraction that matters")]
    let forgotten =
        object::forget(row.as_deref(), &alias(own)?, &alias(asked)?, now_ms as i64).map_err(broken)?;
    Ok(serde_json::to_string(&forgotten)?)
}

/// Lets go what is over; answers JSON of what is left.
#[wasm_bindgen(js_name = personLapses)]
pub fn lapse(row: &str, now_ms: f64) -> Result<String, JsError> {
    #[allow(clippy::cast_possible_truncation, reason = "a time has no fraction that matters")]
    let left = object::lapse(row, now_ms as i64).map_err(broken)?;
    Ok(serde_json::to_string(&left)?)
}

/// Takes in that `user` was told; answers the row.
#[wasm_bindgen(js_name = personAcknowledges)]
pub fn acknowledge(row: Option<String>, user: &str, versions: Vec<f64>) -> Result<String, JsError> {
    let user: Alias = serde_json::from_value(user.into()).map_err(broken)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count from our own row")]
    let versions: Vec<u64> = versions.into_iter().map(|version| version as u64).collect();
    object::acknowledge(row.as_deref(), &user, &versions).map_err(broken)
}

/// Which keys of KV it must have at hand of tables; answers the JSON text of a list.
#[wasm_bindgen(js_name = personWants)]
pub fn wants(row: &str, personalization: &str, env: Env) -> Result<String, JsError> {
    let feed = settings::of(personalization, &env).map_err(|told| JsError::new(&told))?;
    Ok(serde_json::to_string(&object::wants(row, &feed).map_err(broken)?)?)
}

/// What pages are told; answers JSON. `tables` is the JSON text of what is at hand of them, by key.
#[wasm_bindgen(js_name = personTells)]
pub fn tell(
    row: Option<String>,
    own: &str,
    now_ms: f64,
    tables: Option<String>,
    personalization: &str,
    env: Env,
) -> Result<String, JsError> {
    let (feed, own) = of_alias(own, personalization, &env)?;
    // An object that hears of its first event has not looked for tables yet, so nothing is wrong with them.
    let has_looked = tables.is_some();
    #[allow(clippy::cast_possible_truncation, reason = "a time has no fraction that matters")]
    let tells = object::tell(row.as_deref(), &own, (&feed, &tables::at_hand(tables)), now_ms as i64)
        .map_err(broken)?;
    if has_looked {
        tables::tell(&tells.troubles, now_ms);
    }
    Ok(serde_json::to_string(&tells)?)
}

/// What Redis is written of an alias, of whom pages are told `data`: the JSON text of a question over a socket, or nothing.
#[wasm_bindgen(js_name = redisAsks)]
pub fn ask_redis(
    alias: &str,
    data: Option<String>,
    personalization: &str,
    env: Env,
) -> Result<Option<String>, JsError> {
    let (feed, alias) = of_alias(alias, personalization, &env)?;
    let ask = feed.redis.as_ref().and_then(|redis| redis.ask(&alias, &feed.view, data.as_deref()));
    Ok(ask.map(|ask| serde_json::to_string(&ask)).transpose()?)
}

/// What came of it: nothing when it stands there, or what another server is to be asked.
#[wasm_bindgen(js_name = redisHeard)]
#[allow(clippy::too_many_arguments, reason = "as JavaScript calls it")]
pub fn heard_redis(
    bytes: &[u8],
    replies: u32,
    alias: &str,
    data: Option<String>,
    personalization: &str,
    env: Env,
) -> Result<Option<String>, JsError> {
    let (feed, alias) = of_alias(alias, personalization, &env)?;
    let Some(redis) = &feed.redis else { return Ok(None) };
    let heard = Heard { bytes, replies, alias: &alias, view: &feed.view, data: data.as_deref() };
    let ask = redis.heard(&heard).map_err(|failure| JsError::new(&failure.to_string()))?;
    Ok(ask.map(|ask| serde_json::to_string(&ask)).transpose()?)
}

/// The settings, and an alias as JavaScript names it.
fn of_alias(alias: &str, personalization: &str, env: &Env) -> Result<(Rc<Feed>, Alias), JsError> {
    let feed = settings::of(personalization, env).map_err(|told| JsError::new(&told))?;
    Ok((feed, serde_json::from_value(alias.into()).map_err(broken)?))
}

/// Whether what came over a socket is all, of so many replies: nothing where more must come.
#[wasm_bindgen(js_name = redisIsClean)]
#[must_use]
pub fn is_clean(bytes: &[u8], replies: u32) -> Option<bool> {
    pintle::profile::sources::redis::is_clean(bytes, replies)
}

/// What differs when pages would be told something else, time apart.
#[wasm_bindgen(js_name = personVersion)]
pub fn version(
    row: &str,
    own: &str,
    tables: Option<String>,
    personalization: &str,
    env: Env,
) -> Result<String, JsError> {
    let (feed, own) = of_alias(own, personalization, &env)?;
    object::version(row, &own, (&feed, &tables::at_hand(tables))).map_err(broken)
}
