use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use zeroize::Zeroizing;

use super::accessor::{ACCESSOR_PREFIX, Accessor};
use super::policies::{check_name, is_normal};
use super::{FieldType, Parameters, Value};
use crate::clock::UnixTime;
use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::seal::{Decoder, Encoder};
use crate::secret::SecretText;

/// The policy that allows everything.
pub(crate) const ROOT: &str = "root";
/// The policy that tokens have unless asked otherwise.
pub(crate) const DEFAULT: &str = "default";

/// What a new token should be. Fields left out take their defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenSpec {
    /// Names of policies, 1 to 64; those of the parent when left out, which with the root key is `root`. They need not
    /// exist yet, and become lower case. A token's children have a subset of its own, unless it is root.
    pub policies: Option<Vec<String>>,
    /// Leaves out the policy `default`, which a token has otherwise.
    pub no_default_policy: bool,
    /// Seconds it lives, 1 to ten years; 32 days by default. A root token lives without end unless this is given.
    pub ttl: Option<u64>,
    /// Whether it may be renewed; true by default.
    pub renewable: Option<bool>,
    /// Whom it is for, in words, at most 256 bytes.
    pub display_name: Option<String>,
    /// What its owner notes about it, at most 64 entries of 512 bytes each for name and value.
    pub metadata: BTreeMap<String, String>,
}

/// What may be told of a token. It does not hold the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Names the token without giving its authority.
    pub accessor: String,
    /// Names of its policies, in their order.
    pub policies: Vec<String>,
    /// Whom it is for.
    pub display_name: String,
    /// What its owner noted about it.
    pub metadata: BTreeMap<String, String>,
    /// When it was made.
    pub created: UnixTime,
    /// When it ends; `None` for a root token without end.
    pub expires: Option<UnixTime>,
    /// Seconds it was made for, and the most that a renewal gives; 0 when it has no end.
    pub ttl: u64,
    /// Whether it may be renewed.
    pub renewable: bool,
    /// The accessor of the token that made it; `None` when that was the root key. It ends with its parent.
    pub parent: Option<String>,
}

