//! Picking our cookies out of a `Cookie` header.
//!
//! The header is read cookie by cookie: what a stranger's cookie looks like never harms ours.

/// The value of the cookie `name`, as it stands in the header.
///
/// Of several cookies of one name the last wins, as in RudderStack's own reader.
#[must_use]
pub fn cookie<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    cookies(header, name).next()
}

/// The values of all cookies `name`, as they stand in the header, the last one first: a browser sends one for each path
/// and domain that has one.
pub fn cookies<'h>(header: &'h str, name: &str) -> impl Iterator<Item = &'h str> {
    header.rsplit(';').filter_map(move |pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_strangers() {
        let header = "a; =b;; theme=\"dark; light\"; rl_anonymous_id = x ;c=d=e";
        assert_eq!(cookie(header, "rl_anonymous_id"), Some("x"));
        assert_eq!(cookie(header, "c"), Some("d=e"));
        assert_eq!(cookie(header, "a"), None);
    }

    #[test]
    fn the_last_cookie_of_a_name_wins() {
        assert_eq!(cookie("id=1; other=2; id=3", "id"), Some("3"));
    }

    #[test]
    fn names_are_matched_whole_and_with_regard_to_case() {
        assert_eq!(cookie("xid=1; idx=2; ID=3", "id"), None);
    }
}
