//! Ten thousand random sets of policies, in both notations: the library and the reference decide alike.

use std::fmt::Write;

use otpkeep::access::{Acl, Capability, Parameters, Policy};
use serde_json::{Map, Value as Json, json};

use crate::reference::{self, Sample, Tally, Written};
use crate::{field_of, policy, vectors};

/// SplitMix64: the same numbers in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// True in so many of a hundred cases.
    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Names of parameters, each with values written in many ways and what they mean.
type Samples = Vec<(String, Vec<Sample>)>;

fn samples() -> Samples {
    let texts = |meaning: &Json| {
        meaning.as_array().map(|texts| texts.iter().map(|text| text.as_str().unwrap().into()).collect())
    };
    let sample = |row: &Json| Sample { json: row[0].clone(), meaning: texts(&row[1]) };
    let values = |row: &Json| row[1].as_array().unwrap().iter().map(sample).collect();
    vectors("samples").iter().map(|row| (row[0].as_str().unwrap().into(), values(row))).collect()
}

fn any_case(dice: &mut Dice, name: &str) -> String {
    if dice.percent(20) { name.to_uppercase() } else { name.into() }
}

fn random_path(dice: &mut Dice) -> String {
    let mut path =
        (0..=dice.below(4)).map(|_| *dice.pick(&["a", "b", "a", "b", "ab", "c+", ""])).collect::<Vec<_>>().join("/");
    if dice.percent(25) {
        path.push('/');
    }
    path
}

/// A pattern that often fits the path: some of its segments are `+`, and often its end is a star.
fn random_pattern(dice: &mut Dice, path: &str) -> String {
    let path = if dice.percent(20) { random_path(dice) } else { path.into() };
    let mut path = if dice.percent(30) { path.trim_end_matches('/').to_string() } else { path };
    if dice.percent(85) {
        path =
            path.split('/').map(|segment| if dice.percent(45) { "+" } else { segment }).collect::<Vec<_>>().join("/");
    }
    if dice.percent(40) {
        path.truncate(path.len() - dice.below(path.len() + 1) / 2);
        path.push('*');
    }
    if dice.percent(10) {
        path.insert(0, '/');
    }
    // A star after a plus is forbidden.
    path.replace("+*", "a*")
}

fn random_lists(dice: &mut Dice, samples: &Samples, focus: usize, star: usize) -> Samples {
    let mut names: Vec<usize> =
        (0..samples.len()).filter(|at| dice.percent(if *at == focus { 80 } else { 20 })).collect();
    let mut lists: Samples = vec![];
    while let Some(at) = names.pop() {
        let (name, values) = &samples[at];
        let count = dice.below(if at == focus { 6 } else { 4 });
        lists.push((any_case(dice, name), (0..count).map(|_| dice.pick(values).clone()).collect()));
    }
    if dice.percent(star) {
        lists.push(("*".into(), vec![]));
    }
    lists
}

fn random_rule(dice: &mut Dice, path: &str, samples: &Samples, focus: usize) -> Written {
    let capabilities = ["create", "read", "update", "delete", "list", "sudo", "patch", "deny"];
    let likely = [75, 75, 90, 75, 75, 40, 75, 1];
    let mut rule = Written { path: random_pattern(dice, path), ..Written::default() };
    rule.capabilities = (0..8).filter(|at| dice.percent(likely[*at])).map(|at| capabilities[at]).collect();
    if dice.percent(3) {
        rule.capabilities = vec!["deny"];
    }
    if dice.percent(40) {
        rule.allowed = random_lists(dice, samples, focus, 25);
    }
    if dice.percent(40) {
        rule.denied = random_lists(dice, samples, focus, 5);
    }
    if dice.percent(15) {
        rule.required = vec![any_case(dice, &samples[focus].0)];
    }
    rule
}

/// The policy in JSON; paths may repeat.
fn in_json(rules: &[Written]) -> String {
    let lists = |lists: &Samples| -> Json {
        let entry =
            |(name, values): &(String, Vec<Sample>)| (name.clone(), values.iter().map(|v| v.json.clone()).collect());
        lists.iter().map(entry).collect::<Map<String, Json>>().into()
    };
    let rules = rules.iter().map(|rule| {
        let content = json!({
            "capabilities": rule.capabilities,
            "allowed_parameters": lists(&rule.allowed),
            "denied_parameters": lists(&rule.denied),
            "required_parameters": rule.required,
        });
        format!("{}: {content}", json!(rule.path))
    });
    format!("{{\"path\": {{{}}}}}", rules.collect::<Vec<_>>().join(",\n"))
}