/// Which token is meant.
#[derive(Clone, Copy)]
pub enum TokenRef<'a> {
    /// The one whose authority the handle has.
    Own,
    /// This token.
    Token(&'a str),
    /// The token of this accessor.
    Accessor(&'a str),
}

impl<'a> TokenRef<'a> {
    /// What a text means: nothing is the own token, an accessor is recognised by its beginning, all else is a token.
    pub fn of(text: Option<&'a str>) -> TokenRef<'a> {
        match text {
            None => TokenRef::Own,
            Some(text) if text.starts_with(ACCESSOR_PREFIX) => TokenRef::Accessor(text),
            Some(text) => TokenRef::Token(text),
        }
    }

    /// The path of an operation on it.
    pub(crate) fn path(self, operation: &str) -> String {
        let suffix = match self {
            TokenRef::Own => "-self",
            TokenRef::Token(_) => "",
            TokenRef::Accessor(_) => "-accessor",
        };
        format!("auth/token/{operation}{suffix}")
    }

    /// How that path is told which.
    pub(crate) fn parameters(self) -> Parameters {
        let mut parameters = Parameters::new();
        let text = |text| Value::Text(SecretText::copy_of(text));
        match self {
            TokenRef::Own => {}
            TokenRef::Token(token) => parameters.insert("token", FieldType::Text, text(token)),
            TokenRef::Accessor(accessor) => parameters.insert_plain("accessor", FieldType::Text, text(accessor)),
        }
        parameters
    }
}

/// A token that was just made: the only moment at which it is told.
pub struct IssuedToken {
    /// The token itself: whoever has it has its authority.
    pub secret: SecretText,
    /// What may be told of it.
    pub token: Token,
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken").field("token", &self.token).finish_non_exhaustive()
    }
}

impl Token {
    /// Whether it allows everything.
    pub fn is_root(&self) -> bool {
        self.policies.iter().any(|policy| policy == ROOT)
    }

    /// Whether it has not expired.
    pub(super) fn is_current(&self, now: UnixTime) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    /// A new token, made by `parent` (`None`: with the root key).
    ///
    /// # Errors
    /// `invalid-argument` for a field out of its range; `permission-denied` for a policy that the parent does not have.
    pub(super) fn draft(spec: &TokenSpec, parent: Option<&Token>, accessor: Accessor, now: UnixTime) -> Result<Token> {
        let policies = granted(spec, parent)?;
        let is_root = policies.iter().any(|policy| policy == ROOT);
        let ttl = match spec.ttl {
            None if is_root => 0,
            ttl => ttl.unwrap_or(limits::DEFAULT_TOKEN_TTL_SECONDS),
        };
        let token = Token {
            accessor: accessor.text(),
            policies,
            display_name: spec.display_name.clone().unwrap_or_else(|| "token".into()),
            metadata: spec.metadata.clone(),
            created: now,
            expires: (ttl > 0).then(|| now.saturating_add(ttl)),
            ttl,
            renewable: spec.renewable.unwrap_or(true) && ttl > 0,
            parent: parent.map(|parent| parent.accessor.clone()),
        };
        token.check()?;
        Ok(token)
    }

    /// Checks what its maker may choose freely.
    fn check(&self) -> Result<()> {
        if !(limits::TOKEN_TTL_SECONDS.contains(&self.ttl) || self.is_root() && self.ttl == 0) {
            return Err(Error::argument("ttl", "must be 1 second to 10 years"));
        }
        check_text("display_name", &self.display_name, limits::DISPLAY_NAME_BYTES)?;
        if self.metadata.len() > limits::METADATA_ENTRIES {
            return Err(Error::argument("metadata", "at most 64 entries"));
        }
        for (name, value) in &self.metadata {
            check_text("metadata", name, limits::METADATA_BYTES)?;
            check_text("metadata", value, limits::METADATA_BYTES)?;
        }
        Ok(())
    }

    /// Whether it is such as tokens are made.
    fn is_sound(&self) -> bool {
        let has_end = self.ttl > 0;
        let accessors = [Some(&self.accessor), self.parent.as_ref()];
        self.check().is_ok()
            && self.expires.is_some() == has_end
            && (has_end || !self.renewable)
            && accessors.into_iter().flatten().all(|accessor| Accessor::of_text(accessor).is_ok())
            // Beside those that were asked for, `default` may be there.
            && self.policies.len() <= limits::TOKEN_POLICIES + 1
            && self.policies.is_sorted_by(|one, next| one < next)
            && self.policies.iter().all(|policy| is_normal(policy))
    }

    /// The token after a renewal by `increment` seconds, or by its ttl.
    ///
    /// # Errors
    /// `invalid-argument` when it is not renewable.
    pub(super) fn renewed(mut self, increment: Option<u64>, now: UnixTime) -> Result<Token> {
        if !self.renewable {
            return Err(Error::argument("token", "is not renewable"));
        }
        let seconds = increment.filter(|seconds| *seconds > 0).unwrap_or(self.ttl).min(self.ttl);
        self.expires = Some(now.saturating_add(seconds));
        Ok(self)
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let time = |time: Option<UnixTime>| time.map_or(0, UnixTime::seconds);
        let mut encoder = Encoder::plain()
            .bytes(self.accessor.as_bytes())
            .bytes(self.parent.as_deref().unwrap_or_default().as_bytes())
            .bytes(self.display_name.as_bytes())
            .number(self.created.seconds())
            .number(time(self.expires))
            .number(self.ttl)
            .number(u64::from(self.renewable))
            .number(self.policies.len() as u64);
        for policy in &self.policies {
            encoder = encoder.bytes(policy.as_bytes());
        }
        encoder = encoder.number(self.metadata.len() as u64);
        for (name, value) in &self.metadata {
            encoder = encoder.bytes(name.as_bytes()).bytes(value.as_bytes());
        }
        encoder.finish_secret()
    }

    pub(super) fn decode(plain: &[u8]) -> Result<Token> {
        let mut decoder = Decoder::new(plain);
        let accessor = decoder.text()?.into();
        let parent = Some(decoder.text()?).filter(|parent| !parent.is_empty()).map(Into::into);
        let display_name = decoder.text()?.into();
        let created = UnixTime::EPOCH.saturating_add(decoder.seconds()?);
        let expires = Some(decoder.seconds()?).filter(|expires| *expires > 0);
        let ttl = decoder.number()?;
        let renewable = decoder.truth()?;
        let policies = (0..decoder.small_number()?).map(|_| decoder.text().map(Into::into)).collect::<Result<_>>()?;
        let entry = |decoder: &mut Decoder<'_>| Ok((decoder.text()?.into(), decoder.text()?.into()));
        let metadata = (0..decoder.small_number()?).map(|_| entry(&mut decoder)).collect::<Result<_>>()?;
        decoder.finish()?;
        let expires = expires.map(|expires| UnixTime::EPOCH.saturating_add(expires));
        let token = Token { accessor, policies, display_name, metadata, created, expires, ttl, renewable, parent };
        if token.is_sound() { Ok(token) } else { Err(Error::corrupt("a sealed token holds what no token has")) }
    }
}

/// The policies of a new token.
fn granted(spec: &TokenSpec, parent: Option<&Token>) -> Result<Vec<String>> {
    let free = parent.is_none_or(Token::is_root);
    let mut policies: BTreeSet<String> = match (&spec.policies, parent) {
        // Whoever computed an empty list does not mean everything that the parent may do.
        (Some(asked), _) if asked.is_empty() => return Err(Error::argument("policies", "name one, or leave them out")),
        (Some(asked), _) => asked_policies(asked)?,
        (_, Some(parent)) => parent.policies.iter().cloned().collect(),
        (_, None) => BTreeSet::from([ROOT.into()]),
    };
    if policies.contains(ROOT) {
        // Beside it the others would say nothing.
        policies = BTreeSet::from([ROOT.into()]);
    } else if spec.no_default_policy {
        policies.remove(DEFAULT);
    } else if free || parent.is_some_and(|parent| parent.policies.iter().any(|policy| policy == DEFAULT)) {
        policies.insert(DEFAULT.into());
    }
    if let Some(parent) = parent.filter(|_| !free)
        && !policies.iter().all(|policy| parent.policies.contains(policy))
    {
        return Err(Error::new(Kind::PermissionDenied, "child policies must be subset of parent"));
    }
    Ok(policies.into_iter().collect())
}

fn asked_policies(names: &[String]) -> Result<BTreeSet<String>> {
    let policies: BTreeSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
    if policies.len() > limits::TOKEN_POLICIES {
        return Err(Error::argument("policies", "at most 64 of them"));
    }
    policies.iter().try_for_each(|policy| check_name("policies", policy))?;
    Ok(policies)
}

fn check_text(argument: &'static str, text: &str, most: usize) -> Result<()> {
    if text.len() > most || text.contains('\0') {
        return Err(Error::argument(argument, format!("longer than {most} bytes, or holds NUL")));
    }
    Ok(())
}
