//! What tokens may do, remembered for as long as nothing that it came from has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::token::ROOT;
use super::{Accessor, Acl, policies, tokens};
use crate::clock::UnixTime;
use crate::error::Result;
use crate::seal::Keyring;
use crate::store::{Family, View};

/// What a living token may do. Of the token itself no more is kept than that takes.
pub(crate) struct Standing {
    /// It may do everything.
    pub(crate) is_root: bool,
    rules: Arc<Rules>,
    /// The earliest end of the token and its parents.
    expires: Option<UnixTime>,
    tokens: Vec<Source>,
    policies: Vec<Source>,
}

/// What some policies allow together.
struct Rules {
    acl: Acl,
    /// Of the policies' texts.
    bytes: usize,
}

/// The id of a row that something came from, and its version; none when there was no such row. A version is drawn at
/// random for each content and sealed with it: rows of one version have one content, which was opened once.
type Source = (u64, Option<u64>);

impl Standing {
    /// What its policies allow.
    pub(crate) fn acl(&self) -> &Acl {
        &self.rules.acl
    }

    /// Whether it is still so.
    pub(crate) fn holds(&self, view: &dyn View, now: UnixTime) -> Result<bool> {
        Ok(self.expires.is_none_or(|expires| now < expires)
            && are_current(view, Family::Token, &self.tokens)?
            && are_current(view, Family::Policy, &self.policies)?)
    }
}

fn are_current(view: &dyn View, family: Family, sources: &[Source]) -> Result<bool> {
    for (id, version) in sources {
        if view.version(family, *id)? != *version {
            return Ok(false);
        }
    }
    Ok(true)
}

/// So many tokens are remembered, as long as their policies are small.
const TOKENS: usize = 256;
/// Bytes that the policies of all these may have, those of each counted. What was read of a policy can take many times the
/// memory of its text.
const POLICY_BYTES: usize = 256 * 1024;

/// The standings of tokens, as last found.
#[derive(Default)]
pub(crate) struct Standings(Mutex<Found>);

#[derive(Default)]
struct Found {
    of_tokens: HashMap<Accessor, Arc<Standing>>,
    /// Of the policies of all these.
    policy_bytes: usize,
    /// The last token whose policies alone have more: to read them takes many milliseconds.
    large: Option<(Accessor, Arc<Standing>)>,
    /// Many tokens share their policies.
    rules: HashMap<Vec<Source>, Weak<Rules>>,
}

impl Standings {
    /// The standing of a token as it is stored at this moment. A policy that does not exist allows nothing.
    ///
    /// # Errors
    /// `bad-token` when it, or one of its line, is unknown, expired or revoked; `corrupt`.
    pub(crate) fn of(
        &self,
        view: &dyn View,
        keyring: impl FnOnce() -> Result<Arc<Keyring>>,
        accessor: Accessor,
        now: UnixTime,
    ) -> Result<Arc<Standing>> {
        let known = self.found().get(accessor);
        if let Some(known) = known {
            if known.holds(view, now)? {
                return Ok(known);
            }
            let ended = self.found().forget(accessor);
            drop(ended);
        }
        let keyring = keyring()?;
        let line = tokens::line(view, &keyring, accessor, now)?;
        let expires = line.iter().filter_map(|stored| stored.token.expires).min();
        let sources = line.iter().map(|stored| (stored.id, Some(stored.version))).collect();
        let token = tokens::first(line)?;
        let (rules, policies) = self.rules(view, &keyring, &token.policies)?;
        let standing = Arc::new(Standing { is_root: token.is_root(), rules, expires, tokens: sources, policies });
        // Freed without the lock: others go on meanwhile.
        let forgotten = self.found().remember(accessor, &standing);
        drop(forgotten);
        Ok(standing)
    }