/// The policy in HCL, whose values are written as in JSON.
fn in_hcl(rules: &[Written]) -> String {
    let mut text = String::new();
    for rule in rules {
        writeln!(text, "path {} {{\n  capabilities = {}", json!(rule.path), json!(rule.capabilities)).unwrap();
        for (key, lists) in [("allowed_parameters", &rule.allowed), ("denied_parameters", &rule.denied)] {
            writeln!(text, "  {key} = {{").unwrap();
            for (name, values) in lists {
                let values: Json = values.iter().map(|value| value.json.clone()).collect();
                writeln!(text, "    {} = {values}", json!(name)).unwrap();
            }
            writeln!(text, "  }}").unwrap();
        }
        writeln!(text, "  required_parameters = {}\n}}", json!(rule.required)).unwrap();
    }
    text
}

const MET: &[&str] = &[
    "allowed: all",
    "allowed: another value",
    "allowed: any value",
    "allowed: by the star",
    "allowed: every item",
    "allowed: no list",
    "allowed: not listed",
    "allowed: only values without meaning",
    "allowed: the value",
    "capable, parameters do not matter",
    "denied: a value without meaning",
    "denied: all",
    "denied: an item",
    "denied: another value",
    "denied: any value",
    "denied: the value",
    "deny",
    "found: exact",
    "found: exact without the slash",
    "found: nothing",
    "found: pattern",
    "found: pattern without the slash",
    "found: with the slash first",
    "listing: a slash is added",
    "merged",
    "merged: deny wins",
    "no parameters",
    "not capable",
    "required is missing",
    "stronger: a later first wildcard",
    "stronger: fewer +",
    "stronger: greater",
    "stronger: longer",
    "stronger: no star at the end",
];

#[test]
fn the_library_decides_as_the_reference_does() {
    let samples = samples();
    let (mut dice, mut tally) = (Dice(2026), Tally::default());
    for round in 0..10_000 {
        let (path, focus) = (random_path(&mut dice), *dice.pick(&[0, 1, 2, 3, 4, 4, 4, 5]));
        let policies: Vec<Vec<Written>> = (0..=dice.below(3))
            .map(|_| (0..=dice.below(5)).map(|_| random_rule(&mut dice, &path, &samples, focus)).collect())
            .collect();
        let rules = policies.concat();
        let parsed =
            [in_hcl, in_json].map(|write| policies.iter().map(|rules| policy(&write(rules))).collect::<Vec<Policy>>());
        let acls = parsed.each_ref().map(Acl::of);

        for _ in 0..8 {
            let path = if dice.percent(10) { random_path(&mut dice) } else { path.clone() };
            let operation = if dice.percent(60) { Capability::Update } else { *dice.pick(Capability::ALL) };
            let mut request: Vec<(String, Sample)> = vec![];
            for (at, (name, values)) in samples.iter().enumerate() {
                let value = dice.pick(values);
                if dice.percent(if at == focus { 80 } else { 8 }) && value.meaning.is_some() {
                    request.push((any_case(&mut dice, name), value.clone()));
                }
            }
            let mut parameters = Parameters::new();
            for (name, value) in &request {
                parameters.insert(name, field_of(name), field_of(name).coerce(&value.json).unwrap());
            }
            let expected = reference::allows(&rules, operation.name(), &path, &request, &mut tally);
            let pattern = reference::deciding(&rules, &path, true, &mut Tally::default());
            let mut capabilities = reference::capabilities(&rules, pattern, &mut Tally::default());
            if capabilities.is_empty() {
                capabilities.push("deny");
            }
            let plain = reference::deciding(&rules, &path, false, &mut Tally::default());
            let sudo = reference::capabilities(&rules, plain, &mut Tally::default()).contains(&"sudo");
            for acl in &acls {
                let sent: Vec<(&str, &Json)> =
                    request.iter().map(|(name, value)| (name.as_str(), &value.json)).collect();
                let what = || format!("round {round}: {} {path:?} {sent:?}\n{}", operation.name(), in_hcl(&rules));
                assert_eq!(acl.allows(operation, &path, &parameters), expected, "{}", what());
                assert_eq!(acl.capabilities(&path), capabilities, "{}", what());
                assert_eq!(acl.has_sudo(&path), sudo, "{}", what());
            }
        }
    }
    assert_eq!(tally.0.keys().copied().collect::<Vec<_>>(), MET);
    let rare: Vec<_> = tally.0.iter().filter(|(_, count)| **count < 100).collect();
    assert!(rare.is_empty(), "{rare:?} of {:?}", tally.0);
}
