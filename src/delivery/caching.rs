//! What a shared cache may keep: nothing that was made for one visitor.
//!
//! A response that got a cookie is `private` (RFC 9111, 5.2.2.7), and the headers by which an origin
//! speaks to shared caches alone are taken away. What a browser may do with it stays as the origin said.

use serde::Serialize;

use crate::request::is_token;

/// What the names of our own headers begin with; one that comes from outside is forged.
pub const OWN_HEADERS: &str = "x-pintle-";

/// Headers that only shared caches obey, and obey before `Cache-Control` (RFC 9213 and its elders).
pub const SHARED_CACHE_HEADERS: [&str; 8] = [
    "cdn-cache-control",
    "cloudflare-cdn-cache-control",
    "vercel-cdn-cache-control",
    "netlify-cdn-cache-control",
    "akamai-cache-control",
    "edge-control",
    "surrogate-control",
    "x-accel-expires",
];

/// Directives that let a shared cache keep a response or speak to it alone.
const SHARED_CACHE_DIRECTIVES: [&str; 4] = ["public", "s-maxage", "proxy-revalidate", "private"];

/// The `Cache-Control` of a response that was made for one visitor, from the one that the origin gave.
///
/// A `private="field"` of the origin hides one field only; here the whole response is private. Of a directive that is
/// not written as RFC 9111 has it, or speaks to shared caches in its quotes, the name alone remains: readers differ in
/// what they make of quotes.
#[must_use]
pub fn private(cache_control: Option<&str>) -> String {
    let kept = directives(cache_control.unwrap_or_default()).into_iter().filter_map(harmless);
    std::iter::once("private").chain(kept).collect::<Vec<_>>().join(", ")
}

/// The `Cache-Control` of a response that was made for one visitor and has this status.
///
/// A 304 that has none says that the stored one still holds (RFC 9111, 3.2); ours would replace that one. `private` alone
/// in the place of a `no-cache` would let a browser keep the page for as long as it thinks right, so it is told to ask.
#[must_use]
pub fn for_one_visitor(cache_control: Option<&str>, status: u16) -> String {
    let says_nothing = cache_control.is_none_or(|text| text.trim().is_empty());
    if status == 304 && says_nothing { "private, no-cache".to_owned() } else { private(cache_control) }
}

/// What is done to a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Do {
    /// It has this value and no other.
    Set,
    /// It has this value, too.
    Append,
}

/// What a middleware says of caching that answers before the page is made, and so never sees what the page says itself;
/// `is_private` is whether it sets cookies.
///
/// Next.js keeps what is said here over its own `s-maxage` of static pages. A `Cache-Control` that the page's own code sets
/// replaces ours, though, and a page that reads the decisions may call itself public by mistake: then `Vary` and the
/// headers for shared caches alone (RFC 9213 and its elders) still hold.
#[must_use]
pub fn ahead_of_the_page(is_private: bool) -> Vec<(Do, &'static str, &'static str)> {
    // As Next.js says it of a page that was made for one request, but for `no-cache`: Next.js takes that for the
    // browser's, and would never answer 304.
    let private = (Do::Set, "cache-control", "private, no-store, max-age=0, must-revalidate");
    let shared = [
        (Do::Append, "vary", "Cookie"),
        (Do::Set, "cdn-cache-control", "no-store"),
        (Do::Set, "surrogate-control", "no-store"),
        (Do::Set, "x-accel-expires", "0"),
    ];
    is_private.then_some(private).into_iter().chain(shared).collect()
}

/// What of a directive may stand in a response for one visitor. Every word of it is looked at, since readers differ in
/// where a name ends, too.
fn harmless(directive: &str) -> Option<&str> {
    let mut words = directive.split(|c: char| !is_token(c.encode_utf8(&mut [0; 4])));
    let is_shared =
        |word: &str| SHARED_CACHE_DIRECTIVES.iter().any(|shared| shared.eq_ignore_ascii_case(word));
    let name = words.next().filter(|name| !name.is_empty() && !is_shared(name))?;
    let stays = is_well_formed(directive) && !words.any(is_shared);
    Some(if stays { directive } else { name })
}

/// The directives of a `Cache-Control`: separated by commas, but for those inside quotes. Where quotes stand that RFC 9111
/// does not have, or one never closes, they are characters like others.
fn directives(text: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let pieces = text.split(|c| {
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && quoted && !escaped;
        c == ',' && !quoted
    });
    let pieces = trimmed(pieces);
    if pieces.iter().all(|piece| is_well_formed(piece)) { pieces } else { trimmed(text.split(',')) }
}

fn trimmed<'t>(pieces: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    pieces.map(str::trim).filter(|piece| !piece.is_empty()).collect()
}

