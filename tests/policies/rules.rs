//! The decisions: which rule applies, what it gives, and under which conditions.

use otpkeep::access::{Acl, Capability, Parameters, Policy};
use serde_json::{Value as Json, json};

use crate::{parameters, policy, rule, vectors};

/// Of these rules, those that decide the operation at the path: each in turn is the only one that gives anything.
fn winners<'a>(rules: &'a Json, operation: Capability, path: &str) -> Vec<&'a Json> {
    let paths = rules.as_array().unwrap();
    let gives = |path: &Json, winner: &Json| {
        let given = if path == winner { vec![operation.name()] } else { vec![] };
        rule(path.as_str().unwrap(), json!({"capabilities": given}))
    };
    let decides = |winner: &&Json| {
        let policies: Vec<Policy> = paths.iter().map(|path| gives(path, winner)).collect();
        Acl::of(&policies).allows(operation, path, &Parameters::new())
    };
    paths.iter().filter(decides).collect()
}

#[test]
fn of_all_rules_that_fit_the_strongest_decides() {
    for row in vectors("priority") {
        let expected: Vec<&Json> = Some(&row["wins"]).filter(|wins| !wins.is_null()).into_iter().collect();
        assert_eq!(winners(&row["rules"], Capability::Update, row["path"].as_str().unwrap()), expected, "{row}");
    }
}

#[test]
fn a_listing_asks_with_the_last_slash_first() {
    for row in vectors("listing") {
        let expected: Vec<&Json> = Some(&row["wins"]).filter(|wins| !wins.is_null()).into_iter().collect();
        assert_eq!(winners(&row["rules"], Capability::List, row["path"].as_str().unwrap()), expected, "{row}");
    }
}

#[test]
fn capabilities_are_looked_up_like_a_listing_of_the_path_as_given() {
    let policies = [
        rule("totp/keys/", json!({"capabilities": ["list"]})),
        rule("totp/keys/*", json!({"capabilities": ["read"]})),
        rule("totp/code", json!({"capabilities": ["update"]})),
        rule("totp/code/a", json!({"capabilities": ["sudo", "read"]})),
    ];
    let acl = Acl::of(&policies);
    assert_eq!(acl.capabilities("totp/keys/"), ["list"]);
    assert_eq!(acl.capabilities("totp/keys"), ["deny"]);
    assert_eq!(acl.capabilities("totp/code"), ["update"]);
    assert_eq!(acl.capabilities("totp/code/"), ["update"]);
    assert_eq!(acl.capabilities("totp/code/a"), ["read", "sudo"]);
    assert!(acl.has_sudo("totp/code/a") && !acl.has_sudo("totp/code/a/") && !acl.has_sudo("totp/keys/a"));
    assert_eq!(Acl::of([]).capabilities("totp/keys"), ["deny"]);
}

#[test]
fn a_capability_is_given_where_its_rule_fits_and_nowhere_else() {
    let mut rows = 0;
    let none = Parameters::new();
    for shape in vectors("shapes") {
        let paths = |part: &str| shape[part].as_array().unwrap().clone();
        for given in Capability::ALL {
            let gives = rule(shape["rule"].as_str().unwrap(), json!({"capabilities": [given.name()]}));
            let denies = rule(shape["rule"].as_str().unwrap(), json!({"capabilities": ["deny"]}));
            for asked in Capability::ALL {
                let [fits, misses] =
                    if *asked == Capability::List { ["lists", "lists_not"] } else { ["fits", "misses"] };
                let expected = given == asked && *given != Capability::Deny;
                let (fits, misses) = (paths(fits).into_iter().map(|path| (path, true)), paths(misses));
                for (path, fits) in fits.chain(misses.into_iter().map(|path| (path, false))) {
                    let (path, what) = (path.as_str().unwrap(), format!("{given:?} by {shape}, {asked:?} on {path}"));
                    assert_eq!(Acl::of([&gives]).allows(*asked, path, &none), fits && expected, "{what}");
                    assert!(!Acl::of([&gives, &denies]).allows(*asked, path, &none), "{what}, denied");
                    rows += 2;
                }
            }
        }
    }
    assert!(rows >= 2_000, "{rows} rows");
}

