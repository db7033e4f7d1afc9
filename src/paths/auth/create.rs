use serde_json::{Map, Value, json};

use super::tokens::{auth, refusal};
use crate::access::{TokenSpec, Value as FieldValue};
use crate::error::Kind;
use crate::paths::call::{Call, Fields};
use crate::paths::{Answer, Auth, Refusal, Response};
use crate::secret::SecretText;

pub(super) fn write(call: &Call<'_>) -> Result<Answer, Refusal> {
    check_supported(&call.fields)?;
    let spec = spec(&call.fields);
    let issued = call.keep.create_token_with(call.permit, &spec).map_err(refusal)?;
    let mut fields: Map<String, Value> = auth(&issued.token);
    fields.insert("client_token".into(), json!(issued.secret.expose()));
    let mut warnings = Vec::new();
    for name in spec.policies.iter().flatten() {
        match call.keep.read_policy_with(call.permit, name) {
            Err(error) if error.kind() == Kind::PolicyNotFound => {
                warnings.push(format!("Policy \"{name}\" does not exist"));
            }
            // The token is made: what went wrong since must not hide it.
            _ => {}
        }
    }
    Ok(Answer::Response(Response { warnings, auth: Some(Auth { fields }), ..Response::default() }))
}

/// Names of policies as policies have them, so that a rule about a name cannot be gone around by another spelling.
pub(super) fn policy_names(value: FieldValue) -> FieldValue {
    let FieldValue::TextList(names) = value else { return value };
    FieldValue::TextList(names.iter().map(|name| SecretText::from(name.expose().to_lowercase())).collect())
}

/// Refuses what tokens here cannot be. Values that ask for nothing, which clients send, are fine.
fn check_supported(fields: &Fields) -> Result<(), Refusal> {
    let asked = [
        ("id", !fields.text("id").is_empty()),
        ("num_uses", fields.integer("num_uses").is_some_and(|uses| uses != 0)),
        ("type", !matches!(fields.text("type"), "" | "service" | "default")),
        ("period", fields.seconds("period").is_some_and(|period| period != 0)),
        ("explicit_max_ttl", fields.seconds("explicit_max_ttl").is_some_and(|ttl| ttl != 0)),
        ("entity_alias", !fields.text("entity_alias").is_empty()),
        ("no_parent", fields.boolean("no_parent").unwrap_or(false)),
    ];
    match asked.into_iter().find(|(_, asked)| *asked) {
        Some(("type", _)) => Err(Refusal::invalid("a type other than service is not supported")),
        Some((name, _)) => Err(Refusal::invalid(format!("{name} is not supported"))),
        None => Ok(()),
    }
}

fn spec(fields: &Fields) -> TokenSpec {
    let policies: Vec<String> = fields.list("policies").into_iter().map(Into::into).collect();
    TokenSpec {
        policies: Some(policies).filter(|policies| !policies.is_empty()),
        no_default_policy: fields.boolean("no_default_policy").unwrap_or(false),
        ttl: fields.seconds("ttl").and_then(|ttl| u64::try_from(ttl).ok()).filter(|ttl| *ttl > 0),
        // Left out by null as well.
        renewable: fields.is_given("renewable").then(|| fields.boolean("renewable")).flatten(),
        display_name: Some(fields.text("display_name")).filter(|name| !name.is_empty()).map(Into::into),
        metadata: fields.map("meta").into_iter().map(|(name, text)| (name.into(), text.into())).collect(),
    }
}
