//! The addresses that an experiment is for (`urlPatterns`): a simple one, with `*` for anything, or a regular expression.
//!
//! An address is read as browsers read it. A regular expression is asked as a condition's `$regex` is, in linear time.

use form_urlencoded::parse;
use serde_json::{Map, Value};

use super::condition::{Attributes, Condition};
use super::feature::Wire;
use super::reading::Reading;
use crate::document::json;
use crate::document::mistake::Place;
use crate::ecmascript;

/// What stands for anything once the pattern is read as an address, where `*` could not stand everywhere.
const ANYTHING: &str = "_____";
/// The attribute that regular expressions are asked about.
const ADDRESS: &str = "address";

/// One of `urlPatterns`.
#[derive(Debug)]
pub(super) struct Target {
    pattern: Pattern,
    /// Whether the experiment is for these addresses, or for all others.
    include: bool,
}

#[derive(Debug)]
enum Pattern {
    /// None where it is no address.
    Simple(Option<Address>),
    Regex(Condition),
}

/// An address, as browsers write it.
#[derive(Debug)]
struct Address {
    href: String,
}

impl Target {
    /// The targets at `place`.
    pub(super) fn read_all(
        value: &Value,
        place: Place<'_>,
        wire: Wire<'_>,
        reading: &mut Reading<'_>,
    ) -> Vec<Self> {
        reading.each(value, place, |value, place, reading| Self::read(value, place, wire, reading))
    }

    fn read(value: &Value, place: Place<'_>, wire: Wire<'_>, reading: &mut Reading<'_>) -> Option<Self> {
        let mut object = reading.object(value, place)?;
        let include = reading.truth(&mut object, "include").unwrap_or(true);
        let kind = reading.text(&mut object, "type");
        let pattern = reading.text(&mut object, "pattern");
        if pattern.is_none() {
            reading.wrong(place, "must have a pattern");
        }
        reading.finish(&object, "is not a key of an address");
        let pattern = match (kind, pattern?) {
            (Some("simple"), pattern) => Pattern::Simple(simple(pattern)),
            (Some("regex"), pattern) => {
                let asked = json::object([(ADDRESS, json::object([("$regex", pattern.into())]))]);
                Pattern::Regex(Condition::compile(
                    &asked,
                    object.at("pattern"),
                    wire.groups,
                    reading.mistakes,
                ))
            }
            _ => {
                reading.wrong(object.at("type"), "must be `simple` or `regex`");
                return None;
            }
        };
        Some(Self { pattern, include })
    }

    /// Whether an address is among those that an experiment is for.
    pub(super) fn any(targets: &[Self], url: &str) -> bool {
        let address = Address::read(url, "https://_");
        let is = |target: &&Self| address.as_ref().is_some_and(|address| target.pattern.is(address));
        let (wanted, unwanted): (Vec<_>, Vec<_>) = targets.iter().partition(|target| target.include);
        !targets.is_empty() && !unwanted.iter().any(is) && (wanted.is_empty() || wanted.iter().any(is))
    }
}

impl Pattern {
    fn is(&self, address: &Address) -> bool {
        match self {
            Self::Simple(expected) => expected.as_ref().is_some_and(|expected| address.is_as(expected)),
            Self::Regex(condition) => {
                let found = |text: &str| {
                    let mut about = Map::new();
                    about.insert(ADDRESS.to_owned(), text.into());
                    condition.matches(Attributes::from(&about))
                };
                found(&address.href) || found(address.split().1)
            }
        }
    }
}

/// The address that a simple pattern is, with [`ANYTHING`] in it. A host may stand without its scheme, a path without its host.
fn simple(pattern: &str) -> Option<Address> {
    let head = pattern.split([':', '/', '?']).next().unwrap_or_default();
    let scheme = if head.contains('.') { "https://" } else { "" };
    let whole = [scheme, pattern].concat().replace('*', ANYTHING);
    Address::read(&whole, &["https://", ANYTHING].concat())
}

impl Address {
    fn read(url: &str, base: &str) -> Option<Self> {
        Some(Self { href: ecmascript::href(url, base)? })
    }

    /// The host with its port, and all that comes after it.
    fn split(&self) -> (&str, &str) {
        let after = self.href.split_once("://").map_or(self.href.as_str(), |(_, after)| after);
        let (authority, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
        (authority.rsplit('@').next().unwrap_or_default(), rest)
    }

    /// The host, the path, the query and the fragment.
    fn parts(&self) -> [&str; 4] {
        let (host, rest) = self.split();
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        [host, path, query, fragment]
    }

    /// Whether each part that the expected address has is as it is there.
    fn is_as(&self, expected: &Self) -> bool {
        let [host, path, query, fragment] = self.parts();
        let [expected_host, expected_path, expected_query, expected_fragment] = expected.parts();
        let parameter = |name: &str| parse(query.as_bytes()).find(|(other, _)| *other == *name);
        is_like(host, expected_host)
            && is_path_like(path, expected_path)
            && (expected_fragment.is_empty() || is_like(fragment, expected_fragment))
            && parse(expected_query.as_bytes()).all(|(name, expected)| {
                is_like(&parameter(&name).map_or_else(Default::default, |(_, value)| value), &expected)
            })
    }
}

/// Whether a text is `pattern`, whatever its capitals, with anything where that has [`ANYTHING`].
fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (ecmascript::lower(text), ecmascript::lower(pattern));
    let pieces: Vec<_> = pattern.split(ANYTHING).collect();
    let [first, middle @ .., last] = pieces.as_slice() else { return text == pattern };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for piece in middle {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The same of a path, whose slashes at both ends do not count.
fn is_path_like(path: &str, pattern: &str) -> bool {
    let pattern = pattern.strip_prefix('/').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('/').unwrap_or(pattern);
    let without = path.strip_prefix('/').unwrap_or(path);
    [path, without].iter().any(|path| {
        is_like(path, pattern) || path.strip_suffix('/').is_some_and(|path| is_like(path, pattern))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simple_pattern_is_met_part_by_part() {
        let is = |pattern: &str, url: &str| {
            let address = Address::read(url, "https://_").unwrap();
            Pattern::Simple(simple(pattern)).is(&address)
        };
        let url = "https://www.Shop.example:8080/en/Sale/?a=1&b=x%20y#top";
        for (pattern, expected) in [
            ("https://www.shop.example:8080/en/sale", true),
            ("http://www.shop.example:8080/EN/sale/", true),
            ("www.shop.example:8080/en/sale?b=x y", true),
            ("*.example:8080/*", true),
            ("/en/*", true),
            ("en/s*e", true),
            ("/en/sale?b=*&a=1", true),
            ("/en/sale#t*", true),
            ("/en/sale#bottom", false),
            ("/en/sale?c=1", false),
            ("/en", false),
            ("www.shop.example/en/sale", false),
            ("/*n/*n/*", false),
        ] {
            assert_eq!(is(pattern, url), expected, "{pattern}");
        }
    }
}
