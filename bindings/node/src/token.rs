use engine::access::{self, TokenRef};
use engine::{Error, Result, SecretText};
use napi_derive::napi;

use crate::call::Call;
use crate::input::number;
use crate::keep::Keep;

/// What a new token should be.
#[napi(object, object_to_js = false)]
pub struct TokenSpec {
    pub policies: Option<Vec<String>>,
    pub ttl: Option<u32>,
    pub renewable: Option<bool>,
    pub display_name: Option<String>,
    /// Pairs of name and value: as members of an object some names would mean something else.
    pub metadata: Option<Vec<(String, String)>>,
    pub no_default_policy: Option<bool>,
}

impl From<TokenSpec> for access::TokenSpec {
    fn from(spec: TokenSpec) -> access::TokenSpec {
        access::TokenSpec {
            policies: spec.policies,
            no_default_policy: spec.no_default_policy.unwrap_or_default(),
            ttl: spec.ttl.map(u64::from),
            renewable: spec.renewable,
            display_name: spec.display_name,
            metadata: spec.metadata.into_iter().flatten().collect(),
        }
    }
}

/// What may be told of a token. Times are unix seconds.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Token {
    pub accessor: String,
    pub policies: Vec<String>,
    pub display_name: String,
    /// Pairs of name and value.
    pub metadata: Vec<(String, String)>,
    pub created: f64,
    pub expires: Option<f64>,
    pub ttl: f64,
    pub renewable: bool,
    pub parent: Option<String>,
}

impl From<access::Token> for Token {
    fn from(token: access::Token) -> Token {
        let access::Token { accessor, policies, display_name, metadata, created, expires, ttl, renewable, parent } =
            token;
        Token {
            accessor,
            policies,
            display_name,
            metadata: metadata.into_iter().collect(),
            created: number(created.seconds()),
            expires: expires.map(|time| number(time.seconds())),
            ttl: number(ttl),
            renewable,
            parent,
        }
    }
}

/// A token that was just made, and its description.
#[napi(object, object_from_js = false)]
pub struct IssuedToken {
    pub secret: String,
    pub token: Token,
}

impl From<access::IssuedToken> for IssuedToken {
    fn from(issued: access::IssuedToken) -> IssuedToken {
        IssuedToken { secret: issued.secret.expose().into(), token: issued.token.into() }
    }
}

#[napi]
impl Keep {
    #[napi]
    pub fn create_token(&self, on_pool: bool, spec: TokenSpec) -> Call<IssuedToken> {
        self.call(on_pool, move |keep| keep.create_token(&spec.into()).map(IssuedToken::from))
    }

    #[napi]
    pub fn lookup_token(&self, on_pool: bool, token: Option<String>) -> Call<Token> {
        let token = token.map(SecretText::from);
        self.call(on_pool, move |keep| keep.lookup_token(meant(&token)).map(Token::from))
    }

    #[napi]
    pub fn renew_token(&self, on_pool: bool, token: Option<String>, increment: Option<f64>) -> Call<Token> {
        let token = token.map(SecretText::from);
        self.call(on_pool, move |keep| keep.renew_token(meant(&token), seconds(increment)?).map(Token::from))
    }

    #[napi]
    pub fn revoke_token(&self, on_pool: bool, token: Option<String>) -> Call<()> {
        let token = token.map(SecretText::from);
        self.call(on_pool, move |keep| keep.revoke_token(meant(&token)))
    }

    /// Promises accessors.
    #[napi]
    pub fn list_tokens(&self, on_pool: bool) -> Call<Vec<String>> {
        self.call(on_pool, |keep| keep.list_tokens())
    }

    #[napi]
    pub fn with_token(&self, on_pool: bool, token: String) -> Call<Keep> {
        let token = SecretText::from(token);
        self.call(on_pool, move |keep| keep.with_token(token.expose()).map(Keep::from))
    }
}

/// Which token is meant: none is the handle's own.
fn meant(token: &Option<SecretText>) -> TokenRef<'_> {
    TokenRef::of(token.as_ref().map(SecretText::expose))
}

/// # Errors
/// `invalid-argument` below zero, which would otherwise come to the core as no increment, and so as the longest.
fn seconds(increment: Option<f64>) -> Result<Option<u64>> {
    match increment {
        Some(seconds) if seconds < 0.0 => Err(Error::argument("increment", "must not be negative")),
        // The conversion saturates.
        increment => Ok(increment.map(|seconds| seconds as u64)),
    }
}
