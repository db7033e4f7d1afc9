//! The reference: the rules of the reference manual, written to be read and not to be fast. It shares nothing with the
//! library; what a value means is told by whoever wrote the value down, not worked out.
//!
//! It also counts which rule decided, so that the test can show that each was met.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// A value as it is written, and what it means for its parameter's type: nothing, or some texts of which a `*` at the
/// start or end, in a policy, stands for anything.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) json: Json,
    pub(crate) meaning: Option<Vec<String>>,
}

/// A rule of a policy.
#[derive(Clone, Default)]
pub(crate) struct Written {
    pub(crate) path: String,
    pub(crate) capabilities: Vec<&'static str>,
    pub(crate) allowed: Vec<(String, Vec<Sample>)>,
    pub(crate) denied: Vec<(String, Vec<Sample>)>,
    pub(crate) required: Vec<String>,
}

impl Written {
    fn pattern(&self) -> &str {
        self.path.strip_prefix('/').unwrap_or(&self.path)
    }
}

/// How often each rule was the one that decided.
#[derive(Default)]
pub(crate) struct Tally(pub(crate) BTreeMap<&'static str, usize>);

impl Tally {
    fn met(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    fn decided(&mut self, what: &'static str, decision: bool) -> bool {
        self.met(what);
        decision
    }
}

fn wild(path: &str) -> bool {
    path.ends_with('*') || path.split('/').any(|segment| segment == "+")
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut wanted: Vec<&str> = pattern.split('/').collect();
    let mut given: Vec<&str> = path.split('/').collect();
    if let Some(start) = pattern.ends_with('*').then(|| wanted.pop().unwrap().strip_suffix('*').unwrap()) {
        // The last segment and all that follows is one text, of which only the start is told.
        if given.len() <= wanted.len() || !given[wanted.len()].starts_with(start) {
            return false;
        }
        given.truncate(wanted.len());
    }
    wanted.len() == given.len() && (0..wanted.len()).all(|at| wanted[at] == "+" || wanted[at] == given[at])
}

/// Where the first wildcard stands, found by trying each place.
fn first_wildcard(pattern: &str) -> usize {
    let bytes = pattern.as_bytes();
    let edge = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_none_or(|byte| *byte == b'/');
    let is_wildcard = |at: usize| match bytes[at] {
        b'+' => (at == 0 || edge(at.checked_sub(1))) && edge(Some(at + 1)),
        b'*' => at + 1 == bytes.len(),
        _ => false,
    };
    (0..bytes.len()).find(|at| is_wildcard(*at)).unwrap()
}

/// The stronger of two patterns that fit, and by which of the five comparisons.
fn stronger<'a>(a: &'a str, b: &'a str) -> (&'a str, &'static str) {
    let pick = |a_wins: bool| if a_wins { a } else { b };
    let plus = |pattern: &str| pattern.split('/').filter(|segment| *segment == "+").count();
    if first_wildcard(a) != first_wildcard(b) {
        (pick(first_wildcard(a) > first_wildcard(b)), "stronger: a later first wildcard")
    } else if a.ends_with('*') != b.ends_with('*') {
        (pick(b.ends_with('*')), "stronger: no star at the end")
    } else if plus(a) != plus(b) {
        (pick(plus(a) < plus(b)), "stronger: fewer +")
    } else if a.len() != b.len() {
        (pick(a.len() > b.len()), "stronger: longer")
    } else {
        (pick(a > b), "stronger: greater")
    }
}

fn strongest<'a>(patterns: &[&'a str], path: &str, tally: &mut Tally) -> Option<&'a str> {
    patterns.iter().copied().filter(|pattern| wild(pattern) && fits(pattern, path)).reduce(|best, other| {
        if best == other {
            return best;
        }
        let (winner, why) = stronger(best, other);
        tally.met(why);
        winner
    })
}

/// The pattern that decides the path; a listing also tries the path without its last slash.
pub(crate) fn deciding<'a>(rules: &'a [Written], path: &str, listing: bool, tally: &mut Tally) -> Option<&'a str> {
    let patterns: Vec<&str> = rules.iter().map(|rule| rule.pattern()).collect();
    let exact = |path: &str| patterns.iter().copied().find(|pattern| !wild(pattern) && *pattern == path);
    let bare = path.strip_suffix('/').filter(|_| listing);
    let (found, how) = if let Some(found) = exact(path) {
        (Some(found), "found: exact")
    } else if let Some(found) = bare.and_then(exact) {
        (Some(found), "found: exact without the slash")
    } else if let Some(found) = strongest(&patterns, path, tally) {
        let also = bare.and_then(|bare| strongest(&patterns, bare, &mut Tally::default()));
        (
            Some(found),
            if also.is_some_and(|also| also != found) { "found: with the slash first" } else { "found: pattern" },
        )
    } else if let Some(found) = bare.and_then(|bare| strongest(&patterns, bare, tally)) {
        (Some(found), "found: pattern without the slash")
    } else {
        (None, "found: nothing")
    };
    tally.met(how);
    found
}

/// The capabilities of all rules on this one pattern, sorted; `deny` alone when one of them denies.
pub(crate) fn capabilities(rules: &[Written], pattern: Option<&str>, tally: &mut Tally) -> Vec<&'static str> {
    let equal: Vec<&Written> = rules.iter().filter(|rule| Some(rule.pattern()) == pattern).collect();
    let mut names: Vec<&str> = equal.iter().flat_map(|rule| rule.capabilities.iter().copied()).collect();
    names.sort_unstable();
    names.dedup();
    if equal.len() > 1 {
        tally.met("merged");
    }
    if names.contains(&"deny") {
        tally.met(if names.len() > 1 { "merged: deny wins" } else { "deny" });
        return vec!["deny"];
    }
    names
}

