//! The policy language: which path gets which capabilities, under which conditions.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::limits;

use super::capability::{Capabilities, Capability};
use super::grant::{Grant, Values};
use super::syntax::{self, Data, Entry, Node, invalid};

/// A parsed policy: rules on paths, in Vault's language. No `Debug`: parameter values may be sensitive.
pub struct Policy {
    rules: Vec<Rule>,
}

/// What a policy says on one path.
pub(super) struct Rule {
    /// The path or pattern, without a leading `/`.
    pub(super) path: String,
    pub(super) grant: Grant,
}

/// Keys of a path that Vault or OpenBao know and that narrow what is given: leaving one out silently would grant more
/// than was written.
const UNSUPPORTED_KEYS: &[&str] = &[
    "min_wrapping_ttl",
    "max_wrapping_ttl",
    "mfa_methods",
    "control_group",
    "expiration",
    "pagination_limit",
    "list_scan_response_keys_filter_path",
];

impl Policy {
    /// Parses a policy in HCL, or in JSON when the text begins with `{`.
    ///
    /// At most 64 KiB, 1 000 paths and 16 nested levels. Vault's wrapping times, MFA methods, control groups and
    /// templated paths, and OpenBao's expiration, pagination limit and list filter are refused.
    ///
    /// # Errors
    /// [`crate::Kind::InvalidPolicy`] with the reason, in Vault's words, and the line.
    pub fn parse(text: &str) -> Result<Policy> {
        let mut rules = Vec::new();
        for entry in syntax::read(text)? {
            match (entry.name.as_str(), entry.value) {
                ("path", Node { data: Data::Object(paths), .. }) => {
                    for path in paths {
                        if rules.len() == limits::POLICY_RULES {
                            return Err(invalid(path.line, format_args!("more than {} paths", limits::POLICY_RULES)));
                        }
                        rules.push(Rule::read(path)?);
                    }
                }
                ("path", value) => return Err(invalid(value.line, "a path needs its name and a block")),
                ("name", value) if value.as_text().is_some() => {}
                ("name", value) => return Err(invalid(value.line, "name must be a text")),
                (key, _) => return Err(invalid(entry.line, format_args!("invalid key {key:?}"))),
            }
        }
        Ok(Policy { rules })
    }

    /// The rules, in the order written.
    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

impl Rule {
    fn read(Entry { name: written, line, value }: Entry) -> Result<Rule> {
        let fail = |line, reason: String| Err(invalid(line, format_args!("path {written:?}: {reason}")));
        let path = written.strip_prefix('/').unwrap_or(&written);
        if path.contains("+*") {
            return fail(line, "invalid use of wildcards ('+*' is forbidden)".into());
        }
        if path.contains("{{") {
            return fail(line, "templated paths are not supported".into());
        }
        let Data::Object(entries) = value.data else { return fail(line, "must be a block".into()) };
        let mut grant = Grant::default();
        let mut seen = BTreeSet::new();
        for entry in entries {
            let (key, line) = (entry.name.as_str(), entry.line);
            let outcome = match key {
                _ if !seen.insert(entry.name.clone()) => Err((line, format!("duplicate key {key:?}"))),
                "capabilities" => capabilities(&entry).map(|found| grant.capabilities.merge(found)),
                "policy" => short_form(&entry).map(|found| grant.capabilities.merge(found)),
                "allowed_parameters" => values(entry).map(|found| grant.allowed = found),
                "denied_parameters" => values(entry).map(|found| grant.denied = found),
                "required_parameters" => texts(&entry)
                    .map(|found| grant.required = found.iter().map(|(_, name)| name.to_lowercase()).collect()),
                "comment" => Ok(()),
                _ if UNSUPPORTED_KEYS.contains(&key) => Err((line, format!("{key} is not supported"))),
                _ => Err((line, format!("invalid key {key:?}"))),
            };
            if let Err((line, reason)) = outcome {
                return fail(line, reason);
            }
        }
        Ok(Rule { path: path.into(), grant })
    }
}

/// What a key of a path says, or the line and the reason why not.
type Reading<T> = std::result::Result<T, (usize, String)>;

/// The texts of a list, with their lines.
fn texts(entry: &Entry) -> Reading<Vec<(usize, &str)>> {
    let expected = |line| (line, format!("{} must be a list of texts", entry.name));
    let Data::List(items) = &entry.value.data else { return Err(expected(entry.line)) };
    items.iter().map(|item| Ok((item.line, item.as_text().ok_or_else(|| expected(item.line))?))).collect()
}

fn capabilities(entry: &Entry) -> Reading<Capabilities> {
    let found = texts(entry)?
        .into_iter()
        .map(|(line, name)| Capability::from_name(name).ok_or_else(|| (line, format!("invalid capability {name:?}"))));
    Ok(Capabilities::from(found.collect::<Reading<Vec<_>>>()?.as_slice()))
}

/// The old way to write capabilities, in one word.
fn short_form(entry: &Entry) -> Reading<Capabilities> {
    use Capability::{Create, Delete, Deny, List, Read, Sudo, Update};

    let word = entry.value.as_text().ok_or_else(|| (entry.line, "policy must be a text".to_string()))?;
    let found: &[Capability] = match word {
        "deny" => &[Deny],
        "read" => &[Read, List],
        "write" => &[Create, Read, Update, Delete, List],
        "sudo" => &[Create, Read, Update, Delete, List, Sudo],
        _ => return Err((entry.value.line, format!("invalid policy {word:?}"))),
    };
    Ok(Capabilities::from(found))
}

/// Parameter names with lists of values. The values are never shown in an error: they may be secrets.
fn values(entry: Entry) -> Reading<Values> {
    let Data::Object(parameters) = entry.value.data else {
        return Err((entry.line, format!("{} must name parameters with lists of values", entry.name)));
    };
    let mut found = Values::new();
    for parameter in parameters {
        let name = parameter.name.to_lowercase();
        let Data::List(items) = parameter.value.data else {
            return Err((parameter.line, format!("the values of {name:?} must be a list")));
        };
        let items = items.into_iter().map(Node::into_json).collect();
        if found.insert(name, items).is_some() {
            return Err((parameter.line, format!("duplicate parameter {:?}", parameter.name)));
        }
    }
    Ok(found)
}
