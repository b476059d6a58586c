//! The house stands as it was drawn: which room of `src/` and of `feed/src/` may refer to which, and what may be named
//! where.
//!
//! It reads the sources as tokens, so neither comments nor texts count, and neither do tests. It knows names and not
//! types: what a folder gets through another one without naming it is not seen.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test that cannot read the sources fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The rooms that another may refer to.
enum To {
    These(&'static [&'static str]),
    /// All that stand before it in the table, but for these.
    AllBeforeBut(&'static [&'static str]),
}

/// A room, and those that it may refer to.
type Arrows = (&'static str, To);

/// The sources of a crate: each folder and file of them is a room.
struct House {
    /// Where they lie.
    folder: &'static str,
    /// The rooms, each after all those of the house that it may refer to. The feed refers to the core, and never the other
    /// way round: the core's manifest does not name it.
    arrows: &'static [Arrows],
    /// Stands above all of them and may refer to any.
    top: &'static str,
}

impl House {
    /// Those that a room may refer to.
    fn allowed(&self, room: &str) -> Vec<&'static str> {
        let place = self.arrows.iter().position(|(name, _)| *name == room);
        let before = || self.arrows.iter().take(place.unwrap_or_default()).map(|(name, _)| *name);
        match place.and_then(|place| self.arrows.get(place)).map(|(_, to)| to) {
            None => Vec::new(),
            Some(To::These(rooms)) => rooms.to_vec(),
            Some(To::AllBeforeBut(rooms)) => before().filter(|name| !rooms.contains(name)).collect(),
        }
    }
}

use To::{AllBeforeBut, These};

const CORE: House = House {
    folder: "src/",
    arrows: &[
        ("document", These(&[])),
        ("ecmascript", These(&[])),
        ("seal", These(&["document"])),
        ("request", These(&["document", "ecmascript"])),
        ("identity", These(&["seal", "document", "ecmascript"])),
        ("decision", These(&["document", "ecmascript"])),
        ("profile", AllBeforeBut(&[])),
        ("delivery", AllBeforeBut(&["profile"])),
        ("settings", AllBeforeBut(&[])),
        ("visit", AllBeforeBut(&[])),
        ("endpoint", AllBeforeBut(&[])),
    ],
    top: "boundary",
};

const FEED: House = House {
    folder: "feed/src/",
    arrows: &[
        ("digest", These(&[])),
        ("sorted", These(&[])),
        ("location", These(&[])),
        ("event", These(&["digest"])),
        ("identity", These(&["event", "pintle::decision", "pintle::document"])),
        ("recommendation", These(&["sorted"])),
        ("person", These(&["recommendation", "identity", "event", "sorted", "digest"])),
        (
            "declaration",
            These(&[
                "person",
                "recommendation",
                "event",
                "sorted",
                "digest",
                "pintle::decision",
                "pintle::document",
            ]),
        ),
        ("snapshot", These(&["declaration", "person", "event", "sorted", "pintle::profile"])),
        ("gateway", These(&["event", "pintle::seal", "pintle::document", "pintle::ecmascript"])),
        ("redis", These(&["person", "event", "pintle::profile", "pintle::document"])),
        ("activation", These(&["snapshot", "event", "pintle::profile", "pintle::seal"])),
        (
            "settings",
            These(&[
                "redis",
                "gateway",
                "declaration",
                "identity",
                "pintle::settings",
                "pintle::request",
                "pintle::document",
            ]),
        ),
        ("route", These(&["declaration", "person", "identity", "event"])),
        ("object", These(&["settings", "snapshot", "person", "recommendation", "event", "digest"])),
    ],
    top: "worker",
};

const HOUSES: [House; 2] = [CORE, FEED];

/// Names, and the only places where they may stand. The core has no clock, randomness or environment.
const HOMES: [(&[&str], &[&str]); 3] = [
    (
        &["wasm_bindgen", "js_sys", "web_sys"],
        &["src/boundary/", "src/ecmascript/host.rs", "feed/src/worker/"],
    ),
    (&["worker"], &["feed/src/worker/"]),
    (&["SystemTime", "Instant", "std::env", "getrandom", "Date::now"], &["feed/src/worker/"]),
];

