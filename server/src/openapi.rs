//! The description of all paths in OpenAPI 3, from the tables that route them.

use std::sync::Arc;

use axum::extract::{Request, State as Shared};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use otpkeep::paths::{Answer, FieldTable, Operation, PlaceTable, RouteTable, tables};
use serde_json::{Map, Value, json};

use crate::answer::json_response;
use crate::failure::Failure;
use crate::request::token;
use crate::state::State;

/// The description, with the mounts that the token may read of; else with the usual one.
pub(crate) async fn answer(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    if request.method() != Method::GET {
        return Failure::unsupported_operation().into_response();
    }
    let (worker, token) = (Arc::clone(&state), token(request.headers()));
    let describe = move || {
        let mounts = match worker.read(token.as_ref(), "sys/mounts") {
            Ok(Answer::Response(response)) => response.data.keys().cloned().collect(),
            _ => vec!["totp/".to_owned()],
        };
        json_response(StatusCode::OK, &document(tables(), &mounts))
    };
    state.workers(Some(Operation::Read)).run(describe).await.unwrap_or_else(Failure::into_response)
}

/// The answer to a question for help.
pub(crate) fn help(text: Value, mount_type: &str) -> Value {
    let places = tables().into_iter().filter(|place| place.mount_type == mount_type).collect();
    json!({ "help": text, "see_also": null, "openapi": document(places, &["totp/".to_owned()]) })
}

