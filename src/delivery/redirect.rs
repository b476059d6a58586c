//! A redirect: whoever is given a variation that is another address is sent there, and does not see the page.
//!
//! It decides which addresses somebody may be sent to: this site's own and those of HTTPS, and none that an experiment is for,
//! so that nobody is sent in a circle. It does not choose the variation.

use std::sync::Arc;

use crate::decision::redirect::{Redirect, first};
use crate::decision::{Evaluation, PageExperiment};
use crate::ecmascript;

/// Where the visitor of a page is sent, if they are. `told` is told what became of each experiment.
pub fn deliver(
    experiments: &[PageExperiment],
    evaluation: &mut Evaluation<'_>,
    mut told: Option<&mut Vec<String>>,
) -> Option<String> {
    let from = evaluation.url();
    let found = first(experiments, evaluation, |experiment, why| {
        if let Some(told) = &mut told {
            told.push(format!("{}: {why}", experiment.key()));
        }
    });
    let Redirect { assigned, to } = found?;
    let is_wanted = to.is_some();
    let to = to.and_then(|to| allowed(&to, from)).filter(|to| !experiments.iter().any(|it| it.is_for(to)));
    if is_wanted && to.is_none() {
        // They see the page itself, so nobody is told that they saw the other one.
        evaluation.viewed.retain(|it| !Arc::ptr_eq(it, &assigned));
    }
    if let Some(told) = told {
        told.push(format!("{assigned}: {}", to.as_deref().unwrap_or("the page itself")));
    }
    to
}

/// The address `to` as a whole, if a page at `from` may send its visitors there.
fn allowed(to: &str, from: &str) -> Option<String> {
    let (to, from) = (ecmascript::href(to, from)?, ecmascript::href(from, from)?);
    // The scheme, nothing, and the host with its port.
    let is_own = to.splitn(4, '/').take(3).eq(from.splitn(4, '/').take(3));
    (to.starts_with("https://") || (to.starts_with("http://") && is_own)).then_some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_sends_to_its_own_site_and_to_https_alone() {
        let page = "http://shop.example:8080/old?a=1";
        for (to, expected) in [
            ("/new", Some("http://shop.example:8080/new")),
            ("http://shop.example:8080/new", Some("http://shop.example:8080/new")),
            ("https://other.example", Some("https://other.example/")),
            ("//other.example/", None),
            ("http://shop.example/new", None),
            ("http://shop.example:8080@other.example/", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("ftp://shop.example:8080/", None),
            ("https://", None),
        ] {
            assert_eq!(allowed(to, page).as_deref(), expected, "{to}");
        }
        assert_eq!(allowed("http://shop.example/", "https://shop.example/"), None);
    }
}
