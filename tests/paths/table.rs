//! `tests/vectors/paths.json`: requests with their answers, to the letter. Each has a keep of its own.

use otpkeep::Keep;
use otpkeep::paths::{Answer, Refusal};
use serde_json::{Value, json};

use crate::ask::{ask, keep};
use crate::support::{Folder, SECRET};

fn rows() -> Vec<Value> {
    let text = std::fs::read_to_string("tests/vectors/paths.json").unwrap();
    serde_json::from_str::<Value>(&text).unwrap().as_array().unwrap().clone()
}

/// What every row finds: the key `alice`.
fn prepared(folder: &Folder) -> Keep {
    let (keep, _) = keep(folder);
    ask(&keep, "write", "totp/keys/alice", &json!({"key": SECRET, "issuer": "Acme"})).unwrap();
    keep
}

/// A request of a row: the operation's name with the path, and the fields.
fn run(keep: &Keep, request: &Value) -> Result<Answer, Refusal> {
    let operations = ["read", "write", "list", "delete", "help"];
    let name = operations.into_iter().find(|name| request.get(*name).is_some()).unwrap();
    ask(keep, name, request[name].as_str().unwrap(), &request["with"])
}

/// An answer as the rows write it.
fn written(answer: Result<Answer, Refusal>) -> Value {
    match answer {
        Ok(Answer::Done) => json!({"gives": "done"}),
        Ok(Answer::Nothing) => json!({"gives": "nothing"}),
        Ok(Answer::Response(response)) if response.warnings.is_empty() => json!({"gives": response.data}),
        Ok(Answer::Response(response)) => json!({"gives": response.data, "warnings": response.warnings}),
        Err(refusal) => json!({"refused": refusal.kind.name(), "sentence": refusal.sentence}),
    }
}

#[test]
fn each_request_has_its_answer_to_the_letter() {
    let rows = rows();
    assert!(rows.len() >= 80, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let folder = Folder::in_memory();
        let keep = prepared(&folder);
        for request in row["after"].as_array().into_iter().flatten() {
            run(&keep, request).unwrap();
        }
        let given = written(run(&keep, row));
        let wanted: serde_json::Map<_, _> = row.as_object().unwrap().clone();
        let answers = ["gives", "warnings", "refused", "sentence"];
        let wanted: Value = wanted.into_iter().filter(|(name, _)| answers.contains(&name.as_str())).collect();
        if given != wanted {
            wrong.push(format!("{row}\n    gave {given}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}