/// A path as it is written (`crate::seal::Nonce`), but from the root of the crate, and its line.
struct Named {
    line: usize,
    path: Vec<String>,
}

/// All paths in the text of a file that is the module `module`, apart from its tests.
fn named(text: &str, module: &[String]) -> Vec<Named> {
    let mut found = Vec::new();
    walk(text.parse().unwrap(), &[], module, &mut found);
    found
}

/// Finds the paths in `tokens`. Inside the braces of `use a::{…}` all of them start with `prefix`.
fn walk(tokens: TokenStream, prefix: &[String], module: &[String], found: &mut Vec<Named>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            TokenTree::Punct(hash) if hash.as_char() == '#' && is_for_tests(after) => {
                rest = behind_item(after)
            }
            TokenTree::Ident(word) if word == "mod" => {
                if let [TokenTree::Ident(name), TokenTree::Group(body), after @ ..] = after {
                    walk(body.stream(), &[], &[module, &[name.to_string()]].concat(), found);
                    rest = after;
                }
            }
            TokenTree::Ident(word) if word == "as" && !prefix.is_empty() => {
                rest = after.get(1..).unwrap_or_default()
            }
            TokenTree::Ident(_) => rest = walk_path(first, after, (prefix, module), found),
            TokenTree::Punct(star) if star.as_char() == '*' && !prefix.is_empty() => {
                found.push(Named { line: star.span().start().line, path: absolute(prefix, "*", module) });
            }
            TokenTree::Group(group) => walk(group.stream(), &[], module, found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Follows a path from its first word on; returns what stands behind it.
fn walk_path<'t>(
    first: &TokenTree,
    mut rest: &'t [TokenTree],
    (prefix, module): (&[String], &[String]),
    found: &mut Vec<Named>,
) -> &'t [TokenTree] {
    let mut path = [prefix, &[first.to_string()]].concat();
    while let [TokenTree::Punct(one), TokenTree::Punct(two), next, after @ ..] = rest
        && one.as_char() == ':'
        && two.as_char() == ':'
    {
        match next {
            TokenTree::Ident(_) => path.push(next.to_string()),
            TokenTree::Punct(star) if star.as_char() == '*' => path.push("*".to_owned()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                walk(group.stream(), &path, module, found);
                return after;
            }
            TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => break,
        }
        rest = after;
    }
    let (last, start) = path.split_last().unwrap();
    found.push(Named { line: first.span().start().line, path: absolute(start, last, module) });
    rest
}

/// The path `start::last`, with the module for `self` and those around it for each `super`.
fn absolute(start: &[String], last: &str, module: &[String]) -> Vec<String> {
    let written: Vec<&str> = start.iter().map(String::as_str).chain([last]).collect();
    let supers = written.iter().take_while(|word| **word == "super").count();
    let inner = written.iter().take_while(|word| matches!(**word, "super" | "self")).count();
    if inner == 0 || written == ["self"] {
        return written.into_iter().map(str::to_owned).collect();
    }
    let around = module.iter().take(module.len().saturating_sub(supers)).map(String::as_str);
    let all = std::iter::once("crate").chain(around).chain(written.into_iter().skip(inner));
    all.map(str::to_owned).collect()
}

/// Whether `[cfg(test)]` comes next.
fn is_for_tests(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Group(attribute), ..] if attribute.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// What stands behind the item that comes next: it ends with a body or a semicolon.
fn behind_item(tokens: &[TokenTree]) -> &[TokenTree] {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    };
    let end = tokens.iter().position(ends).map_or(tokens.len(), |end| end + 1);
    tokens.get(end..).unwrap_or_default()
}

