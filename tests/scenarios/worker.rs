//! The Rust worker of the scenarios: a JSON request per line in, a JSON answer per line out. The requests are described
//! in `README.md` beside it. A request that is none of these ends the worker, which the driver reports.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;

use otpkeep::access::{Token, TokenRef, TokenSpec};
use otpkeep::paths::Operation;
use otpkeep::{Code, Enrollment, Keep, Key, KeySpec, Mount, MountSpec, OpenOptions};
use otpkeep::{PassphraseCost, Result, SecretText, SlotKind, Status, UnixTime, Verdict};
use serde_json::{Value, json};

fn main() {
    let mut worker = Worker { folder: std::env::args().nth(1).unwrap().into(), keeps: HashMap::new() };
    for line in std::io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let answer = match worker.answer(&request) {
            Ok(result) => json!({ "result": result }),
            Err(error) => json!({ "error": { "kind": error.kind().name(), "argument": error.argument_name() } }),
        };
        println!("{answer}");
        std::io::stdout().flush().unwrap();
    }
}

struct Worker {
    folder: PathBuf,
    keeps: HashMap<String, Keep>,
}

impl Worker {
    fn answer(&mut self, request: &Value) -> Result<Value> {
        let on = request["on"].as_str().unwrap_or("keep");
        let new = request["as"].as_str().unwrap_or("keep").to_owned();
        let given = &Arguments { folder: &self.folder, values: &request["arguments"] };
        let name = || given.text("name").unwrap_or_default();
        match request["operation"].as_str().unwrap() {
            "open" => {
                let keep = Keep::open(given.path("location"), &given.options()?)?;
                self.keeps.insert(new, keep);
                return Ok(Value::Null);
            }
            "restore" => {
                otpkeep::restore(given.path("backup"), given.path("location"), &given.options()?)?;
                return Ok(Value::Null);
            }
            "close" => {
                self.keeps.remove(on);
                return Ok(Value::Null);
            }
            _ => {}
        }
        let keep = self.keeps.get(on).unwrap();
        Ok(match request["operation"].as_str().unwrap() {
            "with_mount" => {
                let sibling = keep.with_mount(&given.text("path").unwrap())?;
                self.keeps.insert(new, sibling);
                Value::Null
            }
            "with_token" => {
                let sibling = keep.with_token(&given.text("token").unwrap())?;
                self.keeps.insert(new, sibling);
                Value::Null
            }
            "write_key" => key(&keep.write_key(&name(), &given.key_spec())?),
            "read_key" => key(&keep.read_key(&name())?),
            "generate_key" => enrollment(&keep.generate_key(&name(), &given.key_spec())?),
            "list_keys" => {
                let after = given.text("after").unwrap_or_default();
                json!(keep.list_keys_up_to(&after, given.number("limit").unwrap_or(1000) as usize)?)
            }
            "delete_key" => json!(keep.delete_key(&name())?),
            "read_code" => code(&match given.at()? {
                None => keep.read_code(&name())?,
                Some(at) => keep.read_code_at(&name(), at)?,
            }),
            "validate_code" => {
                let code = typed(&given.values["code"]);
                verdict(&match given.at()? {
                    None => keep.validate_code(&name(), &code)?,
                    Some(at) => keep.validate_code_at(&name(), &code, at)?,
                })
            }
            "validate_codes" => {
                let items: Vec<_> = given.values["items"].as_array().unwrap().iter().collect();
                let codes: Vec<_> = items.iter().map(|item| typed(&item[1])).collect();
                let items: Vec<_> = items.iter().map(|item| item[0].as_str().unwrap()).collect();
                let items: Vec<_> = items.into_iter().zip(codes.iter().map(|code| &**code)).collect();
                let verdicts = match given.at()? {
                    None => keep.validate_codes(&items)?,
                    Some(at) => keep.validate_codes_at(&items, at)?,
                };
                verdicts
                    .iter()
                    .map(|result| match result {
                        Ok(answer) => verdict(answer),
                        Err(error) => json!({ "error": error.kind().name() }),
                    })
                    .collect()
            }
            "read_attempts" => {
                let attempts = keep.read_attempts(&name())?;
                json!({ "failures": attempts.failures, "disabled": attempts.disabled })
            }
            "reset_attempts" => json!(keep.reset_attempts(&name())?),
            "mount" => mount(&keep.mount(&given.text("path").unwrap(), &given.mount_spec())?),
            "tune_mount" => mount(&keep.tune_mount(&given.text("path").unwrap(), &given.mount_spec())?),
            "unmount" => json!(keep.unmount(&given.text("path").unwrap())?),
            "list_mounts" => keep.list_mounts()?.iter().map(mount).collect(),
            "rotate" => json!(keep.rotate()?),
            "rewrap" => json!(keep.rewrap()?),
            "add_slot" => json!(keep.add_slot(&given.options()?)?),
            "remove_slot" => json!(keep.remove_slot(given.values["id"].as_u64().unwrap())?),
            "backup" => json!(keep.backup(given.path("destination"))?),
            "status" => status(&keep.status()?),
            "write_policy" => json!(keep.write_policy(&name(), &given.text("text").unwrap())?),
            "read_policy" => json!(keep.read_policy(&name())?),
            "list_policies" => json!(keep.list_policies()?),
            "delete_policy" => json!(keep.delete_policy(&name())?),
            "create_token" => {
                let issued = keep.create_token(&given.token_spec())?;
                let mut told = token(&issued.token);
                told["secret"] = issued.secret.expose().into();
                told
            }
            "lookup_token" => token(&keep.lookup_token(TokenRef::of(given.values["token"].as_str()))?),
            "renew_token" => {
                let increment = given.values["increment"].as_u64();
                token(&keep.renew_token(TokenRef::of(given.values["token"].as_str()), increment)?)
            }
            "revoke_token" => json!(keep.revoke_token(TokenRef::of(given.values["token"].as_str()))?),
            "list_tokens" => json!(keep.list_tokens()?),
            "capabilities" => json!(keep.capabilities(&given.text("path").unwrap())?),
            "enable_audit" => json!(keep.enable_audit(&name(), given.path("path").to_str().unwrap())?),
            "disable_audit" => json!(keep.disable_audit(&name())?),
            "list_audits" => keep.list_audits()?.into_iter().map(|file| file.name).collect(),
            "audit_hash" => json!(keep.audit_hash(&given.text("value").unwrap())?),
            "path_read" => by_path(keep, Operation::Read, given)?,
            "path_list" => by_path(keep, Operation::List, given)?,
            "path_write" => by_path(keep, Operation::Write, given)?,
            "path_delete" => by_path(keep, Operation::Delete, given)?,
            "path_help" => json!(keep.help(&given.text("path").unwrap())?),
            other => panic!("no such operation: {other}"),
        })
    }
}

