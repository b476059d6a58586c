//! Whatever an object has at hand of a table, it ranks something of it or tells why not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle_feed::recommendation::ranking::rank;
use pintle_feed::recommendation::table::Tables;

fuzz_target!(|text: &str| {
    let tables = Tables::read(text);
    let _ = tables.find("t");
    let Ok(neighbours) = tables.neighbours("t", "a") else { return };
    assert!(rank(&[neighbours, neighbours], 5, |_| 1.0, |_| false).len() <= 5);
});
