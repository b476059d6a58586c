//! The table of which goods go with which, as it lies in KV, and what an object has at hand of it.
//!
//! Each good has a key of its own, `pintle:table:NAME:ITEM`, with its neighbours, `[["b",0.5],…]`: of a hundred thousand
//! goods a person needs five, and a value that held them all would be 25 MB that every isolate reads and parses. So a table
//! may be of any size, a new one is written key by key as it is streamed, and nothing waits for it. `pintle:table:NAME` is
//! written last and says that the table is there; a good without a key is one that nobody bought yet.

use std::fmt;

use litemap::LiteMap;
use serde::Deserialize;
use serde_json::value::RawValue;

/// How many neighbours a good has at most.
pub const NEIGHBOURS: usize = 50;
/// The longest name of a table.
const MAX_NAME: usize = 64;

/// A good's neighbours, and what each is worth.
pub type Neighbours = Vec<(String, f64)>;

/// Where the head of a table lies.
#[must_use]
pub fn key(table: &str) -> String {
    format!("pintle:table:{table}")
}

/// Where the neighbours of a good lie.
#[must_use]
pub fn key_of(table: &str, item: &str) -> String {
    format!("{}:{item}", key(table))
}

/// Whether a table can have this name: letters, digits, `_`, `-` and `.`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_part)
}

/// Why a table cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// KV has no such key.
    Missing,
    /// KV did not answer in time.
    Unread,
    /// What stands there is not what should.
    Broken,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is not in KV: `pintle load FILE --table` puts it there",
            Self::Unread => "could not be read from KV",
            Self::Broken => "is broken: load it again",
        })
    }
}

/// What an object has at hand of tables, by the keys of KV.
#[derive(Debug, Default)]
pub struct Tables(LiteMap<String, Row>);

/// What stands under a key.
#[derive(Debug)]
enum Row {
    Nothing,
    Head,
    Neighbours(Neighbours),
    Broken,
}

/// No neighbours.
const NONE: &[(String, f64)] = &[];

impl Tables {
    /// Nothing at hand.
    #[must_use]
    pub const fn none() -> Self {
        Self(LiteMap::new())
    }

    /// Reads a JSON object of what stands under each key, null where nothing does; what is none has nothing at hand.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let rows: Rows<'_> = serde_json::from_str(text).unwrap_or_default();
        Self(rows.0.into_iter().map(|(key, row)| (key, Row::read(row.get()))).collect())
    }

    /// Whether the table is there at all.
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn find(&self, table: &str) -> Result<(), Trouble> {
        match self.0.get(&key(table)) {
            Some(Row::Head) => Ok(()),
            Some(Row::Nothing) => Err(Trouble::Missing),
            Some(Row::Neighbours(_) | Row::Broken) => Err(Trouble::Broken),
            None => Err(Trouble::Unread),
        }
    }

    /// The neighbours of a good; none of one that the table does not have, or that could not be read yet.
    ///
    /// # Errors
    ///
    /// When they are broken.
    pub fn neighbours(&self, table: &str, item: &str) -> Result<&[(String, f64)], Trouble> {
        match self.0.get(&key_of(table, item)) {
            Some(Row::Neighbours(neighbours)) => Ok(neighbours),
            Some(Row::Nothing) | None => Ok(NONE),
            Some(Row::Head | Row::Broken) => Err(Trouble::Broken),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Rows<'r>(
    #[serde(borrow, deserialize_with = "crate::sorted::deserialize")] LiteMap<String, &'r RawValue>,
);

impl Row {
    fn read(text: &str) -> Self {
        match text.as_bytes().first() {
            Some(b'n') => Self::Nothing,
            Some(b'{') => Self::Head,
            _ => serde_json::from_str(text).map_or(Self::Broken, |mut neighbours: Neighbours| {
                neighbours.truncate(NEIGHBOURS);
                Self::Neighbours(neighbours)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_missing_unread_or_broken_is_told_apart_and_a_good_that_it_lacks_has_no_neighbours() {
        let tables = Tables::read(
            r#"{"pintle:table:t": {"items":2}, "pintle:table:t:a": [["b",0.5],["c",1]],
                "pintle:table:t:b": null, "pintle:table:t:c": [["b"]], "pintle:table:gone": null, "pintle:table:x": "7"}"#,
        );
        assert_eq!(tables.find("t"), Ok(()));
        assert_eq!(tables.find("gone"), Err(Trouble::Missing));
        assert_eq!(tables.find("other"), Err(Trouble::Unread));
        assert_eq!(tables.find("x"), Err(Trouble::Broken));
        assert_eq!(tables.neighbours("t", "a"), Ok(&[("b".to_owned(), 0.5), ("c".to_owned(), 1.0)][..]));
        assert_eq!(tables.neighbours("t", "b"), Ok(NONE));
        assert_eq!(tables.neighbours("t", "d"), Ok(NONE));
        assert_eq!(tables.neighbours("t", "c"), Err(Trouble::Broken));
        assert_eq!(Tables::read("[]").find("t"), Err(Trouble::Unread));
    }

    #[test]
    fn a_name_has_nothing_that_separates_keys() {
        for (name, is_one) in
            [("also_bought", true), ("v1.2-b", true), ("", false), ("a:b", false), ("ä", false)]
        {
            assert_eq!(is_name(name), is_one, "{name}");
        }
        assert!(!is_name(&"a".repeat(65)));
    }

    #[test]
    fn what_the_command_loads_lies_where_it_is_looked_for() {
        let command = include_str!("../../../npm/src/cli/load/table.ts");
        for said in [
            format!("const NEIGHBOURS = {NEIGHBOURS}\n"),
            format!("const NAME = /^[\\w.-]{{1,{MAX_NAME}}}$/\n"),
            format!("return `{}`\n", key("${name}")),
            format!("const stem = `{}`\n", key_of("", "").replace(&key(""), "${tableKey(name)}")),
        ] {
            assert!(command.contains(&said), "{said}");
        }
    }
}
