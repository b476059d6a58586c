//! What the feed works by: `personalization.json` and the environment, checked once.

use pintle::document::environment::Environment;
use pintle::document::mistake::{Mistakes, Place};
use pintle::request::fact::Fact;
use pintle::settings::personalization::Personalization;
use serde_json::Value;

use crate::declaration::Declarations;
use crate::gateway::Gateway;
use crate::identity::Identity;
use crate::redis::Redis;

/// The feed's settings.
#[derive(Debug)]
pub struct Feed {
    /// Who may send events, and where; nothing when nobody may.
    pub gateway: Option<Gateway>,
    /// By which ids people are known.
    pub identity: Identity,
    /// The features that people have.
    pub declarations: Declarations,
    /// The key of the view that they stand in.
    pub view: String,
    /// Where other programs read them, too; nothing when none does.
    pub redis: Option<Redis>,
}

impl Feed {
    /// Checks the text of a `personalization.json` and the environment; all mistakes at once.
    ///
    /// # Errors
    ///
    /// What is wrong with them, each with its place.
    pub fn compile(personalization: &str, environment: &Environment<'_>) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let checked = Personalization::check(personalization, &mut mistakes);
        let attributes = checked.attributes();
        let attributes = attributes.names().filter(|name| Fact::named(name).is_none());
        let attributes = attributes.map(str::to_owned).collect();
        let document: Value = serde_json::from_str(personalization).unwrap_or_default();
        let view = environment.get("PROFILE_VIEW").or(checked.view);
        // Of what is no JSON it cannot be said.
        if view.is_none() && document.is_object() {
            mistakes.note("PROFILE_VIEW", "is not set, and personalization.json has no `view` either");
        }
        let place = Place::Root;
        let declarations = Declarations::compile(
            document.get("profile"),
            place.member("profile"),
            attributes,
            &mut mistakes,
        );
        let identity = Identity::compile(document.get("identity"), place.member("identity"), &mut mistakes);
        let gateway = Gateway::compile(environment, &mut mistakes);
        let redis = Redis::compile(environment, &mut mistakes);
        match view {
            Some(view) if !mistakes.damage_all() => Ok(Self { gateway, identity, declarations, view, redis }),
            _ => Err(mistakes),
        }
    }

    /// What is wrong with the feed's own part of them: whoever checks the pages' part tells the rest.
    #[must_use]
    pub fn check(personalization: &str, environment: &Environment<'_>) -> Mistakes {
        let (mut of_pages, mut own) = (Mistakes::default(), Mistakes::default());
        drop(Personalization::check(personalization, &mut of_pages));
        if let Err(all) = Self::compile(personalization, environment) {
            // The pages' part is checked first.
            all.iter()
                .skip(of_pages.iter().len())
                .for_each(|mistake| own.note(&mistake.at, mistake.what.as_str()));
        }
        own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(
        personalization: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Feed, Vec<String>> {
        let feed = Feed::compile(personalization, &Environment { variable });
        feed.map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_decisions_refer_to_and_nobody_declares_is_a_trait() {
        let feed = compile(
            r#"{"view": "V", "features": {"f": {"defaultValue": 0, "rules": [{"condition": {"A": 1, "plan": "pro"}, "force": 1}]}},
                "deliver": [{"feature": "f", "cookie": {"name": "f", "maxAge": "1d"}}],
                "profile": {"A": {"exists": {"trait": "a"}}}}"#,
            &|name| (name == "PROFILE_SOURCES").then(|| "people".to_owned()),
        )
        .unwrap();
        assert_eq!(feed.view, "V");
        assert_eq!(feed.declarations.plain, ["plan".to_owned()].into());
        assert!(feed.gateway.is_none());
    }

    #[test]
    fn a_mistake_that_damages_a_part_of_pages_keeps_no_event_out() {
        let feed = compile(
            r#"{"view": "V", "features": {"f": {"defaultVlue": 0, "rules": [{"condition": {"plan": "pro"}, "force": 1}]}},
                "deliver": [{"feature": "f", "cookie": {"name": "f", "maxAge": "1d"}}]}"#,
            &|_| None,
        )
        .unwrap();
        // What it looks at, as far as it is understood, is kept: it is there when the mistake is mended.
        assert_eq!(feed.declarations.plain, ["plan".to_owned()].into());
    }

    #[test]
    fn what_pages_are_told_of_their_part_is_left_to_them() {
        let told = |personalization: &str| {
            let variable = |name: &str| (name == "WRITE_KEYS").then(|| "a key".to_owned());
            let mistakes = Feed::check(personalization, &Environment { variable: &variable });
            mistakes.iter().map(|mistake| mistake.at.clone()).collect::<Vec<_>>()
        };
        let both = r#"{"view": "V", "features": 7, "colour": 1, "profile": {"A": {"counts": {}}}}"#;
        assert_eq!(told(both), ["$.profile.A.counts", "WRITE_KEYS[0]"]);
        assert_eq!(told(r#"{"features": {}}"#), ["PROFILE_VIEW", "WRITE_KEYS[0]"]);
        assert_eq!(told("{"), ["WRITE_KEYS[0]"]);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let told =
            compile(
                r#"{"view": "V", "features": {}, "profile": {"A": {"counts": {}}}}"#,
                &|name| match name {
                    "PROFILE_SOURCES" => Some("people".to_owned()),
                    "WRITE_KEYS" => Some("key".to_owned()),
                    "INGEST_PATH" => Some("collect".to_owned()),
                    _ => None,
                },
            )
            .unwrap_err();
        assert!(told.iter().any(|mistake| mistake.starts_with("$.profile.A.counts: ")), "{told:?}");
        assert!(told.iter().any(|mistake| mistake.starts_with("INGEST_PATH: ")), "{told:?}");
    }
}