/// The arrows of a file that its house's table does not have, each with its line.
fn wrong_arrows(file: &str, text: &str) -> Vec<String> {
    let house = HOUSES.iter().find(|house| file.starts_with(house.folder)).unwrap();
    let module = module_of(file);
    let Some(from) = module.first().filter(|from| from.as_str() != house.top) else { return Vec::new() };
    let allowed = house.allowed(from);
    let arrows = named(text, &module).into_iter().filter_map(|Named { line, path }| match path.as_slice() {
        [start, to, ..] if start == "crate" => Some((line, to.clone(), path.join("::"))),
        [core, to, ..] if core == "pintle" => Some((line, format!("{core}::{to}"), path.join("::"))),
        _ => None,
    });
    let wrong = arrows.filter(|(_, to, _)| to != from && !allowed.contains(&to.as_str()));
    wrong.map(|(line, to, path)| format!("{file}:{line}: {from} → {to} ({path})")).collect()
}

/// The names in a file that have their home elsewhere, each with its line.
fn strangers(file: &str, text: &str) -> Vec<String> {
    let homeless = HOMES.iter().filter(|(_, homes)| !homes.iter().any(|home| file.starts_with(home)));
    let banned: Vec<Vec<&str>> =
        homeless.flat_map(|(names, _)| *names).map(|name| name.split("::").collect()).collect();
    let is_banned = |named: &Named| {
        let path: Vec<&str> = named.path.iter().map(String::as_str).collect();
        // A folder of ours may have the name of a crate.
        path.first() != Some(&"crate")
            && banned.iter().any(|name| match name.as_slice() {
                // The crate itself; as a single word it is a variable or a module.
                ["worker"] => path.len() > 1 && path.starts_with(name),
                name => path.windows(name.len()).any(|words| words == name),
            })
    };
    let found = named(text, &module_of(file)).into_iter().filter(is_banned);
    found.map(|Named { line, path }| format!("{file}:{line}: {}", path.join("::"))).collect()
}

/// `src/profile/sources/kv.rs` is the module `profile::sources::kv`.
fn module_of(file: &str) -> Vec<String> {
    let (_, inside) = file.split_once("src/").unwrap();
    let names = inside.trim_end_matches(".rs").trim_end_matches("mod").trim_end_matches('/');
    names.split('/').filter(|name| *name != "lib").map(str::to_owned).collect()
}

/// The files below a folder of the repository, and their texts; those that hold nothing but tests are left out.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) else { return files };
    for entry in entries.map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let path = format!("{folder}/{name}");
        if entry.path().is_dir() {
            files.extend(sources(&path));
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            files.push((path, fs::read_to_string(entry.path()).unwrap()));
        }
    }
    files
}

