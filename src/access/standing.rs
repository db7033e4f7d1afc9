//! What tokens may do, remembered for as long as nothing that it came from has changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

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

/// So many tokens are remembered.
const REMEMBERED: usize = 256;

/// The standings of tokens, as last found.
#[derive(Default)]
pub(crate) struct Standings(Mutex<Found>);

#[derive(Default)]
struct Found {
    of_tokens: HashMap<Accessor, Arc<Standing>>,
    /// Many tokens share their policies.
    rules: HashMap<Vec<Source>, Weak<Acl>>,
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
        let known = self.found().of_tokens.get(&accessor).cloned();
        if let Some(known) = known {
            if known.holds(view, now)? {
                return Ok(known);
            }
            self.found().of_tokens.remove(&accessor);
        }
        let keyring = keyring()?;
        let line = tokens::line(view, &keyring, accessor, now)?;
        let expires = line.iter().filter_map(|stored| stored.token.expires).min();
        let sources = line.iter().map(|stored| (stored.id, Some(stored.version))).collect();
        let token = tokens::first(line)?;
        let (acl, policies) = self.rules(view, &keyring, &token.policies)?;
        let standing = Arc::new(Standing { token, acl, expires, tokens: sources, policies });
        self.found().remember(accessor, &standing);
        Ok(standing)
    }

    fn rules(&self, view: &dyn View, keyring: &Keyring, names: &[String]) -> Result<(Arc<Acl>, Vec<Source>)> {
        let names = || names.iter().filter(|name| *name != ROOT);
        let mut sources = Vec::new();
        for name in names() {
            let id = policies::row_id(keyring, name)?;
            sources.push((id, view.version(Family::Policy, id)?));
        }
        let known = self.found().rules.get(&sources).and_then(Weak::upgrade);
        if let Some(acl) = known {
            return Ok((acl, sources));
        }
        // Read without the lock: others go on with what is found.
        let mut parsed = Vec::new();
        for name in names() {
            if let Some(policy) = policies::read(view, keyring, name)? {
                parsed.push(policy.parsed()?);
            }
        }
        Ok((Arc::new(Acl::of(&parsed)), sources))
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    /// Remembers a standing, in the place of any one when there are too many.
    fn remember(&mut self, accessor: Accessor, standing: &Arc<Standing>) {
        if self.of_tokens.len() >= REMEMBERED
            && let Some(one) = self.of_tokens.keys().next().copied()
        {
            self.of_tokens.remove(&one);
        }
        self.of_tokens.insert(accessor, Arc::clone(standing));
        self.rules.retain(|_, acl| acl.strong_count() > 0);
        self.rules.insert(standing.policies.clone(), Arc::downgrade(&standing.acl));
    }
}
