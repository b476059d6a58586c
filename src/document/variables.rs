//! Variables by name: which there are, what each means, and which names were meant to be one of them.
//!
//! A variable that is misspelt is not there, and its default holds without a word. An environment is full of other programs'
//! variables, so only a name that differs by a slip or two is told.

use std::fmt;

/// Every variable and secret that has a meaning.
pub const VARIABLES: [&str; 32] = [
    // The URL of RudderStack's Activation API.
    "ACTIVATION_API_URL",
    // The id of the Activation API's destination.
    "ACTIVATION_DESTINATION_ID",
    // The entity of the Profiles project.
    "ACTIVATION_ENTITY",
    // The id type of the Profiles project.
    "ACTIVATION_ID_TYPE",
    // The service access token of the Activation API.
    "ACTIVATION_TOKEN",
    // The headers that say where a request for a decision came from.
    "DECISION_ADDRESS_HEADER",
    // Whether a request for a decision may name its visitor in a parameter.
    "DECISION_ID_PARAMETER",
    // How often one address may ask for a decision, a minute.
    "DECISION_RATE",
    // Whether pages explain themselves in `Server-Timing`.
    "EXPLAIN",
    // The Redis that people are told to, for other programs.
    "FEED_REDIS_URL",
    // The key that GrowthBook's payload is encrypted with.
    "GROWTHBOOK_DECRYPTION_KEY",
    // Where GrowthBook serves its payload.
    "GROWTHBOOK_PAYLOAD_URL",
    // The secret that GrowthBook's webhook is signed with.
    "GROWTHBOOK_WEBHOOK_SECRET",
    // The path below which events are taken.
    "INGEST_PATH",
    // How long a page waits for a lookup, in milliseconds.
    "LOOKUP_BUDGET_MS",
    // The site that requests are handed to.
    "ORIGIN_URL",
    // The text of a personalization.json.
    "PERSONALIZATION",
    // Where the published personalization.json stands.
    "PERSONALIZATION_URL",
    // How long a profile that was written back stays in KV, in seconds.
    "PROFILE_KEPT_S",
    // Where profiles are looked up, in this order.
    "PROFILE_SOURCES",
    // The view of the profile whose features decide.
    "PROFILE_VIEW",
    // How the key of the view is matched.
    "PROFILE_VIEW_MATCH",
    // The id of RudderStack's Redis destination, in the keys of a Profiles sync.
    "REDIS_DESTINATION_ID",
    // Which of RudderStack's layouts stands in Redis.
    "REDIS_LAYOUT",
    // The prefix of the users' keys in Redis.
    "REDIS_PREFIX",
    // Where Redis is, and the password or token that it is asked with.
    "REDIS_URL",
    // The id of RudderStack's workspace, in the keys of a Profiles sync.
    "REDIS_WORKSPACE_ID",
    // The URL of RudderStack's data plane, where events go on to.
    "RUDDER_DATA_PLANE_URL",
    // The write key with which experiments are told to RudderStack's data plane.
    "RUDDER_WRITE_KEY",
    // The keys that seal the ticket cookie.
    "TICKET_KEYS",
    // The secret that RudderStack's destinations send with an event.
    "WEBHOOK_SECRET",
    // The write keys that events are taken with, and what each may claim.
    "WRITE_KEYS",
];

/// What a Worker binds under a name, and no variable: they stand beside the variables in its environment.
const BINDINGS: [&str; 3] = ["ASSETS", "PEOPLE", "PROFILES"];

/// What people leave away at the end of a name.
const UNITS: [&str; 2] = ["_MS", "_S"];

/// A name that has no meaning, and the variable that it was probably meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misspelt<'n> {
    /// The name as it was given.
    pub name: &'n str,
    /// The variable that there is.
    pub meant: &'static str,
}

impl fmt::Display for Misspelt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has no meaning here; {} has", self.name, self.meant)
    }
}

/// The names among those of an environment that were meant to be a variable of ours.
#[must_use]
pub fn misspelt<'n>(names: impl Iterator<Item = &'n str>) -> Vec<Misspelt<'n>> {
    names.filter_map(|name| Some(Misspelt { name, meant: meant(name)? })).collect()
}

fn meant(name: &str) -> Option<&'static str> {
    let is_known = BINDINGS.contains(&name) || VARIABLES.contains(&name);
    if is_known {
        return None;
    }
    let written = name.to_ascii_uppercase().replace('-', "_");
    let slips = VARIABLES.into_iter().filter_map(|known| Some((slips(&written, known)?, known)));
    Some(slips.min()?.1)
}