fn glob(pattern: &str, text: &str) -> bool {
    let stars = (pattern.starts_with('*'), pattern.ends_with('*'));
    let inner = pattern.trim_matches('*');
    match stars {
        _ if inner.is_empty() && stars.0 => true,
        (true, true) => text.contains(inner),
        (true, false) => text.ends_with(inner),
        (false, true) => text.starts_with(inner),
        (false, false) => text == pattern,
    }
}

fn equal(written: &Sample, value: &Sample) -> bool {
    let (Some(patterns), Some(texts)) = (&written.meaning, &value.meaning) else { return false };
    patterns.len() == texts.len() && patterns.iter().zip(texts).all(|(pattern, text)| glob(pattern, text))
}

/// What a value says about a single item of a list: only a plain one says anything.
fn names_item(written: &Sample, item: &str) -> bool {
    match &written.json {
        Json::String(pattern) => glob(pattern, item),
        Json::Null => item.is_empty(),
        Json::Number(number) => number.to_string() == item,
        _ => false,
    }
}

/// The values that all rules together list for a parameter: none when it is not listed, and no values, which means
/// any, as soon as one of them lists it without values.
fn listed<'a>(lists: impl Iterator<Item = &'a (String, Vec<Sample>)>, name: &str) -> Option<Vec<Sample>> {
    let found: Vec<&Vec<Sample>> = lists.filter(|(known, _)| known.to_lowercase() == name).map(|(_, v)| v).collect();
    let any = found.iter().any(|values| values.is_empty());
    (!found.is_empty()).then(|| if any { vec![] } else { found.into_iter().flatten().cloned().collect() })
}

/// Whether the operation may happen.
pub(crate) fn allows(
    rules: &[Written],
    operation: &str,
    path: &str,
    request: &[(String, Sample)],
    tally: &mut Tally,
) -> bool {
    let path = if operation == "list" && !path.is_empty() && !path.ends_with('/') {
        tally.met("listing: a slash is added");
        format!("{path}/")
    } else {
        path.to_string()
    };
    let Some(pattern) = deciding(rules, &path, operation == "list", tally) else { return false };
    let given = capabilities(rules, Some(pattern), tally);
    if operation == "deny" || !given.contains(&operation) {
        return tally.decided("not capable", false);
    }
    if !["create", "read", "update", "patch"].contains(&operation) {
        return tally.decided("capable, parameters do not matter", true);
    }
    let rules: Vec<&Written> = rules.iter().filter(|rule| rule.pattern() == pattern).collect();
    // What is empty is sent, but it is not what a rule requires.
    let says = |sample: &Sample| {
        !matches!(sample.meaning.as_deref(), Some([]))
            && sample.meaning != Some(vec!["".into()])
            && sample.meaning != Some(vec!["absent".into()])
    };
    let sent =
        |name: &str| request.iter().any(|(known, sample)| known.to_lowercase() == name.to_lowercase() && says(sample));
    if rules.iter().flat_map(|rule| &rule.required).any(|name| !sent(name)) {
        return tally.decided("required is missing", false);
    }
    if request.is_empty() {
        return tally.decided("no parameters", true);
    }
    let denied = |name: &str| listed(rules.iter().flat_map(|rule| &rule.denied), name);
    let allowed = |name: &str| listed(rules.iter().flat_map(|rule| &rule.allowed), name);
    if denied("*").is_some() {
        return tally.decided("denied: all", false);
    }
    for (name, value) in request {
        let name = name.to_lowercase();
        let Some(values) = denied(&name) else { continue };
        let items = name == "policies";
        let why = match &values {
            values if values.is_empty() => "denied: any value",
            values if values.iter().any(|written| equal(written, value)) => "denied: the value",
            values if values.iter().any(|written| written.meaning.is_none()) => "denied: a value without meaning",
            values if items && value.meaning.iter().flatten().any(|i| values.iter().any(|w| names_item(w, i))) => {
                "denied: an item"
            }
            _ => {
                tally.met("denied: another value");
                continue;
            }
        };
        return tally.decided(why, false);
    }
    if rules.iter().all(|rule| rule.allowed.is_empty()) {
        return tally.decided("allowed: no list", true);
    }
    for (name, value) in request {
        let name = name.to_lowercase();
        let Some(values) = allowed(&name) else {
            if allowed("*").is_some() {
                tally.met("allowed: by the star");
                continue;
            }
            return tally.decided("allowed: not listed", false);
        };
        let items = value.meaning.as_deref().filter(|items| name == "policies" && !items.is_empty());
        tally.met(match &values {
            values if values.is_empty() => "allowed: any value",
            values if values.iter().any(|written| equal(written, value)) => "allowed: the value",
            values if items.is_some_and(|all| all.iter().all(|i| values.iter().any(|w| names_item(w, i)))) => {
                "allowed: every item"
            }
            values if values.iter().all(|written| written.meaning.is_none()) => {
                return tally.decided("allowed: only values without meaning", false);
            }
            _ => return tally.decided("allowed: another value", false),
        });
    }
    tally.decided("allowed: all", true)
}
