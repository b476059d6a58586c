//! What each member is for, once, in the words that an editor shows; and of what form it must be.

use pintle::document::duration;
use pintle::identity::{anonymous_id, ticket};
use pintle_feed::declaration::Operator;
use pintle_feed::event::{Kind, Trust};
use serde_json::{Value, json};

/// A kind of objects, the name of a member of it, what it is for, and its form.
pub(crate) type Word = (&'static str, &'static str, &'static str, Value);

/// A form that stands under `$defs`.
pub(crate) fn form(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

fn named(of: Value) -> Value {
    json!({ "type": "object", "additionalProperties": of })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn full_text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

fn truth() -> Value {
    json!({ "type": "boolean" })
}

fn number() -> Value {
    json!({ "type": "number" })
}

fn whole(least: u32, most: u32) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most })
}

fn anything() -> Value {
    json!({})
}

fn duration_of(example: &str) -> Value {
    assert!(duration::seconds(example).is_some());
    json!({ "type": "string", "pattern": "^[0-9]+[smhd]$", "examples": [example] })
}

fn trust() -> Value {
    json!({ "enum": Trust::ALL.map(Trust::name) })
}

fn cookie_name() -> Value {
    json!({
        "type": "string",
        "pattern": "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$",
        "not": { "anyOf": [{ "pattern": "^rl_" }, { "enum": [anonymous_id::COOKIE, ticket::COOKIE] }] }
    })
}