fn document(places: Vec<PlaceTable>, mounts: &[String]) -> Value {
    let mut paths = Map::new();
    for place in &places {
        let at: Vec<&str> =
            if place.in_mount { mounts.iter().map(String::as_str).collect() } else { vec![place.place] };
        for (at, route) in at.iter().flat_map(|at| place.routes.iter().map(move |route| (at, route))) {
            paths.insert(template(at, route), described(place, at, route));
        }
    }
    json!({
        "openapi": "3.0.2",
        "info": {
            "title": "otpkeep HTTP API",
            "description": "TOTP keys and codes, in the words of Vault's HTTP API.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/v1" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": components(),
    })
}

fn components() -> Value {
    json!({
        "securitySchemes": { "token": { "type": "apiKey", "in": "header", "name": "X-Vault-Token" } },
        "schemas": {
            "Envelope": {
                "type": "object",
                "required": ["request_id", "data", "warnings", "auth"],
                "properties": {
                    "request_id": { "type": "string" },
                    "lease_id": { "type": "string" },
                    "renewable": { "type": "boolean" },
                    "lease_duration": { "type": "integer" },
                    "data": { "type": "object", "nullable": true },
                    "warnings": { "type": "array", "nullable": true, "items": { "type": "string" } },
                    "auth": { "type": "object", "nullable": true },
                    "mount_type": { "type": "string" },
                },
            },
            "Errors": {
                "type": "object",
                "required": ["errors"],
                "properties": { "errors": { "type": "array", "items": { "type": "string" } } },
            },
        },
    })
}

/// `keys/:name` of `totp/` as `/totp/keys/{name}`.
fn template(place: &str, route: &RouteTable) -> String {
    let pattern = route.fields.iter().filter(|field| field.in_path).fold(route.pattern.to_owned(), |pattern, field| {
        pattern.replacen(&format!(":{}", field.name), &format!("{{{}}}", field.name), 1)
    });
    format!("/{place}{}", pattern.trim_end_matches('/'))
}

fn described(place: &PlaceTable, at: &str, route: &RouteTable) -> Value {
    let mut item = Map::new();
    item.insert("description".into(), route.synopsis.into());
    let in_path: Vec<Value> = route.fields.iter().filter(|field| field.in_path).map(path_parameter).collect();
    if !in_path.is_empty() {
        item.insert("parameters".into(), in_path.into());
    }
    let id = |word: &str| {
        let text = format!("{at}{}-{word}", route.pattern);
        text.split(|byte: char| !byte.is_ascii_alphanumeric())
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("-")
    };
    let operation = |word: &str, parameters: Vec<Value>| {
        json!({
            "operationId": id(word),
            "summary": route.synopsis,
            "description": route.description,
            "tags": [place.mount_type],
            "parameters": parameters,
            "responses": responses(),
        })
    };
    for kind in &route.operations {
        match kind {
            // One method of OpenAPI stands for both: listing is reading with a parameter.
            Operation::List if route.operations.contains(&Operation::Read) => {}
            Operation::Read | Operation::List => {
                let mut parameters: Vec<Value> =
                    route.fields.iter().filter(|field| !field.in_path).map(query_parameter).collect();
                let lists = *kind == Operation::List;
                if lists {
                    let values = json!({ "type": "string", "enum": ["true"] });
                    parameters.push(json!({ "name": "list", "in": "query", "required": true, "schema": values }));
                }
                // What is written is not asked for when reading.
                let parameters = if lists || route.operations.len() == 1 { parameters } else { Vec::new() };
                item.insert("get".into(), operation(kind.name(), parameters));
            }
            Operation::Write => {
                let mut write = operation("write", Vec::new());
                if let Some(write) = write.as_object_mut() {
                    write.insert("requestBody".into(), body(route));
                }
                item.insert("post".into(), write);
            }
            Operation::Delete => drop(item.insert("delete".into(), operation("delete", Vec::new()))),
            Operation::Help => {}
        }
    }
    item.into()
}

fn body(route: &RouteTable) -> Value {
    let fields = route.fields.iter().filter(|field| !field.in_path);
    let properties: Map<String, Value> = fields.map(|field| (field.name.to_owned(), schema(field))).collect();
    let schema = json!({ "type": "object", "properties": properties });
    json!({ "content": { "application/json": { "schema": schema } } })
}

fn path_parameter(field: &FieldTable) -> Value {
    json!({ "name": field.name, "in": "path", "required": true, "schema": schema(field) })
}

fn query_parameter(field: &FieldTable) -> Value {
    json!({ "name": field.name, "in": "query", "required": false, "schema": schema(field) })
}

fn schema(field: &FieldTable) -> Value {
    let default = field.default.map_or_else(String::new, |default| format!(" Default: {default}."));
    let mut schema = json!({ "type": json_type(field), "description": format!("{}{default}", field.description) });
    if let Some(schema) = schema.as_object_mut() {
        match field.type_name {
            "slice" => drop(schema.insert("items".into(), json!({ "type": "string" }))),
            "duration (sec)" => drop(schema.insert("format".into(), "seconds".into())),
            _ if field.sensitive => drop(schema.insert("format".into(), "password".into())),
            _ => {}
        }
        if let Some(pattern) = field.pattern {
            schema.insert("pattern".into(), pattern.into());
        }
    }
    schema
}

fn json_type(field: &FieldTable) -> &'static str {
    match field.type_name {
        "int" | "duration (sec)" => "integer",
        "bool" => "boolean",
        "slice" => "array",
        "map" => "object",
        _ => "string",
    }
}

fn responses() -> Value {
    let of = |description: &str, schema: &str| {
        let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
        json!({ "description": description, "content": { "application/json": { "schema": schema } } })
    };
    let errors = [
        ("400", "The request is not valid, or the code was used"),
        ("403", "The token may not do that, or the key is disabled"),
        ("404", "There is nothing there"),
        ("405", "The path does not do that"),
        ("408", "The body took too long"),
        ("413", "The body is too large"),
        ("414", "The path is too long"),
        ("429", "Too many wrong codes"),
        ("500", "The keep could not be read or written"),
        ("503", "The keep or the server is busy"),
    ];
    let mut responses: Map<String, Value> =
        errors.iter().map(|(status, description)| ((*status).to_owned(), of(description, "Errors"))).collect();
    responses.insert("200".into(), of("Done, with an answer", "Envelope"));
    responses.insert("204".into(), json!({ "description": "Done" }));
    responses.into()
}
