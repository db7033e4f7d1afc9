use serde_json::{Value, json};

use crate::paths::call::Call;
use crate::paths::{Answer, Refusal};

pub(super) fn read_all(call: &Call) -> Result<Answer, Refusal> {
    let files = call.keep.list_audits_with(call.permit)?;
    let told = files.into_iter().map(|file| {
        let fields = json!({
            "type": "file",
            "description": "",
            "path": format!("{}/", file.name),
            "local": false,
            "options": { "file_path": file.path },
        });
        (format!("{}/", file.name), fields)
    });
    Ok(Answer::of(told.collect::<Vec<(String, Value)>>()))
}

pub(super) fn write(call: &Call) -> Result<Answer, Refusal> {
    let name = call.fields.text("path").trim_end_matches('/');
    if !matches!(call.fields.text("type"), "" | "file") {
        return Err(Refusal::invalid("unknown backend type: there is file"));
    }
    let options = call.fields.map("options");
    let of_options = options.iter().find(|(name, _)| *name == "file_path").map_or("", |(_, path)| *path);
    let path = Some(call.fields.text("file_path")).filter(|path| !path.is_empty()).unwrap_or(of_options);
    if path.is_empty() {
        return Err(Refusal::invalid("file_path is required"));
    }
    call.keep.enable_audit_with(call.permit, name, path)?;
    Ok(Answer::Done)
}

pub(super) fn delete(call: &Call) -> Result<Answer, Refusal> {
    call.keep.disable_audit_with(call.permit, call.fields.text("path").trim_end_matches('/'))?;
    Ok(Answer::Done)
}

pub(super) fn write_hash(call: &Call) -> Result<Answer, Refusal> {
    let input = call.fields.text("input");
    if input.is_empty() {
        return Err(Refusal::invalid("the \"input\" parameter is empty"));
    }
    Ok(Answer::of([("hash", call.keep.audit_hash_with(call.permit, input)?.into())]))
}
