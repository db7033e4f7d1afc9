//! What tokens may do, remembered for as long as nothing that it came from has changed.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use super::token::{ROOT, Token};
use super::{Accessor, Acl, policies, tokens};
use crate::clock::UnixTime;
use crate::error::Result;
use crate::seal::Keyring;
use crate::store::{Family, View};

/// A living token and what its policies allow.
pub(crate) struct Standing {
    pub(crate) token: Token,
    pub(crate) acl: Arc<Acl>,
    /// The earliest end of the token and its parents.
    expires: Option<UnixTime>,
    tokens: Vec<Source>,
    policies: Vec<Source>,
}

/// The id of a row that something came from, and its version; none when there was no such row. A version is drawn at
/// random for each content and sealed with it: rows of one version have one content, which was opened once.
type Source = (u64, Option<u64>);

impl Standing {
    /// Whether it is still so.
    fn holds(&self, view: &dyn View, now: UnixTime) -> Result<bool> {
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

/// The standings of tokens, as last found.
#[derive(Default)]
pub(crate) struct Standings {
    of_tokens: Remembered<Accessor, Standing>,
    /// Many tokens share their policies.
    rules: Remembered<Vec<Source>, Acl>,
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
        if let Some(known) = self.of_tokens.get(&accessor)
            && known.holds(view, now)?
        {
            return Ok(known);
        }
        let keyring = keyring()?;
        let line = tokens::line(view, &keyring, accessor, now)?;
        let expires = line.iter().filter_map(|stored| stored.token.expires).min();
        let sources = line.iter().map(|stored| (stored.id, Some(stored.version))).collect();
        let token = tokens::first(line)?;
        let (acl, policies) = self.rules(view, &keyring, &token.policies)?;
        let standing = Arc::new(Standing { token, acl, expires, tokens: sources, policies });
        Ok(self.of_tokens.put(accessor, standing))
    }

    fn rules(&self, view: &dyn View, keyring: &Keyring, names: &[String]) -> Result<(Arc<Acl>, Vec<Source>)> {
        let names = || names.iter().filter(|name| *name != ROOT);
        let mut sources = Vec::new();
        for name in names() {
            let id = policies::row_id(keyring, name)?;
            sources.push((id, view.version(Family::Policy, id)?));
        }
        if let Some(acl) = self.rules.get(&sources) {
            return Ok((acl, sources));
        }
        let mut parsed = Vec::new();
        for name in names() {
            if let Some(policy) = policies::read(view, keyring, name)? {
                parsed.push(policy.parsed()?);
            }
        }
        let acl = self.rules.put(sources.clone(), Arc::new(Acl::of(&parsed)));
        Ok((acl, sources))
    }
}

/// So many are remembered of each kind.
const REMEMBERED: usize = 256;

/// What was found, by what it was found for; a bounded number.
struct Remembered<K, V>(Mutex<HashMap<K, Arc<V>>>);

impl<K: Clone + Eq + Hash, V> Remembered<K, V> {
    fn get(&self, key: &K) -> Option<Arc<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// Puts a value in the place of another, or of any one when there are too many.
    fn put(&self, key: K, value: Arc<V>) -> Arc<V> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED
            && !known.contains_key(&key)
            && let Some(one) = known.keys().next().cloned()
        {
            known.remove(&one);
        }
        known.insert(key, Arc::clone(&value));
        value
    }
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Remembered<K, V> {
        Remembered(Mutex::new(HashMap::new()))
    }
}
