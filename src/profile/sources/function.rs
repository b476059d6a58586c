//! A function of the site's own, where Pintle runs inside its program: it brings a visitor's features, without a view.

use crate::identity::anonymous_id::AnonymousId;
use crate::profile::lookup::Ask;
use crate::profile::view::View;
use crate::profile::{Answer, Failure, within_size};

/// What it is asked.
pub(super) fn ask(id: &AnonymousId) -> Ask {
    Ask::Function { id: id.as_str().to_owned() }
}

/// Reads the JSON text of what it returned: nothing is a visitor not known.
pub(super) fn read(returned: Option<&str>, view: &View) -> Result<Answer, Failure> {
    let Some(text) = returned else { return Ok(Answer::Unknown) };
    within_size(text.len())?;
    Ok(Answer::Known(view.features(text)?, None))
}