struct Arguments<'a> {
    folder: &'a PathBuf,
    values: &'a Value,
}

impl Arguments<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.values[name].as_str().map(str::to_owned)
    }

    fn secret(&self, name: &str) -> Option<SecretText> {
        self.text(name).map(SecretText::from)
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.values[name].as_u64().map(|number| u32::try_from(number).unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(self.text(name).unwrap())
    }

    fn at(&self) -> Result<Option<UnixTime>> {
        self.values["at"].as_i64().map(UnixTime::from_seconds).transpose()
    }

    fn options(&self) -> Result<OpenOptions> {
        let mut options = OpenOptions::new();
        if let Some(passphrase) = self.text("passphrase") {
            options.set_passphrase(passphrase.as_bytes())?;
        }
        if let Some(hex) = self.text("root_key") {
            options.set_root_key(&data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap())?;
        }
        if self.text("key_file").is_some() {
            options.set_key_file(self.path("key_file"))?;
        }
        if let Some(mount) = self.text("mount") {
            options.set_mount(&mount)?;
        }
        if let Some([memory_kib, passes]) = self.values["passphrase_cost"].as_array().map(Vec::as_slice) {
            let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
            options.set_passphrase_cost(PassphraseCost { memory_kib: number(memory_kib), passes: number(passes) })?;
        }
        options
            .set_create(self.values["create"] == true)
            .set_bare(self.values["bare"] == true)
            .set_first_mount(self.mount_spec())
            .set_manual_clock(true);
        Ok(options)
    }

    fn mount_spec(&self) -> MountSpec {
        MountSpec {
            description: self.text("description"),
            throttle: self.values["throttle"].as_bool(),
            free_attempts: self.number("free_attempts"),
            lock_seconds: self.number("lock_seconds"),
            max_lock_seconds: self.number("max_lock_seconds"),
            max_failures: self.number("max_failures"),
        }
    }

    fn token_spec(&self) -> TokenSpec {
        let texts = |list: &Vec<Value>| list.iter().map(|text| text.as_str().unwrap().to_owned()).collect();
        let text = |(name, value): (&String, &Value)| (name.clone(), value.as_str().unwrap().to_owned());
        TokenSpec {
            policies: self.values["policies"].as_array().map(texts),
            no_default_policy: self.values["no_default_policy"] == true,
            ttl: self.values["ttl"].as_u64(),
            renewable: self.values["renewable"].as_bool(),
            display_name: self.text("display_name"),
            metadata: self.values["metadata"].as_object().into_iter().flatten().map(text).collect(),
        }
    }

    fn key_spec(&self) -> KeySpec {
        KeySpec {
            url: self.secret("url"),
            secret: self.secret("secret"),
            issuer: self.text("issuer"),
            account_name: self.text("account_name"),
            algorithm: self.text("algorithm"),
            digits: self.number("digits"),
            period: self.number("period"),
            skew: self.number("skew"),
            key_size: self.number("key_size"),
            barcode_size: self.number("barcode_size"),
            overwrite: self.values["overwrite"] == true,
        }
    }
}

