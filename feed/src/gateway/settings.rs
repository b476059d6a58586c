//! The gateway's variables, checked: `WRITE_KEYS`, `INGEST_PATH`, `WEBHOOK_SECRET` and `RUDDER_DATA_PLANE_URL`.

use pintle::document::environment::Environment;
use pintle::document::mistake::Mistakes;
use pintle::seal::secret::Secret;

use crate::event::Trust;

const KEYS: &str = "WRITE_KEYS";
const PATH: &str = "INGEST_PATH";
const SECRET: &str = "WEBHOOK_SECRET";
const DATA_PLANE: &str = "RUDDER_DATA_PLANE_URL";

/// Who may send events here, and where.
#[derive(Debug)]
pub struct Gateway {
    /// What all of its paths start with: empty, or `/` and at least one letter.
    pub(super) path: String,
    /// The write keys, each with what its source is.
    pub(super) keys: Vec<(Secret, Source)>,
    /// What RudderStack's destinations carry.
    pub(super) secret: Option<Secret>,
    /// Where events go on to, without a slash at its end.
    pub(super) data_plane: Option<String>,
}

/// What a write key is of, in RudderStack's words a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// Events, whose sender may claim so much at most.
    Events(Trust),
    /// Whatever anybody sends.
    Webhook,
    /// Nothing now.
    Disabled,
}

impl Source {
    fn named(name: &str) -> Option<Self> {
        match name {
            "webhook" => Some(Self::Webhook),
            "disabled" => Some(Self::Disabled),
            level => Trust::named(level).map(Self::Events),
        }
    }
}

impl Gateway {
    /// Reads the variables; `None` when neither `WRITE_KEYS` nor `WEBHOOK_SECRET` is set, so that nobody may send.
    pub fn compile(environment: &Environment<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let keys = environment.get(KEYS).map(|list| keys(&list, mistakes));
        let path = environment.get(PATH).unwrap_or_default();
        if let Some(wrong) = wrong_path(&path) {
            mistakes.note(PATH, wrong);
        }
        let secret = environment.get(SECRET);
        if secret.as_ref().is_some_and(|secret| !secret.bytes().all(|byte| byte.is_ascii_graphic())) {
            mistakes.note(SECRET, "must be of ASCII without spaces, so that a header can carry it");
        }
        let data_plane =
            environment.url(DATA_PLANE, mistakes).map(|url| url.trim_end_matches('/').to_owned());
        (keys.is_some() || secret.is_some()).then(|| Self {
            path,
            keys: keys.unwrap_or_default(),
            secret: secret.map(Secret::new),
            data_plane,
        })
    }
}

/// The keys in a list that commas separate. A key of a server is a secret: it is told by where it stands.
fn keys(list: &str, mistakes: &mut Mistakes) -> Vec<(Secret, Source)> {
    let mut keys: Vec<(Secret, Source)> = Vec::new();
    for (index, entry) in list.split(',').enumerate() {
        let (key, source) = entry.trim().split_once('=').unwrap_or((entry.trim(), "browser"));
        let at = format!("{KEYS}[{index}]");
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
            mistakes.note(at, "must be a write key of ASCII without spaces and colons");
            continue;
        }
        let Some(source) = Source::named(source) else {
            mistakes.note(
                at,
                "must say `browser`, `server`, `warehouse`, `webhook` or `disabled` behind the `=`",
            );
            continue;
        };
        if keys.iter().any(|(known, _)| known.is(key)) {
            mistakes.note(at, "is a write key that stands there before");
        } else {
            keys.push((Secret::new(key.to_owned()), source));
        }
    }
    keys
}

fn wrong_path(path: &str) -> Option<&'static str> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let mut parts = path.split('/').skip(1);
    if path.is_empty() {
        None
    } else if !path.starts_with('/') || !path.bytes().all(is_letter) {
        Some(
            "must be a path such as `/collect`: a slash, then letters, digits, `-`, `.`, `_`, `~` and slashes",
        )
    } else if parts.any(|part| matches!(part, "" | "." | "..")) {
        Some("must be a path such as `/collect`, without a slash at its end, two in a row, or dots alone")
    } else if path == "/_pintle" || path.starts_with("/_pintle/") {
        Some("must not lie below `/_pintle`, where Pintle's own paths are")
    } else {
        None
    }
}
