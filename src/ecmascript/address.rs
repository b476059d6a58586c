//! URLs as browsers read them (WHATWG URL), natively.

use url::Url;

pub(super) fn href(url: &str, base: &str) -> Option<String> {
    Some(Url::parse(base).ok()?.join(url).ok()?.into())
}