fn by_path(keep: &Keep, operation: Operation, given: &Arguments<'_>) -> Result<Value> {
    let data = given.values["data"].as_object().cloned().unwrap_or_default();
    Ok(keep.request(operation, &given.text("path").unwrap(), &data)?.into_json().unwrap_or_default())
}

/// What a person typed: a text, or bytes in hexadecimal digits and how often they come.
fn typed(code: &Value) -> Cow<'_, [u8]> {
    match code.as_str() {
        Some(text) => text.as_bytes().into(),
        None => {
            let bytes = data_encoding::HEXLOWER.decode(code["hex"].as_str().unwrap().as_bytes()).unwrap();
            bytes.repeat(code["repeat"].as_u64().unwrap_or(1) as usize).into()
        }
    }
}

fn key(key: &Key) -> Value {
    json!({
        "name": key.name,
        "issuer": key.issuer,
        "account_name": key.account_name,
        "algorithm": key.parameters.algorithm.name(),
        "digits": key.parameters.digits.count(),
        "period": key.parameters.period.seconds(),
        "skew": key.parameters.skew.steps(),
        "warnings": key.warnings.iter().map(|warning| warning.name()).collect::<Vec<_>>(),
    })
}

fn enrollment(enrollment: &Enrollment) -> Value {
    json!({ "url": enrollment.url(), "has_barcode": enrollment.barcode().is_some() })
}

fn code(code: &Code) -> Value {
    json!({
        "value": code.value(),
        "generated_at": code.generated_at.seconds(),
        "expires_at": code.expires_at.seconds(),
        "period": code.period,
    })
}

fn verdict(verdict: &Verdict) -> Value {
    json!({
        "outcome": verdict.outcome.name(),
        "offset": verdict.offset,
        "retry_after": verdict.retry_after,
        "attempts_left": verdict.attempts_left,
    })
}

fn mount(mount: &Mount) -> Value {
    json!({
        "path": mount.path,
        "description": mount.description,
        "throttle": mount.throttle.enabled,
        "free_attempts": mount.throttle.free_attempts,
        "lock_seconds": mount.throttle.lock_seconds,
        "max_lock_seconds": mount.throttle.max_lock_seconds,
        "max_failures": mount.throttle.max_failures,
    })
}

fn token(token: &Token) -> Value {
    json!({
        "accessor": token.accessor,
        "policies": token.policies,
        "display_name": token.display_name,
        "metadata": token.metadata,
        "ttl": token.ttl,
        "renewable": token.renewable,
        "has_parent": token.parent.is_some(),
    })
}

fn status(status: &Status) -> Value {
    let slots = status.slots.iter().map(|slot| json!({ "id": slot.id, "kind": slot.kind.map(SlotKind::name) }));
    json!({
        "format": status.format,
        "keys": status.keys,
        "mounts": status.mounts,
        "terms": status.terms,
        "current_term": status.current_term,
        "slots": slots.collect::<Vec<_>>(),
    })
}
