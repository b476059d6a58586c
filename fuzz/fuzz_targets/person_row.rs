//! Whatever stands in a row, and whatever it is told, an object takes it in or refuses it; what it wrote it reads again, and
//! the same message again and again changes nothing more. A row that no object wrote may first become one that it would.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle_feed::object;

fuzz_target!(|given: (&str, &str)| {
    let (row, body) = given;
    let row = if row.is_empty() { None } else { Some(row) };
    let Ok(taken) = object::take(row, body) else { return };
    let again = object::take(Some(&taken.row), body).expect("a row of its own is read");
    let thrice = object::take(Some(&again.row), body).expect("a row of its own is read");
    assert_eq!(thrice.row, again.row);
});
