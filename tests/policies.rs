//! Policies: what they may say, and what they decide.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use otpkeep::Kind;
use otpkeep::access::{Acl, Capability, DEFAULT_POLICY, FieldType, Parameters, Policy};
use serde_json::{Value as Json, json};

fn policy(text: &str) -> Policy {
    Policy::parse(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn refusal(text: &str) -> String {
    let error = Policy::parse(text).err().unwrap_or_else(|| panic!("accepted: {}", &text[..text.len().min(200)]));
    assert_eq!(error.kind(), Kind::InvalidPolicy);
    error.reason().into()
}

#[test]
fn hostile_nesting_is_refused_before_the_stack_feels_it() {
    for part in [
        "[",
        "{",
        "(",
        "!",
        "-",
        "a{",
        "a = [",
        "a = {b = ",
        "{\"a\":",
        "[{\"a\":",
        "${",
        "\"${",
        "%{if ",
        "1+",
        "a?",
        "f(",
        "<<E\n",
        "- ",
        "a.",
        "a[0",
        "{{",
        "[for a in ",
    ] {
        for opening in
            ["", "a = ", "path ", "path \"x\" ", "{\"path\":", "path \"x\" {\n allowed_parameters = {\n a = "]
        {
            for count in [20, 60, 63, 64, 65, 100, 1_000, 100_000] {
                let started = std::time::Instant::now();
                let text = format!("{opening}{}", part.repeat(count));
                assert!(Policy::parse(&text).is_err());
                assert!(started.elapsed().as_secs() < 5, "{opening}{part} {count} {:?}", started.elapsed());
                let text = text.chars().take(60_000).collect::<String>();
                assert!(Policy::parse(&text).is_err());
                assert!(started.elapsed().as_secs() < 5, "{opening}{part} {count} {:?}", started.elapsed());
            }
        }
    }
}
#[test]
fn basics() {
    let p = policy(DEFAULT_POLICY);
    let acl = Acl::of([&p]);
    assert_eq!(acl.capabilities("sys/capabilities-self"), ["update"]);
    assert_eq!(acl.capabilities("sys/mounts"), ["deny"]);
    for t in [
        "bad = 1",
        "\nbad \"x\" {}",
        "path \"x\" { capabilities = [\"banana\"] }",
        "path \"foo/+*\" {}",
        "path \"x\" {\n policy = \"banana\" }",
        "path \"x\" {\n capabilities = [\"read\"\n}\n",
        "{\"path\":\n{\"x\":\n{\"capabilities\":[\"banana\"]}}}",
        "{\"path\": \"\\ud800\"}",
        "[1]",
        "{",
        "{\"a\":1e999}",
        "path \"x\" { capabilities = [\"read\"] policy = \"read\" }",
    ] {
        println!("{}", refusal(t));
    }
}
