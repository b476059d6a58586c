//! URLs in settings: where the site is (`ORIGIN_URL`), and where profiles are asked for.
//!
//! What is right here can be asked: a host that a browser's URL parser takes (WHATWG URL), and a port that there is. It does
//! not resolve names, and reads nothing of the path.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest host and the longest part of one between its dots, as the domain name system has it (RFC 1035).
const MAX_HOST: usize = 253;
const MAX_LABEL: usize = 63;

/// What is wrong with `url`, which must be absolute, http or https, and have a host and nothing that could carry a secret.
#[must_use]
pub fn wrong(url: &str) -> Option<&'static str> {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return Some("must be an absolute URL that starts with http:// or https://");
    };
    if rest.contains(['@', '?', '#', '\\']) || !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("must be a URL in ASCII without user, query, fragment, spaces and backslashes");
    }
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = match authority.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(None) => return Some("must be a URL whose host has a `]` where it has a `[`"),
        Some(Some((address, after))) => {
            if address.parse::<Ipv6Addr>().is_err() {
                return Some("must be a URL that has an IPv6 address within its brackets");
            }
            ("", after)
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    if !authority.starts_with('[') && !is_host(host) {
        return Some("must be a URL whose host is a name or an IP address");
    }
    if !is_port(port) {
        return Some("must be a URL whose port is a number from 1 to 65535");
    }
    None
}

/// Whether `url` is one that [`wrong`] has nothing against.
#[must_use]
pub fn is_plain(url: &str) -> bool {
    wrong(url).is_none()
}

/// What a path is added to: the plain URL in `text`, without spaces around it and slashes at its end; `None` when it is none.
#[must_use]
pub fn base(text: &str) -> Option<&str> {
    let text = text.trim();
    is_plain(text).then(|| text.trim_end_matches('/'))
}

/// Letters, digits, `-` and `_` (hosts in a container's network have it), between dots; one dot may stand at the end. A
/// host whose last part is a number is an IPv4 address and nothing else.
fn is_host(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    name.len() <= MAX_HOST
        && name.split('.').all(is_label)
        && (!is_number || name.parse::<Ipv4Addr>().is_ok())
}

/// Nothing, or a colon and a port; none after the colon is the scheme's own.
fn is_port(text: &str) -> bool {
    let Some(port) = text.strip_prefix(':') else { return text.is_empty() };
    let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
    port.is_empty() || (is_number && port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_url_has_a_scheme_and_a_host_and_no_secret() {
        for right in [
            "https://site.example",
            "http://10.0.0.1:3000/base/",
            "http://[::1]:80",
            "http://[::ffff:10.0.0.1]/",
            "http://localhost:3000",
            "http://my_service:8788/v1/activation",
            "https://xn--grn-hoa.example./",
            "https://SITE.example:65535/a:b/%7Ec",
            "https://1.site.example",
            "http://h:/",
        ] {
            assert_eq!(wrong(right), None, "{right}");
        }
        for wrong in [
            "",
            "site.example",
            "ftp://x",
            "https://",
            "https:///a",
            "https://:80",
            "https://u:p@x",
            "https://x?y",
            "https://x#y",
            "https://x y",
            "https://x\\y",
            "https://grün.example",
        ] {
            assert!(!is_plain(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_url_that_nobody_can_ask_is_told_by_what_is_wrong_with_it() {
        for (url, told) in [
            ("profiles.rudderstack.com", "starts with http"),
            ("https://user:password@site.example", "without user"),
            ("http://h:99999", "port"),
            ("http://h:0", "port"),
            ("http://h:65536/a", "port"),
            ("http://h:+80", "port"),
            ("http://h:80:80", "port"),
            ("http://h:http", "port"),
            ("http://[::1]80", "port"),
            ("http://[::1]:99999", "port"),
            ("http://[::1", "`]`"),
            ("http://[]", "IPv6"),
            ("http://[10.0.0.1]", "IPv6"),
            ("http://[::1%25eth0]", "IPv6"),
            ("http://::1", "host"),
            ("http://%", "host"),
            ("http://a%2eb", "host"),
            ("http://<h>", "host"),
            ("http://a..b", "host"),
            ("http://.", "host"),
            ("http://256.0.0.1", "host"),
            ("http://10.0.0", "host"),
            ("http://0x7f.1", "host"),
            ("http://h.99999", "host"),
            ("http://]", "host"),
        ] {
            let why = wrong(url).unwrap_or_default();
            assert!(why.contains(told), "{url} {why:?}");
        }
        assert!(!is_plain(&format!("http://{}.example", "a".repeat(64))));
        assert!(!is_plain(&format!("http://{}example", "a.".repeat(125))));
    }

    #[test]
    fn a_base_is_a_plain_url_that_a_path_can_follow() {
        assert_eq!(base(" https://site.example/base// "), Some("https://site.example/base"));
        assert_eq!(base("https://site.example"), Some("https://site.example"));
        assert_eq!(base("http://h:99999"), None);
        assert_eq!(base(" "), None);
    }
}
