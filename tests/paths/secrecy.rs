//! What is sent to a path is told back by no sentence, warning or debug output.

use otpkeep::paths::{Answer, Refusal};
use serde_json::{Value, json};

use crate::ask::{ask, keep};
use crate::routes::{OPERATIONS, routes};
use crate::support::{Folder, SECRET};

/// No policy, name or base32, and like nothing else.
const MARK: &str = "Xylophone!Quartz";

/// All that an answer says beside its data.
fn said(answer: &Result<Answer, Refusal>) -> String {
    match answer {
        Ok(Answer::Response(response)) => format!("{answer:?} {:?}", response.warnings),
        Ok(_) => format!("{answer:?}"),
        Err(refusal) => format!("{answer:?} {refusal}"),
    }
}

#[test]
fn no_value_is_told_back() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    for route in routes() {
        // Names of policies that do not exist, and paths that were asked about, are told back: they are the answer.
        let is_answer = |name: &&str| matches!(*name, "policies" | "path" | "paths");
        let names = route.fields.iter().map(|(name, ..)| name.as_str()).filter(|name| !is_answer(name));
        for name in names.chain(["unknown"]) {
            let texts = [
                MARK.to_owned(),
                format!("otpauth://totp/a?secret={MARK}"),
                format!("otpauth://totp/{MARK}?secret={SECRET}&digits={MARK}&period={MARK}"),
                format!("{MARK}://totp/a?secret={SECRET}"),
                format!("path \"{MARK}\" {{ {MARK} }}"),
            ];
            for text in texts {
                for value in [json!(text), json!([text]), json!({"throttle": text}), json!({ MARK: text })] {
                    for operation in OPERATIONS {
                        let data =
                            json!({ name: value, "type": if name == "type" { value.clone() } else { json!("totp") } });
                        let answer = ask(&keep, operation, &route.path(), &data);
                        let said = said(&answer);
                        assert!(!said.contains("Xylophone"), "{operation} {} {name}: {said}", route.pattern);
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_told_once_is_in_no_debug_output() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    let answer = ask(&keep, "write", "totp/keys/a", &json!({"generate": true, "issuer": "Acme", "account_name": "b"}));
    let Ok(Answer::Response(made)) = &answer else { panic!("{answer:?}") };
    let url = made.data["url"].as_str().unwrap();
    let secret = url.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    assert!(!format!("{answer:?}").contains(&secret[..8]));
    let answer = ask(&keep, "write", "auth/token/create", &Value::Null);
    let Ok(Answer::Response(made)) = &answer else { panic!("{answer:?}") };
    let token = made.auth.as_ref().unwrap().fields["client_token"].as_str().unwrap();
    assert!(!format!("{answer:?}").contains(&token[..12]));
}
