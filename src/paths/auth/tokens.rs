use serde_json::{Map, Value, json};

use crate::access::{Token, TokenRef};
use crate::clock::UnixTime;
use crate::error::{Error, Kind};
use crate::paths::call::Call;
use crate::paths::{Answer, Auth, Refusal, Response};

pub(super) fn lookup(call: &Call<'_>) -> Result<Answer, Refusal> {
    match call.fields.text("token") {
        "" => lookup_self(call),
        token => look_up(call, TokenRef::Token(token), token),
    }
}

pub(super) fn lookup_self(call: &Call<'_>) -> Result<Answer, Refusal> {
    look_up(call, TokenRef::Own, "")
}

pub(super) fn lookup_accessor(call: &Call<'_>) -> Result<Answer, Refusal> {
    look_up(call, TokenRef::Accessor(given_accessor(call)?), "")
}

pub(super) fn renew(call: &Call<'_>) -> Result<Answer, Refusal> {
    let token = given_token(call)?;
    renewed(call, TokenRef::Token(token), token)
}

pub(super) fn renew_self(call: &Call<'_>) -> Result<Answer, Refusal> {
    renewed(call, TokenRef::Own, "")
}

pub(super) fn renew_accessor(call: &Call<'_>) -> Result<Answer, Refusal> {
    renewed(call, TokenRef::Accessor(given_accessor(call)?), "")
}

pub(super) fn revoke(call: &Call<'_>) -> Result<Answer, Refusal> {
    revoked(call, TokenRef::Token(given_token(call)?))
}

pub(super) fn revoke_self(call: &Call<'_>) -> Result<Answer, Refusal> {
    revoked(call, TokenRef::Own)
}

pub(super) fn revoke_accessor(call: &Call<'_>) -> Result<Answer, Refusal> {
    revoked(call, TokenRef::Accessor(given_accessor(call)?))
}

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::list(call.keep.list_tokens_with(call.permit)?))
}

fn given_token<'c>(call: &'c Call<'_>) -> Result<&'c str, Refusal> {
    match call.fields.text("token") {
        "" => Err(Refusal::invalid("missing token ID")),
        token => Ok(token),
    }
}

fn given_accessor<'c>(call: &'c Call<'_>) -> Result<&'c str, Refusal> {
    match call.fields.text("accessor") {
        "" => Err(Refusal::invalid("missing accessor")),
        accessor => Ok(accessor),
    }
}

/// `id` is what the caller told; a token is never told from what is stored, which has only a hash of it.
fn look_up(call: &Call<'_>, which: TokenRef<'_>, id: &str) -> Result<Answer, Refusal> {
    let token = call.keep.lookup_token_with(call.permit, which).map_err(refusal)?;
    let issued = date(token.created);
    Ok(Answer::of([
        ("id", json!(id)),
        ("accessor", json!(token.accessor)),
        ("policies", json!(token.policies)),
        ("path", json!("auth/token/create")),
        ("meta", meta(&token)),
        ("display_name", json!(token.display_name)),
        ("num_uses", json!(0)),
        ("orphan", json!(token.parent.is_none())),
        ("creation_time", json!(token.created.seconds())),
        ("creation_ttl", json!(token.ttl)),
        ("expire_time", token.expires.map_or(Value::Null, |time| date(time).into())),
        ("ttl", json!(remaining(&token, call.keep.time()))),
        ("explicit_max_ttl", json!(0)),
        ("entity_id", json!("")),
        ("type", json!("service")),
        ("renewable", json!(token.renewable)),
        ("issue_time", json!(issued)),
    ]))
}

/// `client_token` is what the caller told, as with `look_up`.
fn renewed(call: &Call<'_>, which: TokenRef<'_>, client_token: &str) -> Result<Answer, Refusal> {
    let increment = call.fields.seconds("increment").and_then(|seconds| u64::try_from(seconds).ok());
    let token = call.keep.renew_token_with(call.permit, which, increment).map_err(refusal)?;
    let mut fields = auth(&token);
    fields.insert("client_token".into(), json!(client_token));
    fields.insert("lease_duration".into(), json!(remaining(&token, call.keep.time())));
    Ok(Answer::Response(Response { auth: Some(Auth { fields }), ..Response::default() }))
}

fn revoked(call: &Call<'_>, which: TokenRef<'_>) -> Result<Answer, Refusal> {
    call.keep.revoke_token_with(call.permit, which).map_err(refusal)?;
    Ok(Answer::Done)
}

/// The token as a response's `auth` tells it, without the token itself.
pub(super) fn auth(token: &Token) -> Map<String, Value> {
    let fields = [
        ("accessor", json!(token.accessor)),
        ("policies", json!(token.policies)),
        ("token_policies", json!(token.policies)),
        ("metadata", meta(token)),
        ("lease_duration", json!(token.ttl)),
        ("renewable", json!(token.renewable)),
        ("entity_id", json!("")),
        ("token_type", json!("service")),
        ("orphan", json!(token.parent.is_none())),
        ("mfa_requirement", Value::Null),
        ("num_uses", json!(0)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) fn refusal(error: Error) -> Refusal {
    match error.argument_name() {
        Some("token") if error.reason() == "is not renewable" => Refusal::invalid("lease is not renewable"),
        Some("token") => Refusal::invalid(error.reason()),
        Some(argument) => Refusal::invalid(format!("the {argument} value is not valid: {}", error.reason())),
        None if error.kind() == Kind::PermissionDenied => Refusal::new(error.kind(), error.reason()),
        None => error.into(),
    }
}

fn meta(token: &Token) -> Value {
    if token.metadata.is_empty() { Value::Null } else { json!(token.metadata) }
}

/// Seconds that a token still lives; 0 when it has no end.
fn remaining(token: &Token, now: UnixTime) -> u64 {
    token.expires.map_or(0, |expires| expires.seconds().saturating_sub(now.seconds()))
}

/// A time as RFC 3339 writes it, in UTC; the last one that it can write for those after it.
fn date(time: UnixTime) -> String {
    time.rfc3339().unwrap_or_else(|| "9999-12-31T23:59:59Z".into())
}