/// How many letters of `name` are too many, missing, wrong or in the wrong order for it to be `known`; `None` when it is
/// another name.
fn slips(name: &str, known: &str) -> Option<usize> {
    let letters = |text: &str| text.replace('_', "");
    let without_unit = UNITS.iter().any(|unit| known.strip_suffix(unit) == Some(name));
    if without_unit || letters(name) == letters(known) {
        return Some(0);
    }
    // Short names meet by chance.
    let most = if known.len() < 14 { 1 } else { 2 };
    if name.len().abs_diff(known.len()) > most {
        return None;
    }
    Some(strsim::osa_distance(name, known)).filter(|slips| *slips <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(names: &[&str]) -> Vec<(String, &'static str)> {
        misspelt(names.iter().copied()).iter().map(|it| (it.name.to_owned(), it.meant)).collect()
    }

    #[test]
    fn a_name_that_differs_by_a_slip_or_two_is_told_with_the_one_that_was_meant() {
        for (name, meant) in [
            ("TICKET_KEY", "TICKET_KEYS"),
            ("TICKETS_KEYS", "TICKET_KEYS"),
            ("TICKETKEYS", "TICKET_KEYS"),
            ("ticket_keys", "TICKET_KEYS"),
            ("ticket-keys", "TICKET_KEYS"),
            ("TIKCET_KEYS", "TICKET_KEYS"),
            ("PROFILE_SOURCE", "PROFILE_SOURCES"),
            ("PROFILES_SOURCES", "PROFILE_SOURCES"),
            ("profileSources", "PROFILE_SOURCES"),
            ("PROFILE_VEIW", "PROFILE_VIEW"),
            ("PROFIL_VIEW_MATH", "PROFILE_VIEW_MATCH"),
            ("PROFILE_KEPT", "PROFILE_KEPT_S"),
            ("PROFILE_KEPT_MS", "PROFILE_KEPT_S"),
            ("LOOKUP_BUDGET", "LOOKUP_BUDGET_MS"),
            ("LOOKUP_BUDGET_S", "LOOKUP_BUDGET_MS"),
            ("LOOKUP_BUGDET_MS", "LOOKUP_BUDGET_MS"),
            ("ACTIVATION_API_URI", "ACTIVATION_API_URL"),
            ("ACTIVATION_DESTINATIONID", "ACTIVATION_DESTINATION_ID"),
            ("ACTIVATON_TOKEN", "ACTIVATION_TOKEN"),
            ("DECISION_ADRESS_HEADERS", "DECISION_ADDRESS_HEADER"),
            ("ORIGINURL", "ORIGIN_URL"),
            ("ORIGIN_URI", "ORIGIN_URL"),
            ("PERSONALISATION", "PERSONALIZATION"),
            ("RUDDER_DATAPLANE_URL", "RUDDER_DATA_PLANE_URL"),
            ("EXPLAN", "EXPLAIN"),
        ] {
            assert_eq!(told(&[name]), [(name.to_owned(), meant)]);
        }
    }

    #[test]
    fn what_there_is_is_not_told() {
        let known: Vec<_> = VARIABLES.into_iter().chain(BINDINGS).collect();
        assert_eq!(told(&known), []);
    }

    #[test]
    fn the_environment_of_a_server_has_nothing_to_tell() {
        let environment = "PATH HOME PWD OLDPWD USER LOGNAME SHELL SHLVL LANG LC_ALL TERM COLORTERM TMPDIR TZ HOSTNAME _ \
            EDITOR PAGER MAIL DISPLAY SSH_AUTH_SOCK SSH_CONNECTION NODE NODE_ENV NODE_OPTIONS NODE_PATH NODE_VERSION \
            PORT HOST ORIGIN ORIGINS ORIGIN_HOST PUBLIC_ORIGIN ORIGINAL_URL BASE_URL SITE_URL API_URL URL CI DEBUG \
            INIT_CWD npm_execpath npm_node_execpath npm_config_user_agent npm_config_cache npm_config_prefix npm_command \
            npm_lifecycle_event npm_package_json npm_package_name npm_package_version NEXT_RUNTIME NEXT_PUBLIC_URL \
            __NEXT_PRIVATE_ORIGIN VERCEL VERCEL_ENV VERCEL_URL VERCEL_REGION CF_PAGES CF_PAGES_URL CLOUDFLARE_API_TOKEN \
            CLOUDFLARE_ACCOUNT_ID AWS_PROFILE AWS_REGION AWS_ACCESS_KEY_ID AWS_SESSION_TOKEN PROFILE PROFILE_ID \
            PROFILE_NAME PROFILE_PICTURE PROFILE_SERVICE DATABASE_URL REDIS_URL SESSION_SECRET JWT_SECRET API_KEY \
            API_TOKEN ACCESS_TOKEN ACTIVATION_FOO ACTIVATION_URL ACTIVATION_CODE ACTIVATION_API_KEY ACTIVATION_EMAIL \
            DECISION_ENGINE DECISION_URL DECISION_TIME LOOKUP_HOST LOOKUP_TABLE TICKET_URL TICKET_SYSTEM TICKET_PREFIX \
            TICKET_KIND EXPLORER PLAN EXPAND RUDDERSTACK_WRITE_KEY RUDDERSTACK_DATA_PLANE_URL SENTRY_DSN \
            KUBERNETES_SERVICE_HOST KUBERNETES_PORT DOTNET_ROOT JAVA_HOME GOPATH VIRTUAL_ENV XDG_RUNTIME_DIR \
            SystemRoot ProgramFiles(x86) CommonProgramFiles APPDATA USERPROFILE ALLUSERSPROFILE PROFILEREAD";
        assert_eq!(told(&environment.split_whitespace().collect::<Vec<_>>()), []);
        assert_eq!(told(&["", "=", "É", &"TICKET_KEYS".repeat(10_000)]), []);
    }

    #[test]
    fn what_the_workers_configuration_sets_is_known() {
        let configuration = include_str!("../../wrangler.toml");
        let lines = configuration.lines().filter_map(|line| line.trim_start_matches("# ").split_once(" = "));
        let is_variable = |name: &str| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let names: Vec<_> = lines.map(|(name, _)| name).filter(|name| is_variable(name)).collect();
        assert!(names.len() > 10, "{names:?}");
        for name in names {
            assert!(VARIABLES.contains(&name), "{name}");
        }
    }

    #[test]
    fn it_is_told_in_a_sentence() {
        let [told] = misspelt(["PATH", "TICKET_KEY"].into_iter()).try_into().unwrap();
        assert_eq!(told.to_string(), "TICKET_KEY has no meaning here; TICKET_KEYS has");
    }
}