fn denied() -> Value {
    let answer =
        json!({ "type": "string", "minLength": 1, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]*$" });
    json!({ "type": "array", "items": answer, "minItems": 1, "uniqueItems": true })
}

fn shape() -> Value {
    json!({ "type": "array", "items": full_text(), "uniqueItems": true })
}

fn path(example: &str) -> Value {
    let name = r"[^.\[\]]+(\[\*\])*";
    json!({ "type": "string", "pattern": format!(r"^{name}(\.{name})*$"), "examples": [example] })
}

/// Every member of every kind, but for the operators of declarations.
pub(crate) fn words() -> Vec<Word> {
    [of_the_file(), of_features(), of_rules(), of_pages(), of_profiles(), operators()].concat()
}

fn of_the_file() -> Vec<Word> {
    vec![
        (
            "personalization",
            "$schema",
            "Where editors find what may stand here: \"./node_modules/pintle/personalization.schema.json\".",
            anything(),
        ),
        (
            "personalization",
            "view",
            "The name of the view of features, as in RudderStack's Profiles, that decides.",
            full_text(),
        ),
        (
            "personalization",
            "features",
            "What is decided, by key: features as GrowthBook's SDKs have them (specification 0.8.0).",
            named(form("feature")),
        ),
        (
            "personalization",
            "savedGroups",
            "Lists of values by id, which conditions refer to with $inGroup and $notInGroup.",
            named(list(form("scalar"))),
        ),
        (
            "personalization",
            "contextualBandits",
            "Contextual bandits by id, as GrowthBook learns them.",
            named(form("bandit")),
        ),
        (
            "personalization",
            "experiments",
            "Experiments of pages, as GrowthBook has them. Those whose variations are other addresses (urlRedirect) are decided on.",
            list(form("experiment")),
        ),
        (
            "personalization",
            "deliver",
            "How decisions reach the page. A feature that is not delivered is decided on only where another asks it.",
            list(form("delivery")),
        ),
        (
            "personalization",
            "consent",
            "The cookie by which visitors say no. For them nobody is looked up, and no cookie is set.",
            form("consent"),
        ),
        (
            "personalization",
            "recommendations",
            "The attributes that /_pintle/recommendations tells as they are.",
            list(full_text()),
        ),
        (
            "personalization",
            "profile",
            "Which features people have, made of the events that are sent to the feed.",
            named(form("declaration")),
        ),
        (
            "personalization",
            "identity",
            "By which ids people are known, and who is believed about it.",
            form("identity"),
        ),
        ("delivery", "feature", "The key of a feature.", full_text()),
        (
            "delivery",
            "cookie",
            "The cookie that carries its value to the page's own scripts.",
            form("cookie"),
        ),
        (
            "delivery",
            "track",
            "The trait by which RudderStack is told its value, such as activation_api_experience.",
            full_text(),
        ),
        ("cookie", "name", "Its name: not one that RudderStack or Pintle has.", cookie_name()),
        ("cookie", "maxAge", "How long a browser keeps it, from 60s to 400d.", duration_of("1d")),
        (
            "consent",
            "cookie",
            "The name of the cookie in which the site keeps a visitor's answer.",
            json!({ "type": "string", "pattern": "^[-!#$%&'*+.^_`|~0-9A-Za-z]+$" }),
        ),
        ("consent", "denied", "Its values that mean no.", denied()),
    ]
}

fn of_features() -> Vec<Word> {
    vec![
        ("bandit", "banditVersion", "Which state of the bandit this is.", number()),
        (
            "bandit",
            "contexts",
            "Whom it treats how; the first context whose condition holds counts.",
            list(form("banditContext")),
        ),
        ("banditContext", "leafId", "The number of the context.", json!({ "type": "integer" })),
        ("banditContext", "condition", "For whom it is; without one for everybody.", form("condition")),
        ("banditContext", "weights", "How likely each variation is.", list(number())),
        ("feature", "defaultValue", "Its value where no rule applies; without one null.", anything()),
        ("feature", "rules", "The first rule that is for the visitor decides.", list(form("rule"))),
        ("feature", "description", "For its authors.", anything()),
        ("feature", "name", "For its authors.", anything()),
        ("prerequisite", "id", "The key of the feature that is asked.", text()),
        ("prerequisite", "condition", "What must be true of its `value`.", form("condition")),
        (
            "prerequisite",
            "gate",
            "Whether the feature is off where it does not hold, instead of going on with the next rule.",
            truth(),
        ),
        (
            "filter",
            "attribute",
            "By which attribute visitors are put into buckets; without one by id.",
            text(),
        ),
        ("filter", "seed", "What the buckets are made with.", text()),
        (
            "filter",
            "hashVersion",
            "How buckets are made; 2 is without bias, and what it is without one.",
            form("hashVersion"),
        ),
        ("filter", "ranges", "The buckets that pass.", list(form("range"))),
    ]
}

fn of_rules() -> Vec<Word> {
    vec![
        ("rule", "id", "How explanations call the rule.", text()),
        ("rule", "description", "For its authors.", anything()),
        ("rule", "name", "For its authors.", anything()),
        ("rule", "enabled", "false switches the rule off.", truth()),
        ("rule", "parentConditions", "What other features must be.", list(form("prerequisite"))),
        (
            "rule",
            "filters",
            "Buckets that may pass at all; where there are any, the namespace does not count.",
            list(form("filter")),
        ),
        ("rule", "condition", "For whom it is; without one for everybody.", form("condition")),
        ("rule", "force", "The value that it gives.", anything()),
        ("rule", "coverage", "The part of the visitors that it is for, from 0 to 1.", number()),
        ("rule", "range", "The buckets that it is for.", form("range")),
        (
            "rule",
            "hashAttribute",
            "By which attribute visitors are put into buckets; without one by id.",
            text(),
        ),
        ("rule", "fallbackAttribute", "Another attribute, where the first has no value.", text()),
        (
            "rule",
            "hashVersion",
            "How buckets are made; 2 is without bias, 1 what it is without one.",
            form("hashVersion"),
        ),
        ("rule", "seed", "What the buckets are made with; without one the key.", text()),
        ("rule", "disableStickyBucketing", "Whether visitors do not keep what they were given.", truth()),
        (
            "rule",
            "variations",
            "The values of an experiment, of which each visitor is given one.",
            anything(),
        ),
        ("rule", "contextualVariations", "The values of a contextual bandit's experiment.", anything()),
        ("rule", "contextualBanditRef", "The id of the bandit that weighs the variations.", text()),
        (
            "rule",
            "key",
            "How the experiment is called where it is told of; without one as the feature.",
            text(),
        ),
        (
            "rule",
            "weights",
            "How likely each variation is: as many as there are, and 1 together.",
            list(number()),
        ),
        ("rule", "ranges", "The buckets of each variation.", list(form("range"))),
        (
            "rule",
            "meta",
            "Each variation's key and name, and whether whoever has it goes on to the next rule (passthrough).",
            list(anything()),
        ),
        (
            "rule",
            "namespace",
            "Experiments of one namespace with ranges apart never have the same visitor.",
            form("namespace"),
        ),
        (
            "rule",
            "bucketVersion",
            "Which version of the experiment what visitors keep is of.",
            whole(0, 1_000),
        ),
        (
            "rule",
            "minBucketVersion",
            "Whoever has a variation of a version below leaves the experiment.",
            whole(0, 1_000),
        ),
        ("rule", "phase", "For reports.", anything()),
        ("rule", "tracks", "For SDKs whose rules are decided elsewhere.", anything()),
        ("rule", "type", "For its authors.", anything()),
        ("rule", "banditVersion", "For reports.", anything()),
    ]
}

/// What an experiment of pages has beside what the experiment of a rule has.
fn of_pages() -> Vec<Word> {
    vec![
        ("pageExperiment", "key", "How the experiment is called where it is told of.", text()),
        (
            "pageExperiment",
            "variations",
            "What visitors are given: one with urlRedirect is another address, all others are the page itself.",
            list(anything()),
        ),
        (
            "pageExperiment",
            "contextualVariations",
            "The variations of a contextual bandit.",
            list(anything()),
        ),
        (
            "pageExperiment",
            "force",
            "The index of the variation that everybody is given.",
            json!({ "type": "integer" }),
        ),
        (
            "pageExperiment",
            "status",
            "A draft is for nobody, and what is stopped only for those who are forced.",
            text(),
        ),
        ("pageExperiment", "active", "false switches the experiment off.", truth()),
        ("pageExperiment", "urlPatterns", "The addresses that it is for.", list(form("target"))),
        (
            "pageExperiment",
            "persistQueryString",
            "Whether the query goes along to the other address.",
            truth(),
        ),
        ("pageExperiment", "changeId", "For reports.", anything()),
        ("pageExperiment", "manual", "true: the page's own script begins it, and nobody is sent.", truth()),
        ("target", "include", "false: for all addresses but these.", truth()),
        ("target", "type", "How the pattern is read.", json!({ "enum": ["simple", "regex"] })),
        (
            "target",
            "pattern",
            "An address, whole or from its path on, with * for anything; or a regular expression.",
            text(),
        ),
    ]
}

fn of_profiles() -> Vec<Word> {
    vec![
        ("declaration", "trust", "It hears nobody below this level.", trust()),
        ("declaration", "as", "Has true and false be 1 and 0.", json!({ "const": "number" })),
        (
            "declaration",
            "shape",
            "Makes an object of a list: its keys, in order; null where there is no element.",
            shape(),
        ),
        ("source", "trait", "The path of a trait.", path("company.name")),
        ("source", "event", "The name of track events.", full_text()),
        ("source", "type", "The type of events.", json!({ "enum": Kind::ALL.map(Kind::name) })),
        (
            "source",
            "value",
            "The path to a value in the whole event; [*] fans out.",
            path("properties.products[*].product_id"),
        ),
        ("source", "where", "A condition on the whole event.", form("condition")),
        ("source", "window", "How old an event may be.", duration_of("7d")),
        ("source", "n", "How long the list is at most.", whole(1, 50)),
        ("recommend", "trait", "The path of a trait.", path("company.name")),
        ("recommend", "event", "The name of the track events of purchases.", full_text()),
        ("recommend", "type", "The type of events.", json!({ "enum": Kind::ALL.map(Kind::name) })),
        (
            "recommend",
            "value",
            "The path to what was bought in the whole event; [*] fans out.",
            path("properties.products[*].product_id"),
        ),
        ("recommend", "where", "A condition on the whole event.", form("condition")),
        ("recommend", "window", "How old an event may be.", duration_of("7d")),
        ("recommend", "n", "How many are recommended at most.", whole(1, 50)),
        (
            "recommend",
            "table",
            "The name of the table that `pintle train` made.",
            json!({ "type": "string", "pattern": "^[-_.0-9A-Za-z]{1,64}$" }),
        ),
        ("recommend", "repeat", "Whether what was bought may be recommended again.", truth()),
        ("recommend", "boost", "What is raised or left out.", list(form("boost"))),
        ("boost", "when", "A condition on the person's features, and on `item`.", form("condition")),
        (
            "boost",
            "by",
            "By how much: 0 leaves out.",
            json!({ "type": "number", "minimum": 0, "maximum": 1_000 }),
        ),
        (
            "identity",
            "trust",
            "Who is believed that an id belongs to a user: this level, and those above.",
            trust(),
        ),
        (
            "identity",
            "ids",
            "Types of ids, by name.",
            json!({ "type": "object", "propertyNames": { "pattern": "^[^:\\n]+$" }, "additionalProperties": form("idType") }),
        ),
        ("idType", "maximum", "How many of them one person has.", whole(1, 500)),
        ("idType", "filters", "Which ids stand for somebody.", list(form("idFilter"))),
        ("idFilter", "type", "Whether such an id is let through.", json!({ "enum": ["include", "exclude"] })),
        ("idFilter", "value", "The id.", text()),
        ("idFilter", "regex", "A pattern of ids.", text()),
    ]
}

/// Whether an operator makes something of values, and not only of events.
fn form_of(operator: &str) -> Value {
    match operator {
        "sequence" => json!({ "type": "array", "items": text(), "minItems": 1, "maxItems": 8 }),
        "lastN" | "lastDistinctN" => form("list"),
        "exists" | "any" | "count" | "timeSinceFirst" | "timeSinceLast" => form("source"),
        _ => form("valued"),
    }
}

fn said_of(operator: &str) -> &'static str {
    match operator {
        "exists" => "Whether there is a value.",
        "any" => "Whether a value is true as JavaScript has it.",
        "first" => "The first value.",
        "last" => "The last value.",
        "lastN" => "The last values, oldest first.",
        "lastDistinctN" => "The last different values, oldest first.",
        "count" => "How many.",
        "sum" => "The sum of those that are numbers.",
        "min" => "The smallest number.",
        "max" => "The largest number.",
        "mean" => "The mean of those that are numbers.",
        "countDistinct" => "How many different ones.",
        "mostFrequent" => "The one that comes most often.",
        "timeSinceFirst" => "Whole seconds since the first.",
        "timeSinceLast" => "Whole seconds since the last.",
        "sequence" => "How many of these events were done in this order.",
        other => panic!("nothing is said of {other}"),
    }
}

fn operators() -> Vec<Word> {
    let each = Operator::NAMES.map(|name| ("declaration", name, said_of(name), form_of(name)));
    let recommended =
        ("declaration", "recommend", "What goes with the last purchases, by a table.", form("recommend"));
    each.into_iter().chain([recommended]).collect()
}