    fn rules(&self, view: &dyn View, keyring: &Keyring, names: &[String]) -> Result<(Arc<Rules>, Vec<Source>)> {
        let names = || names.iter().filter(|name| *name != ROOT);
        let mut sources = Vec::new();
        for name in names() {
            let id = policies::row_id(keyring, name)?;
            sources.push((id, view.version(Family::Policy, id)?));
        }
        let known = self.found().rules.get(&sources).and_then(Weak::upgrade);
        if let Some(rules) = known {
            return Ok((rules, sources));
        }
        // Read without the lock: others go on with what is found.
        let (mut parsed, mut bytes) = (Vec::new(), 0);
        for name in names() {
            if let Some(policy) = policies::read(view, keyring, name)? {
                parsed.push(policy.parsed()?);
                bytes += policy.text.len();
            }
        }
        Ok((Arc::new(Rules { acl: Acl::of(&parsed), bytes }), sources))
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    fn get(&self, accessor: Accessor) -> Option<Arc<Standing>> {
        let large = self.large.as_ref().filter(|(of, _)| *of == accessor).map(|(_, standing)| standing);
        self.of_tokens.get(&accessor).or(large).cloned()
    }

    /// Remembers a standing, if need be in the place of any others, which are returned.
    fn remember(&mut self, accessor: Accessor, standing: &Arc<Standing>) -> Vec<Arc<Standing>> {
        let mut forgotten: Vec<_> = self.forget(accessor).into_iter().collect();
        let bytes = standing.rules.bytes;
        if bytes > POLICY_BYTES {
            forgotten.extend(self.large.replace((accessor, Arc::clone(standing))).map(|(_, other)| other));
        } else {
            forgotten.extend(self.make_room(bytes));
            self.policy_bytes += bytes;
            self.of_tokens.insert(accessor, Arc::clone(standing));
        }
        self.rules.retain(|_, rules| rules.strong_count() > 0);
        self.rules.insert(standing.policies.clone(), Arc::downgrade(&standing.rules));
        forgotten
    }

    fn make_room(&mut self, bytes: usize) -> Vec<Arc<Standing>> {
        let mut forgotten = Vec::new();
        while self.of_tokens.len() >= TOKENS || self.policy_bytes + bytes > POLICY_BYTES {
            let Some(any) = self.of_tokens.keys().next().copied() else { break };
            forgotten.extend(self.forget(any));
        }
        forgotten
    }

    fn forget(&mut self, accessor: Accessor) -> Option<Arc<Standing>> {
        if let Some((_, large)) = self.large.take_if(|(of, _)| *of == accessor) {
            return Some(large);
        }
        let forgotten = self.of_tokens.remove(&accessor)?;
        self.policy_bytes -= forgotten.rules.bytes;
        Some(forgotten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Policy;

    fn standing(policy: u64, bytes: usize) -> Arc<Standing> {
        let rules = Arc::new(Rules { acl: Acl::of(&[] as &[Policy]), bytes });
        Arc::new(Standing { is_root: false, rules, expires: None, tokens: Vec::new(), policies: vec![(policy, None)] })
    }

    fn accessor(number: u64) -> Accessor {
        Accessor::of_text(&format!("oac_{number:021}A")).unwrap()
    }

    #[test]
    fn what_is_remembered_stays_within_its_bounds() {
        for (bytes, most) in [(0, TOKENS), (POLICY_BYTES / 4, 4), (POLICY_BYTES, 1)] {
            let mut found = Found::default();
            let mut forgotten = 0;
            for number in 0..TOKENS as u64 + 9 {
                forgotten += found.remember(accessor(number), &standing(number, bytes)).len();
                assert!(found.of_tokens.len() <= most && found.rules.len() <= most + 1);
                assert_eq!(found.policy_bytes, found.of_tokens.len() * bytes);
            }
            assert_eq!(found.of_tokens.len(), most, "{bytes} bytes each");
            assert_eq!(forgotten, TOKENS + 9 - most);
        }
    }

    #[test]
    fn one_token_of_large_policies_is_remembered_beside_the_others() {
        let mut found = Found::default();
        let (small, large, larger) = (standing(1, POLICY_BYTES), standing(2, POLICY_BYTES + 1), standing(3, 1 << 22));
        for (number, standing, mut forgotten) in [
            (1, &small, None),
            (2, &large, None),
            (3, &larger, Some(&large)),
            (4, &small, Some(&small)),
            (3, &larger, Some(&larger)),
        ] {
            for one in found.remember(accessor(number), standing) {
                assert!(forgotten.take().is_some_and(|expected| Arc::ptr_eq(expected, &one)), "{number}");
            }
            assert!(forgotten.is_none(), "{number}");
        }
        let is_known = |number| found.get(accessor(number)).is_some();
        assert_eq!([1, 2, 3, 4].map(is_known), [false, false, true, true]);
        assert_eq!(found.policy_bytes, POLICY_BYTES);
    }

    #[test]
    fn a_token_that_is_remembered_anew_takes_nobody_elses_place() {
        let mut found = Found::default();
        for number in 0..TOKENS as u64 {
            assert!(found.remember(accessor(number), &standing(number, 1)).is_empty());
        }
        let old = Arc::clone(&found.of_tokens[&accessor(3)]);
        let forgotten = found.remember(accessor(3), &standing(3, 7));
        assert!(forgotten.len() == 1 && Arc::ptr_eq(&forgotten[0], &old));
        assert_eq!((found.of_tokens.len(), found.policy_bytes), (TOKENS, TOKENS - 1 + 7));
    }
}