fn broken(folders: &[&str], rule: fn(&str, &str) -> Vec<String>) -> String {
    let files: Vec<_> = folders.iter().flat_map(|folder| sources(folder)).collect();
    assert!(files.len() > 20, "the sources are not where they are looked for");
    files.iter().flat_map(|(file, text)| rule(file, text)).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_room_refers_to_one_that_the_table_does_not_allow() {
    let broken = broken(&["src", "feed/src"], wrong_arrows);
    assert!(broken.is_empty(), "these arrows are not allowed:\n{broken}");
}

#[test]
fn no_name_stands_outside_of_its_home() {
    let broken = broken(&["src", "feed/src"], strangers);
    assert!(broken.is_empty(), "these names have their home elsewhere:\n{broken}");
}

#[test]
fn the_tables_have_every_room_and_no_circle() {
    for house in HOUSES {
        let House { folder, arrows, top } = house;
        let mut known = BTreeSet::new();
        for (room, _) in arrows {
            let to = house.allowed(room);
            let mut own = to.iter().filter(|to| !to.starts_with("pintle::"));
            assert!(own.all(|to| known.contains(*to)), "{room} refers to what stands beside or above it");
            known.insert((*room).to_owned());
        }
        let files = sources(folder.trim_end_matches('/'));
        let mut there: BTreeSet<_> =
            files.iter().filter_map(|(file, _)| module_of(file).into_iter().next()).collect();
        assert!(there.remove(top), "{folder} has no {top}");
        assert_eq!(there, known);
    }
}

#[test]
fn an_arrow_that_is_not_allowed_is_found_wherever_it_hides() {
    for planted in [
        "use crate::settings::Settings;",
        "pub use crate::{document::{json, mistake}, settings::Settings as Other};",
        "pub(crate) use crate::{self as all};",
        "use crate::settings;",
        "use crate::*;",
        "use super::super::settings::Settings;",
        "use super::super::{document, settings};",
        "mod inner { use super::super::super::settings; }",
        "fn f() { let _ = crate::settings::Settings::check(\"\"); }",
        "fn f() -> Vec<crate::settings::Settings> { vec![] }",
        "fn f() { println!(\"{}\", <crate::settings::S as Default>::default()); }",
        "#[cfg(test)] mod tests { } use crate::settings::Settings;",
        "#[cfg(not(test))] use crate::settings::Settings;",
    ] {
        let text = format!("//! Nothing.\n\n{planted}\n");
        let told = wrong_arrows("src/decision/feature.rs", &text);
        assert_eq!(told.len(), 1, "{planted} {told:?}");
        assert!(told[0].starts_with("src/decision/feature.rs:3: decision → "), "{told:?}");
    }
    for planted in ["use crate::worker::object;", "use crate::route::route;", "use pintle::visit::identify;"]
    {
        assert_eq!(wrong_arrows("feed/src/object.rs", planted).len(), 1, "{planted}");
    }
}

#[test]
fn what_is_no_arrow_or_an_allowed_one_is_let_be() {
    for harmless in [
        "//! Like [`crate::settings`].",
        "// use crate::settings;",
        "/// [Settings](crate::settings::Settings)\npub struct S;",
        "const TEXT: &str = \"crate::settings::Settings\";",
        "use crate::{document::json, decision::reason, ecmascript as js};",
        "use super::{reason, wire};",
        "mod inner { use super::super::reason; }",
        "#[cfg(test)]\nmod tests { use crate::settings::Settings; }",
        "#[cfg(test)]\nuse crate::settings::Settings;",
        "#[cfg(test)]\n#[must_use]\npub(crate) fn f(x: [u8; 2]) -> crate::settings::Settings { todo!() }",
    ] {
        assert_eq!(wrong_arrows("src/decision/feature.rs", harmless), Vec::<String>::new(), "{harmless}");
    }
    assert_eq!(wrong_arrows("feed/src/person/log.rs", "use crate::event::Stamp;"), Vec::<String>::new());
    assert_eq!(wrong_arrows("feed/src/worker/mod.rs", "use pintle::visit;"), Vec::<String>::new());
    assert_eq!(wrong_arrows("src/boundary/mod.rs", "use crate::settings;"), Vec::<String>::new());
    assert_eq!(wrong_arrows("src/lib.rs", "pub use crate::settings;"), Vec::<String>::new());
}

#[test]
fn a_name_outside_of_its_home_is_found_and_one_at_home_is_not() {
    for planted in [
        "use wasm_bindgen::prelude::*;",
        "#[wasm_bindgen]\npub fn f() {}",
        "fn f() { js_sys::Date::now(); }",
        "fn f() { Date::now(); }",
        "use std::{env, fmt};",
        "use std::time::{Duration, SystemTime};",
        "fn f() { std::env::var(\"X\"); }",
        "use worker::Env;",
    ] {
        assert_eq!(strangers("src/visit/mod.rs", planted).len(), 1, "{planted}");
        assert_eq!(strangers("feed/src/person/mod.rs", planted).len(), 1, "{planted}");
        assert_eq!(strangers("feed/src/worker/mod.rs", planted), Vec::<String>::new(), "{planted}");
    }
    for harmless in
        ["use crate::worker::ingest;", "fn f() { env!(\"X\"); }", "// wasm_bindgen", "fn f(worker: u8) {}"]
    {
        assert_eq!(strangers("feed/src/person/mod.rs", harmless), Vec::<String>::new(), "{harmless}");
    }
}
