//! URLs in settings: where the site is (`ORIGIN_URL`), and where profiles are asked for.

/// What is wrong with a text that is no plain URL.
pub const NOT_PLAIN: &str = "must be an absolute http or https URL without user, query or fragment";

/// Whether `url` is absolute, http or https, and has a host and nothing that could carry a secret. The Worker's entry
/// holds `ORIGIN_URL` to the same rule before it asks there for a page.
#[must_use]
pub fn is_plain(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with(['/', ':'])
            && !rest.contains(['@', '?', '#', '\\'])
            && rest.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_url_has_a_scheme_and_a_host_and_no_secret() {
        for right in ["https://site.example", "http://10.0.0.1:3000/base/", "http://[::1]:80"] {
            assert!(is_plain(right), "{right}");
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
}
