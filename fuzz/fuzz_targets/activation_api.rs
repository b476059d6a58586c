//! Whatever the Activation API answers, it is a profile, a miss or a failure.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pintle::document::environment::Environment;
use pintle::document::mistake::Mistakes;
use pintle::identity::anonymous_id::AnonymousId;
use pintle::profile::settings::Profiles;
use pintle::profile::sources::activation_api;

fuzz_target!(|body: &str| {
    let variable = |name: &str| (name != "PROFILE_SOURCES").then(|| "60".to_owned());
    let wanted = (Some("V".to_owned()), ["F".to_owned()].into());
    let environment = Environment { variable: &variable };
    let profiles = Profiles::compile(&environment, &[], wanted, &mut Mistakes::default());
    let id = AnonymousId::new("somebody".to_owned()).expect("eight letters are an id");
    let _ = activation_api::read((200, body), &id, &profiles, 0);
});
