use super::Keep;
use super::authority::Permit;
use crate::access::{
    Accessor, Capability, FieldType, IssuedToken, Parameters, Reserved, Token, TokenRef, TokenSpec, Value, Wanted,
    tokens,
};
use crate::error::{Error, Kind, Result};
use crate::secret::SecretText;

impl Keep {
    /// Makes a token. Made with the root key it has no parent; made with a token it is that token's child, has a subset
    /// of its policies, and ends with it.
    ///
    /// # Errors
    /// `invalid-argument` naming the field; `permission-denied` also for a policy that the parent does not have;
    /// `bad-token`, and those of every change.
    pub fn create_token(&self, spec: &TokenSpec) -> Result<IssuedToken> {
        let wanted = || Wanted::with(Capability::Update, "auth/token/create", spec_parameters(spec));
        self.perform(wanted, |permit| self.create_token_with(permit, spec))
    }

    /// What may be told of a token.
    ///
    /// # Errors
    /// `bad-token` when it is unknown, expired or revoked; `permission-denied`, `corrupt`, `forked`, `io`.
    pub fn lookup_token(&self, token: TokenRef<'_>) -> Result<Token> {
        self.perform(
            || match token {
                TokenRef::Own => Wanted::path(Capability::Read, "auth/token/lookup-self"),
                other => Wanted::with(Capability::Update, other.path("lookup"), other.parameters()),
            },
            |permit| self.lookup_token_with(permit, token),
        )
    }

    /// Renews a token by so many seconds from now, at most by the ttl it was made for, which is also the default.
    ///
    /// # Errors
    /// `invalid-argument` when it is not renewable; `bad-token`, `permission-denied`, and those of every change.
    pub fn renew_token(&self, token: TokenRef<'_>, increment: Option<u64>) -> Result<Token> {
        self.perform(
            || {
                let mut parameters = token.parameters();
                if let Some(increment) = increment {
                    let seconds = i64::try_from(increment).unwrap_or(i64::MAX);
                    parameters.insert("increment", FieldType::Seconds, Value::Seconds(seconds));
                }
                Wanted::with(Capability::Update, token.path("renew"), parameters)
            },
            |permit| self.renew_token_with(permit, token, increment),
        )
    }

    /// Ends a token and its children, at once and in every process. One that does not live is no error.
    ///
    /// # Errors
    /// `permission-denied`, and those of every change.
    pub fn revoke_token(&self, token: TokenRef<'_>) -> Result<()> {
        self.perform(
            || Wanted::with(Capability::Update, token.path("revoke"), token.parameters()),
            |permit| self.revoke_token_with(permit, token),
        )
    }

    /// The accessors of all living tokens, in their order.
    ///
    /// # Errors
    /// `permission-denied` without `sudo` on `auth/token/accessors`; `corrupt`, `forked`, `io`.
    pub fn list_tokens(&self) -> Result<Vec<String>> {
        self.perform(
            || Wanted::path(Capability::List, "auth/token/accessors").reserved(Reserved::Sudo),
            |permit| self.list_tokens_with(permit),
        )
    }

    pub(crate) fn create_token_with(&self, permit: &Permit, spec: &TokenSpec) -> Result<IssuedToken> {
        let (parent, now) = (self.own_accessor(), self.now());
        self.engine().write(&*permit.0, |edit, keyring| tokens::create(edit, keyring, parent, spec, now))
    }

    pub(crate) fn lookup_token_with(&self, _: &Permit, token: TokenRef<'_>) -> Result<Token> {
        self.engine().read(|view, keyring| {
            let accessor = self.accessor_of(keyring, token)?;
            tokens::live(view, keyring, accessor, self.now())
        })
    }

    pub(crate) fn renew_token_with(
        &self,
        permit: &Permit,
        token: TokenRef<'_>,
        increment: Option<u64>,
    ) -> Result<Token> {
        self.engine().write(&*permit.0, |edit, keyring| {
            let accessor = self.accessor_of(keyring, token)?;
            tokens::renew(edit, keyring, accessor, increment, self.now())
        })
    }

    pub(crate) fn revoke_token_with(&self, permit: &Permit, token: TokenRef<'_>) -> Result<()> {
        self.engine().write(&*permit.0, |edit, keyring| match self.accessor_of(keyring, token) {
            Ok(accessor) => tokens::revoke(edit, keyring, accessor),
            Err(error) if error.kind() == Kind::BadToken => Ok(()),
            Err(error) => Err(error),
        })
    }

    pub(crate) fn list_tokens_with(&self, _: &Permit) -> Result<Vec<String>> {
        self.engine().read(|view, keyring| tokens::list(view, keyring, self.now()))
    }

    /// The accessor of the token that is meant.
    pub(super) fn accessor_of(&self, keyring: &crate::seal::Keyring, token: TokenRef<'_>) -> Result<Accessor> {
        match token {
            TokenRef::Own => self.own_accessor().ok_or_else(|| {
                Error::argument("token", "the handle has the root key's authority and no token of its own")
            }),
            TokenRef::Token(text) => Accessor::of_token(keyring, text),
            TokenRef::Accessor(text) => Accessor::of_text(text),
        }
    }
}

fn spec_parameters(spec: &TokenSpec) -> Parameters {
    let text = |text: &String| SecretText::copy_of(text);
    let mut parameters = Parameters::new();
    if let Some(policies) = &spec.policies {
        // As they will be stored, so that no spelling goes around a rule about them.
        let names = policies.iter().map(|name| SecretText::from(name.to_lowercase())).collect();
        parameters.insert_plain("policies", FieldType::TextList, Value::TextList(names));
    }
    if spec.no_default_policy {
        parameters.insert("no_default_policy", FieldType::Boolean, Value::Boolean(true));
    }
    if let Some(ttl) = spec.ttl {
        let seconds = i64::try_from(ttl).unwrap_or(i64::MAX);
        parameters.insert("ttl", FieldType::Seconds, Value::Seconds(seconds));
    }
    if let Some(renewable) = spec.renewable {
        parameters.insert("renewable", FieldType::Boolean, Value::Boolean(renewable));
    }
    if let Some(name) = &spec.display_name {
        parameters.insert_plain("display_name", FieldType::Text, Value::Text(text(name)));
    }
    if !spec.metadata.is_empty() {
        let metadata = spec.metadata.iter().map(|(name, value)| (name.clone(), text(value))).collect();
        parameters.insert("meta", FieldType::Map, Value::Map(metadata));
    }
    parameters
}