/// Whether quotes stand in a directive, if at all, around the whole of what follows its `=`.
fn is_well_formed(directive: &str) -> bool {
    if !directive.contains('"') {
        return true;
    }
    let Some((name, argument)) = directive.split_once('=') else { return false };
    let Some(rest) = argument.strip_prefix('"') else { return false };
    let mut escaped = false;
    let closes = |c: char| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    };
    is_token(name) && rest.find(closes) == rest.len().checked_sub(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_left_that_a_shared_cache_could_keep_it_by() {
        for (origin, expected) in [
            (None, "private"),
            (Some(""), "private"),
            (Some("public, max-age=600, s-maxage=31536000"), "private, max-age=600"),
            (Some("Public,S-MaxAge=5 , must-revalidate"), "private, must-revalidate"),
            (Some("no-store"), "private, no-store"),
            (Some("private=\"set-cookie, x\", no-cache=\"a,b\""), "private, no-cache=\"a,b\""),
            (Some("no-cache=\"a\\\",b\", s-maxage=5"), "private, no-cache=\"a\\\",b\""),
        ] {
            assert_eq!(private(origin), expected, "{origin:?}");
        }
    }

    #[test]
    fn quotes_that_are_not_as_they_should_be_hide_nothing() {
        for (origin, expected) in [
            ("no-cache=\"set-cookie, s-maxage=600", "private, no-cache"),
            ("no-cache=\"set-cookie, s-maxage=600, max-age=5", "private, no-cache, max-age=5"),
            ("no-cache=\"a\\\", s-maxage=600", "private, no-cache"),
            ("no-cache=\"a, s-maxage=600\"", "private, no-cache"),
            ("no-cache=\"a\\\", public, b\", s-maxage=600", "private, no-cache"),
            ("a\"b, s-maxage=600, c\"d, no-store", "private, a, c, no-store"),
            ("\", s-maxage=600", "private"),
            ("max-age=60; public", "private, max-age"),
            ("public; max-age=60", "private"),
            ("publicé, x=public", "private, x"),
            ("=, =\"public\", max-age=60", "private, max-age=60"),
        ] {
            assert_eq!(private(Some(origin)), expected, "{origin}");
        }
    }

    #[test]
    fn a_304_that_says_nothing_does_not_end_what_the_stored_response_said() {
        for (origin, status, expected) in [
            (None, 304, "private, no-cache"),
            (Some(" "), 304, "private, no-cache"),
            (Some("max-age=60"), 304, "private, max-age=60"),
            (Some("public, no-cache"), 304, "private, no-cache"),
            (None, 200, "private"),
            (Some("s-maxage=60"), 200, "private"),
        ] {
            assert_eq!(for_one_visitor(origin, status), expected, "{origin:?} {status}");
        }
    }

    /// Names of directives to a reader who holds to RFC 9110's grammar, and reads no further than that goes.
    fn strictly(text: &str) -> Vec<String> {
        let mut characters = text.chars().peekable();
        let mut names = Vec::new();
        loop {
            while characters.next_if(|c| matches!(c, ' ' | '\t' | ',')).is_some() {}
            let mut token = || {
                let mut token = String::new();
                while let Some(c) =
                    characters.next_if(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(*c))
                {
                    token.push(c);
                }
                token
            };
            let name = token();
            if name.is_empty() {
                return names;
            }
            names.push(name);
            if characters.next_if_eq(&'=').is_some() && characters.next_if_eq(&'"').is_some() {
                loop {
                    match characters.next() {
                        Some('\\') => _ = characters.next(),
                        Some('"') => break,
                        Some(_) => {}
                        None => return names,
                    }
                }
            } else {
                while characters.next_if(|c| !matches!(c, ' ' | '\t' | ',')).is_some() {}
            }
            while characters.next_if(|c| matches!(c, ' ' | '\t')).is_some() {}
            if characters.next_if_eq(&',').is_none() {
                return names;
            }
        }
    }

    /// Names of directives to a reader to whom quotes mean nothing.
    fn leniently(text: &str) -> Vec<String> {
        let name = |piece: &str| piece.split('=').next().unwrap_or_default().trim().to_owned();
        text.split([',', ';']).map(name).collect()
    }

    /// `Cache-Control` that has more of what matters than chance would have it.
    fn cache_control() -> impl Strategy<Value = String> {
        let part = prop::sample::select(
            "public s-maxage S-MAXAGE=9 private proxy-revalidate no-cache no-store max-age=5 max-age x é = \" \" \\ , , ; . ="
                .split(' ')
                .chain([" ", "\t", "=\"", "\\\"", "\", "])
                .collect::<Vec<_>>(),
        );
        prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn making_it_private_twice_changes_nothing(origin in cache_control()) {
            let once = private(Some(&origin));
            prop_assert_eq!(private(Some(&once)), once);
        }

        #[test]
        fn to_no_reader_it_says_that_a_shared_cache_may_keep_it(origin in cache_control(), status in 200..600_u16) {
            let told = for_one_visitor(Some(&origin), status);
            for names in [strictly(&told), leniently(&told)] {
                prop_assert_eq!(&names[0], "private");
                for name in &names[1..] {
                    let is_shared = SHARED_CACHE_DIRECTIVES.iter().any(|it| it.eq_ignore_ascii_case(name));
                    prop_assert!(!is_shared, "{} says {}", told, name);
                }
            }
        }

        #[test]
        fn what_is_written_right_and_shared_by_nobody_stays(origin in "(max-age=[0-9]{1,3}|no-cache=\"[a-o, ]{0,6}\"|no-store)") {
            prop_assert_eq!(private(Some(&origin)), format!("private, {origin}"));
        }
    }
}
