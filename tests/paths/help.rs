use std::collections::BTreeMap;

use otpkeep::access::TokenSpec;
use otpkeep::paths::{Answer, Operation};
use otpkeep::{Keep, Kind};
use serde_json::Value;

use crate::ask::{ask, fields, keep, operation, refusal};
use crate::routes::routes;
use crate::support::{Folder, SECRET, START, code};

fn help(keep: &Keep, path: &str) -> String {
    fields(ask(keep, "help", path, &Value::Null))["help"].as_str().unwrap().to_owned()
}

#[test]
fn each_route_and_field_has_its_help() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    for route in routes() {
        let text = help(&keep, &route.path());
        let within = route.path();
        let within = ["totp/", "sys/", "auth/token/"].iter().find_map(|place| within.strip_prefix(place)).unwrap();
        assert!(text.starts_with(&format!("Request:        {within}\nMatching Route: ^")), "{text}");
        let part =
            |title: &str| text.split(&format!("## {title}\n")).nth(1).map(|rest| rest.split("\n## ").next().unwrap());
        let synopsis = text.lines().nth(3).unwrap();
        assert!(synopsis.ends_with('.') && synopsis.len() > 10, "{text}");
        assert!(part("DESCRIPTION").unwrap().trim().len() > 30, "{text}");
        assert_eq!(part("OPERATIONS").unwrap().trim(), route.operations.join(", "));
        let named: Vec<&str> = part("PARAMETERS").map_or_else(Vec::new, |parameters| {
            let lines = parameters.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     "));
            lines.map(|line| line.trim().split(' ').next().unwrap()).collect()
        });
        let mut names: Vec<&str> = route.fields.iter().map(|(name, ..)| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(named, names, "{}", route.pattern);
        for (name, kind, description) in &route.fields {
            assert!(description.contains('.') && description.len() > 10, "{name} of {}", route.pattern);
            assert!(
                text.contains(&format!("    {name} ({kind})\n\n        {}", description.trim_end_matches(" Secret.")))
            );
        }
        assert!(!route.examples.is_empty());
        for example in &route.examples {
            assert!(part("EXAMPLES").unwrap().contains(&format!("    otpkeep {example}\n")), "{text}");
        }
    }
}

#[test]
fn the_help_of_a_place_names_its_paths() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    keep.mount("team-a/otp", &otpkeep::MountSpec::default()).unwrap();
    for place in ["totp", "totp/", "team-a/otp", "team-a/otp/", "/totp"] {
        let text = help(&keep, place);
        for regex in [r"^keys/?$", r"^keys/(?P<name>\w(([\w.@+-]+)?\w)?)$", r"^code/(?P<name>\w(([\w.@+-]+)?\w)?)$"] {
            assert!(text.contains(&format!("\n    {regex}\n        ")), "{text}");
        }
        assert!(text.contains(&format!("otpkeep list {}/keys", place.trim_matches('/'))));
    }
    assert!(help(&keep, "sys").contains("^mounts/(?P<path>.+)/tune$"));
    assert!(help(&keep, "auth/token/").contains("^lookup-self$"));
    assert!(help(&keep, "team-a/otp/keys/bob").contains("otpkeep read team-a/otp/keys/alice"));
}

/// What the examples read from the standard input or a file, and what they name that there must be.
fn filled(word: &str, has: &BTreeMap<&str, String>) -> (String, Value) {
    let (name, value) = word.split_once('=').unwrap();
    let value = match value.strip_prefix('@') {
        None if value == "-" || value == "oac_..." => has[name].clone(),
        None => value.to_owned(),
        Some(_) => has[name].clone(),
    };
    (name.into(), value.into())
}

#[test]
fn each_example_runs() {
    for route in routes() {
        for example in &route.examples {
            let folder = Folder::in_memory();
            let (keep, _) = keep(&folder);
            for (path, secret) in [("totp/keys/alice", SECRET), ("totp/keys/wiki", SECRET)] {
                ask(&keep, "write", path, &serde_json::json!({"key": secret})).unwrap();
            }
            if !example.starts_with("write sys/mounts/team-a") {
                keep.mount("team-a/otp", &otpkeep::MountSpec::default()).unwrap();
            }
            let policy = r#"path "totp/code/*" { capabilities = ["update"] }"#;
            keep.write_policy("verifier", policy).unwrap();
            keep.write_policy("reader", policy).unwrap();
            let root = TokenSpec { policies: Some(vec!["root".into()]), ttl: Some(3600), ..TokenSpec::default() };
            let issued = keep.create_token(&root).unwrap();
            let has = BTreeMap::from([
                ("url", format!("otpauth://totp/GitHub:bot?secret={SECRET}&issuer=GitHub")),
                ("key", SECRET.to_owned()),
                ("code", code(&keep, "alice", START)),
                ("policy", policy.to_owned()),
                ("token", issued.secret.expose().to_owned()),
                ("accessor", issued.token.accessor.clone()),
                ("input", SECRET.to_owned()),
            ]);
            let words: Vec<&str> = example.split(' ').filter(|word| *word != "-force").collect();
            let data = words[2..].iter().map(|word| filled(word, &has)).collect();
            let handle = keep.with_token(&has["token"]).unwrap();
            let answer = handle.request(operation(words[0]), words[1], &data);
            match answer {
                Ok(Answer::Response(response)) => {
                    assert!(response.warnings.is_empty(), "{example}: {:?}", response.warnings);
                    assert_ne!(response.data.get("valid"), Some(&Value::Bool(false)));
                }
                Ok(Answer::Done) => {}
                Ok(Answer::Nothing) => assert!(example.contains("after=alice limit"), "{example}: nothing"),
                Err(refusal) => panic!("{example}: {refusal}"),
            }
        }
    }
}

#[test]
fn help_is_for_every_living_token() {
    let folder = Folder::in_memory();
    let (keep, clock) = keep(&folder);
    let nothing = TokenSpec {
        policies: Some(vec!["none".into()]),
        no_default_policy: true,
        ttl: Some(60),
        ..TokenSpec::default()
    };
    let handle = keep.with_token(keep.create_token(&nothing).unwrap().secret.expose()).unwrap();
    for path in ["totp", "totp/keys/alice", "sys/mounts", "auth/token/accessors", "sys"] {
        assert_eq!(help(&handle, path), help(&keep, path));
    }
    clock.set(crate::support::time(START + 60));
    for path in ["totp", "totp/nothing", "nowhere", ".."] {
        let dead = refusal(handle.request(Operation::Help, path, &otpkeep::paths::Data::new()));
        assert_eq!((dead.kind, dead.sentence.as_str()), (Kind::BadToken, "bad token"));
    }
}
