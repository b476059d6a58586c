//! What an object has at hand of tables, as JavaScript brings it; and the log hears of a table that cannot be used, when one is
//! met and then once in ten minutes.

use std::cell::RefCell;
use std::rc::Rc;

use litemap::LiteMap;
use worker::console_warn;

use crate::recommendation::table::Tables;

/// How often the log tells of a table, in milliseconds.
const TOLD_EVERY_MS: f64 = 600_000.0;

thread_local! {
    /// The text that was read last, and what it says: an event is followed by several questions about the same person. One,
    /// so that its memory is bounded.
    static LAST: RefCell<(String, Rc<Tables>)> = RefCell::default();
    static TOLD_AT_MS: RefCell<LiteMap<String, f64>> = const { RefCell::new(LiteMap::new()) };
}

/// What the text says that is at hand.
pub(super) fn at_hand(text: Option<String>) -> Rc<Tables> {
    let Some(text) = text else { return Rc::default() };
    LAST.with_borrow_mut(|last| {
        if last.0 != text {
            let tables = Rc::new(Tables::read(&text));
            *last = (text, tables);
        }
        Rc::clone(&last.1)
    })
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