#[test]
fn parameters_are_judged_by_what_they_mean() {
    for row in vectors("parameters") {
        for operation in [Capability::Create, Capability::Read, Capability::Update, Capability::Patch] {
            let mut content = row["rule"].clone();
            content["capabilities"] = json!([operation.name()]);
            let allowed = Acl::of([&rule("x", content)]).allows(operation, "x", &parameters(&row["request"]));
            assert_eq!(Json::from(allowed), row["allowed"], "{} {row}", operation.name());
        }
    }
}

#[test]
fn listing_and_deleting_know_no_parameters() {
    let content = json!({"capabilities": ["list", "delete", "sudo"], "denied_parameters": {"*": []}, "required_parameters": ["x"]});
    let acl = Acl::of([&rule("x", content)]);
    for operation in [Capability::List, Capability::Delete, Capability::Sudo] {
        assert!(acl.allows(operation, "x", &parameters(&json!({"digits": 8}))), "{}", operation.name());
    }
}

#[test]
fn equal_patterns_are_merged_within_a_policy_and_across() {
    for row in vectors("merges") {
        let contents = row["rules"].as_array().unwrap();
        for path in ["totp/keys/a", "totp/keys/*", "totp/+/a"] {
            let apart: Vec<Policy> = contents.iter().map(|content| rule(path, content.clone())).collect();
            // One text with the path several times; a slash before it makes no difference.
            let blocks = contents.iter().map(|content| format!("\"path\": {}", json!({format!("/{path}"): content})));
            let together = policy(&format!("{{{}}}", blocks.collect::<Vec<_>>().join(",")));
            for acl in [Acl::of(&apart), Acl::of([&together])] {
                assert_eq!(json!(acl.capabilities("totp/keys/a")), row["capabilities"], "{path} {row}");
                for (part, expected) in [("passes", true), ("fails", false)] {
                    for data in row[part].as_array().into_iter().flatten() {
                        let allowed = acl.allows(Capability::Update, "totp/keys/a", &parameters(data));
                        assert_eq!(allowed, expected, "{path} {data} {row}");
                    }
                }
            }
        }
    }
}

/// Whether each operation is allowed, in the order create, read, update, delete, list.
fn may(acl: &Acl, path: &str) -> [bool; 5] {
    use Capability::{Create, Delete, List, Read, Update};
    [Create, Read, Update, Delete, List].map(|operation| acl.allows(operation, path, &Parameters::new()))
}

const NOTHING: [bool; 5] = [false; 5];

#[test]
fn may_validate_but_not_read_codes() {
    let acl = Acl::of([&policy("path \"totp/code/*\" {\n  capabilities = [\"update\"]\n}")]);
    assert_eq!(may(&acl, "totp/code/alice"), [false, false, true, false, false]);
    for path in ["totp/keys/alice", "totp/keys", "totp/attempts/alice", "sys/mounts"] {
        assert_eq!(may(&acl, path), NOTHING, "{path}");
    }
}

#[test]
fn may_read_one_keys_codes_and_nothing_else() {
    let acl = Acl::of([&policy("path \"totp/code/alice\" {\n  capabilities = [\"read\"]\n}")]);
    assert_eq!(may(&acl, "totp/code/alice"), [false, true, false, false, false]);
    for path in ["totp/code/bob", "totp/code/alice2", "totp/code/alice/", "totp/code", "totp/keys/alice", "totp/keys"] {
        assert_eq!(may(&acl, path), NOTHING, "{path}");
    }
}

#[test]
fn may_enroll_but_not_read_back() {
    let text = "path \"totp/keys/+\" {\n  capabilities = [\"update\"]\n  allowed_parameters = {\n    generate = [true]\n    exported = [false]\n    issuer = [\"Acme\"]\n    account_name = []\n  }\n  required_parameters = [\"exported\"]\n}";
    let acl = Acl::of([&policy(text)]);
    let enroll = |data: Json| acl.allows(Capability::Update, "totp/keys/alice", &parameters(&data));
    assert!(enroll(json!({"generate": "true", "exported": "false", "issuer": "Acme", "account_name": "alice"})));
    assert!(!enroll(json!({"generate": true, "exported": true, "issuer": "Acme"})));
    assert!(!enroll(json!({"generate": true, "issuer": "Acme"})));
    assert!(!enroll(json!({"exported": false, "key": "JBSWY3DPEHPK3PXP"})));
    for path in ["totp/code/alice", "totp/keys", "totp/keys/"] {
        assert_eq!(may(&acl, path), NOTHING, "{path}");
    }
    assert!(!acl.allows(Capability::Read, "totp/keys/alice", &Parameters::new()));
}
