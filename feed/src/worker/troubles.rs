//! Tells the log of tables that cannot be used: when one is met, and then once in ten minutes.

use std::cell::RefCell;

use litemap::LiteMap;
use worker::console_warn;

/// How often the log tells of a table, in milliseconds.
const TOLD_EVERY_MS: f64 = 600_000.0;

thread_local! {
    static TOLD_AT_MS: RefCell<LiteMap<String, f64>> = const { RefCell::new(LiteMap::new()) };
}

/// Tells of these tables, each with why, unless the log has heard of it lately.
pub(super) fn tell(troubles: &LiteMap<String, String>, now_ms: f64) {
    TOLD_AT_MS.with_borrow_mut(|told_at_ms| {
        for (table, why) in troubles {
            if told_at_ms.get(table).is_some_and(|told_ms| now_ms - told_ms < TOLD_EVERY_MS) {
                continue;
            }
            told_at_ms.insert(table.clone(), now_ms);
            console_warn!("pintle: nothing is recommended by the table {table}: it {why}");
        }
    });
}
