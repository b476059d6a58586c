//! Lists in an order of their own, as maps and sets: of a thousand elements at most they are as quick as trees.
//!
//! The standard library's trees would be most of the module: each pair of types brings its own nodes, their splits and
//! their merges. Maps are `litemap`'s; here is what it lacks, a set, and how a map by names is written and read.

use std::fmt;
use std::marker::PhantomData;

use litemap::LiteMap;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// Puts an element where it belongs in a list in order, unless it is there.
pub(crate) fn put<T: Ord>(list: &mut Vec<T>, element: T) {
    if let Err(at) = list.binary_search(&element) {
        list.insert(at, element);
    }
}

/// Writes a map by names as a JSON object.
///
/// # Errors
///
/// As the serializer has it.
pub(crate) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
    map: &LiteMap<K, V>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(map.iter())
}

/// Reads it again.
///
/// # Errors
///
/// As the deserializer has it.
pub(crate) fn deserialize<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<LiteMap<K, V>, D::Error> {
    deserializer.deserialize_map(Members(PhantomData))
}

struct Members<K, V>(PhantomData<(K, V)>);

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Members<K, V> {
    type Value = LiteMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut map = LiteMap::new();
        while let Some((name, value)) = members.next_entry()? {
            map.insert(name, value);
        }
        Ok(map)
    }
}
