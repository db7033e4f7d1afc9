//! Which one rule decides a path, among all the rules of several policies.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::capability::Capability;
use super::field::Parameters;
use super::grant::Grant;
use super::policy::Policy;

/// What several policies say together.
///
/// Equal patterns are merged, and a `deny` among them wins. Of the different patterns that fit a path only the one
/// best decides: an exact path before any pattern, then by strength. A path that no rule fits is denied.
#[derive(Default)]
pub struct Acl {
    exact: HashMap<String, Grant>,
    /// The strongest first, so that the first that fits is the best.
    patterns: Vec<(Pattern, Grant)>,
}

impl Acl {
    /// What the policies say together; of none, that nothing is allowed.
    pub fn of<'a>(policies: impl IntoIterator<Item = &'a Policy>) -> Acl {
        let mut merged = HashMap::<&str, Grant>::new();
        for rule in policies.into_iter().flat_map(Policy::rules) {
            merged.entry(&rule.path).or_default().merge(&rule.grant);
        }
        let mut acl = Acl::default();
        for (path, grant) in merged {
            match Pattern::of(path) {
                Some(pattern) => acl.patterns.push((pattern, grant)),
                None => drop(acl.exact.insert(path.into(), grant)),
            }
        }
        acl.patterns.sort_by(|(left, _), (right, _)| right.strength().cmp(&left.strength()));
        acl
    }

    /// Whether the operation may happen at the path with these parameters. The path has no leading `/`; whatever is in
    /// it is taken as it stands. For [`Capability::List`] the path is a folder, with or without its last `/`.
    pub fn allows(&self, operation: Capability, path: &str, parameters: &Parameters) -> bool {
        let grant = match operation {
            Capability::List if path.is_empty() || path.ends_with('/') => self.find_folder(path),
            Capability::List => self.find_folder(&format!("{path}/")),
            _ => self.find(path),
        };
        grant.is_some_and(|grant| grant.allows(operation, parameters))
    }

    /// The names of what is allowed at the path, sorted; `["deny"]` when nothing is.
    pub fn capabilities(&self, path: &str) -> Vec<&'static str> {
        // As Vault asks: like a listing, but of the path as given.
        let names = self.find_folder(path).map_or_else(Vec::new, |grant| grant.capabilities.names());
        if names.is_empty() { vec![Capability::Deny.name()] } else { names }
    }

    /// Whether the path's rule gives `sudo`, which paths reserved to administrators ask for besides the operation.
    pub fn has_sudo(&self, path: &str) -> bool {
        self.find(path).is_some_and(|grant| grant.capabilities.has(Capability::Sudo))
    }

    /// The one rule that decides the path.
    fn find(&self, path: &str) -> Option<&Grant> {
        self.exact.get(path).or_else(|| self.find_pattern(path))
    }

    /// The one rule that decides a listing. A rule may name the folder with its last `/` or without; with it comes
    /// first, so that a `deny` below the folder is not passed over for a wider rule that only fits without.
    fn find_folder(&self, path: &str) -> Option<&Grant> {
        let Some(bare) = path.strip_suffix('/') else { return self.find(path) };
        let exact = self.exact.get(path).or_else(|| self.exact.get(bare));
        exact.or_else(|| self.find_pattern(path)).or_else(|| self.find_pattern(bare))
    }

    fn find_pattern(&self, path: &str) -> Option<&Grant> {
        self.patterns.iter().find(|(pattern, _)| pattern.fits(path)).map(|(_, grant)| grant)
    }
}

/// A rule's path with wildcards: `+` for one whole segment, a last `*` for any rest.
struct Pattern {
    /// The path without its last `*`.
    text: String,
    /// Whether it ended in `*`.
    open: bool,
    /// Where the first wildcard stands: what comes before is the same in every path that fits.
    first_wildcard: usize,
    /// How many segments are `+`.
    any_segments: usize,
}

impl Pattern {
    /// The pattern of this path; none when it has no wildcard. A `+` in a longer segment, or a `*` before the end, is
    /// just a character.
    fn of(path: &str) -> Option<Pattern> {
        let text = path.strip_suffix('*').unwrap_or(path);
        let open = text.len() < path.len();
        let any_segments = text.split('/').filter(|segment| *segment == "+").count();
        if !open && any_segments == 0 {
            return None;
        }
        // Each segment ends one byte before the next begins; without a `+` the wildcard is the last `*`.
        let fixed = text.split('/').take_while(|segment| *segment != "+").map(|segment| segment.len() + 1).sum();
        let first_wildcard = usize::min(fixed, text.len());
        Some(Pattern { text: text.into(), open, first_wildcard, any_segments })
    }

    /// The order of strength: a later first wildcard, no `*` at the end, fewer `+`, a longer text, and lastly the
    /// greater text, so that no two patterns are equal.
    fn strength(&self) -> (usize, bool, Reverse<usize>, usize, &str) {
        (self.first_wildcard, !self.open, Reverse(self.any_segments), self.text.len(), &self.text)
    }

    /// Whether the path fits.
    fn fits(&self, path: &str) -> bool {
        let fixed = self.text.as_bytes().get(..self.first_wildcard).unwrap_or_default();
        if !path.as_bytes().starts_with(fixed) {
            return false;
        }
        if self.any_segments == 0 {
            return true;
        }
        let mut given = path.split('/');
        let mut wanted = self.text.split('/').peekable();
        while let Some(segment) = wanted.next() {
            let Some(actual) = given.next() else { return false };
            let last = wanted.peek().is_none();
            if segment != "+" && segment != actual && !(self.open && last && actual.starts_with(segment)) {
                return false;
            }
        }
        self.open || given.next().is_none()
    }
}
