//! The language: the values a field takes, policies that are refused and where, HCL and JSON alike.

use std::time::{Duration, Instant};

use otpkeep::Kind;
use otpkeep::access::{Acl, Capability, DEFAULT_POLICY, FieldType, Parameters, Policy, Value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

use crate::{parameters, policy, rule, vectors};

fn field_type(name: &Json) -> FieldType {
    match name.as_str().unwrap() {
        "text" => FieldType::Text,
        "integer" => FieldType::Integer,
        "boolean" => FieldType::Boolean,
        "seconds" => FieldType::Seconds,
        "text-list" => FieldType::TextList,
        "map" => FieldType::Map,
        other => panic!("{other}"),
    }
}

fn shown(value: &Value) -> Json {
    match value {
        Value::Absent => Json::Null,
        Value::Text(text) => text.expose().into(),
        Value::Integer(number) | Value::Seconds(number) => (*number).into(),
        Value::Boolean(value) => (*value).into(),
        Value::TextList(items) => items.iter().map(|item| item.expose()).collect(),
        Value::Map(entries) => entries.iter().map(|(name, text)| (name.clone(), text.expose())).collect(),
    }
}

#[test]
fn a_field_takes_whatever_means_one_of_its_values() {
    for row in vectors("coercion") {
        let value = field_type(&row[0]).coerce(&row[1]).unwrap_or_else(|error| panic!("{row}: {error}"));
        assert_eq!(shown(&value), row[2], "{row}");
    }
}

#[test]
fn a_field_refuses_the_rest_and_never_shows_a_text() {
    for row in vectors("coercion_refused") {
        let detail = field_type(&row[0]).coerce(&row[1]).err().unwrap_or_else(|| panic!("accepted: {row}"));
        assert_eq!(detail, row[2].as_str().unwrap(), "{row}");
        assert!(!detail.contains("SECRET"), "{row}");
    }
}

fn refusal(text: &str) -> String {
    let error = Policy::parse(text).err().unwrap_or_else(|| panic!("accepted: {}", text.get(..200).unwrap_or(text)));
    assert_eq!(error.kind(), Kind::InvalidPolicy);
    error.reason().into()
}

#[test]
fn a_bad_policy_is_refused_with_line_and_reason_but_without_values() {
    for row in vectors("refused") {
        let reason = refusal(row[0].as_str().unwrap());
        assert_eq!(reason, format!("failed to parse policy: {}", row[1].as_str().unwrap()), "{row}");
        assert!(!reason.contains("SECRET"), "{row}");
    }
}

#[test]
fn a_policy_has_bounds() {
    let paths = |count: usize| (0..count).map(|n| format!("path \"{n}\" {{}}\n")).collect::<String>();
    policy(&paths(1_000));
    assert_eq!(refusal(&paths(1_001)), "failed to parse policy: more than 1000 paths on line 1001");
    let deep = |lists: usize| format!("{}1{}", "[".repeat(lists), "]".repeat(lists));
    for write in [
        |value: String| format!("path \"x\" {{\n  comment = {value}\n}}"),
        |value: String| format!("{{\"path\": {{\"x\": {{\n\"comment\": {value}}}}}}}"),
    ] {
        // The root, the paths and this path are three levels already.
        policy(&write(deep(13)));
        assert_eq!(refusal(&write(deep(14))), "failed to parse policy: more than 16 nested levels on line 2");
    }
    let text = |bytes: usize| format!("#{}", "x".repeat(bytes - 1));
    policy(&text(64 * 1024));
    assert_eq!(refusal(&text(64 * 1024 + 1)), "failed to parse policy: text of more than 65536 bytes on line 1");
}

/// Deep texts of every construct that nests, above and below the bound of bytes. The stack is that of a small thread.
#[test]
fn hostile_nesting_is_refused_before_the_stack_feels_it() {
    let parts = [
        "[",
        "{",
        "(",
        "!",
        "-",
        "- ",
        "a{",
        "a {\n",
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
        "a.",
        "a[0",
        "{{",
        "[for a in ",
        "[\n#]\n",
    ];
    let openings = ["", "a = ", "path ", "path \"x\" ", "{\"path\":", "path \"x\" {\n allowed_parameters = {\n a = "];
    let attempts = move || {
        for (opening, part) in openings.iter().flat_map(|opening| parts.iter().map(move |part| (opening, part))) {
            for count in [20, 63, 64, 65, 1_000, 60_000 / part.len(), 100_000] {
                let began = Instant::now();
                refusal(&format!("{opening}{}", part.repeat(count)));
                assert!(began.elapsed() < Duration::from_secs(10), "{opening}{part} × {count}");
            }
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(attempts).unwrap().join().unwrap();
}

/// Pieces of both notations, of which a text is made.
const PIECES: &[&str] = &[
    "path ",
    "\"totp/+\" ",
    "path",
    "\"x\"",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\n",
    " = ",
    ": ",
    ", ",
    "\"",
    "capabilities",
    "denied_parameters",
    "\"read\"",
    "policy",
    "comment",
    "name",
    "7",
    "-",
    "0x",
    "1e9",
    ".",
    "null",
    "true",
    "${",
    "%{",
    "<<E\n",
    "E\n",
    "#",
    "//",
    "/*",
    "*/",
    "é",
    "\0",
    "\\u00",
    "\\",
    "for ",
    "in ",
    "if ",
    "?",
    "!",
    "&&",
    "...",
    "=>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn no_text_brings_the_parser_down(pieces in vec(select(PIECES), 0..40), text in ".{0,40}") {
        let begin = [String::new(), "path \"x\" {\n".into(), "{\"path\": {\"x\": {".into()];
        for begin in begin {
            for rest in [&pieces.concat(), &text] {
                if let Err(error) = Policy::parse(&format!("{begin}{rest}")) {
                    prop_assert_eq!(error.kind(), Kind::InvalidPolicy);
                    prop_assert!(error.reason().contains(" on line "), "{}", error);
                }
            }
        }
    }
}

/// What a policy decides about some requests, which is all there is to see of it.
fn decisions(policy: &Policy) -> Vec<bool> {
    let acl = Acl::of([policy]);
    let data = [
        json!({}),
        json!({"digits": 8}),
        json!({"issuer": "Acme", "digits": "6"}),
        json!({"issuer": "Acme", "exported": true}),
        json!({"period": 60}),
        json!({"*x": "y"}),
    ];
    let paths = ["totp/keys/a", "totp/keys/é", "totp/keys/", "totp/code/a", "totp/code/é", "x"];
    let requests = paths.iter().flat_map(|path| Capability::ALL.iter().map(move |operation| (path, operation)));
    requests
        .flat_map(|(path, operation)| {
            data.iter().map(|data| acl.allows(*operation, path, &parameters(data))).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn hcl_and_json_say_the_same() {
    for row in vectors("same") {
        let [hcl, json] = ["hcl", "json"].map(|notation| policy(row[notation].as_str().unwrap()));
        assert!(decisions(&hcl) == decisions(&json), "{row}");
    }
}

#[test]
fn the_default_policy_lets_a_token_look_after_itself() {
    let acl = Acl::of([&policy(DEFAULT_POLICY)]);
    for (path, expected) in [
        ("auth/token/lookup-self", "read"),
        ("auth/token/renew-self", "update"),
        ("auth/token/revoke-self", "update"),
        ("sys/capabilities-self", "update"),
        ("auth/token/create", "deny"),
        ("sys/policies/acl/default", "deny"),
        ("totp/code/a", "deny"),
    ] {
        assert_eq!(acl.capabilities(path), [expected], "{path}");
    }
}

#[test]
fn long_paths_are_paths() {
    let long = "a/".repeat(5_000);
    let acl = Acl::of([&rule("+/a/*", json!({"capabilities": ["read"]}))]);
    assert!(acl.allows(Capability::Read, &long, &Parameters::new()));
    assert!(!acl.allows(Capability::Read, &"a".repeat(10_000), &Parameters::new()));
}

/// What a fuzzer found: the parser of HCL tries operators twice at each level of brackets.
#[test]
fn nested_operators_are_refused_at_once() {
    let began = Instant::now();
    for text in [
        include_str!("../../fuzz/corpus/policy/operators-in-indices"),
        include_str!("../../fuzz/corpus/policy/operators-in-lists"),
    ] {
        assert!(refusal(text).contains("expressions and string templates are not supported"));
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[test]
fn plain_values_are_read_whatever_their_texts_and_comments_hold() {
    let text = "path \"x/*\" { # (a) ? [b] ${c}\n  // x = f(1 + 2) \"\n  /* a[b[c \n \" */ capabilities = [\"read\"]\n  \
                allowed_parameters = { \"a\" = [\"(?!<>&|*/+-[\", \"$${x} %%{y} \\\"${\"], b-c = [-1, 1e+3, 1.5e-2] }\n}";
    let text = text.replace(" \\\"${", " \\\" $ {");
    let acl = Acl::of([&policy(&text)]);
    assert_eq!(acl.capabilities("x/y"), ["read"]);
    for (expression, line) in
        [("1 +2", 2), ("1 == 2", 2), ("-x[0]", 2), ("\"\\\\${x}\"", 2), ("/*\n*/ f(1)", 3), ("<<E\nE", 2)]
    {
        let reason = refusal(&format!("path \"x\" {{\n comment = {expression}\n}}"));
        assert!(reason.ends_with(&format!("write plain values on line {line}")), "{expression}: {reason}");
    }
}
