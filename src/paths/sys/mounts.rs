use serde_json::{Map, Value, json};

use super::mount_options;
use crate::engine::{Mount, MountSpec};
use crate::error::{Error, Kind};
use crate::paths::call::Call;
use crate::paths::{Answer, Refusal};

pub(super) fn read_all(call: &Call<'_>) -> Result<Answer, Refusal> {
    let mounts = call.keep.list_mounts_with(call.permit)?;
    Ok(Answer::of(mounts.iter().map(|mount| (mount.path.as_str(), described(mount).into()))))
}

pub(super) fn read(call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::of(described(&find(call)?)))
}

pub(super) fn write(call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = call.fields.text("path");
    match call.fields.text("type") {
        "totp" => {}
        "" => return Err(Refusal::invalid("backend type must be specified as a string")),
        _ if is_reserved(path) => return Err(cannot_mount(path)),
        _ => return Err(Refusal::invalid("plugin not found in the catalog: the only type is totp")),
    }
    if is_reserved(path) {
        return Err(cannot_mount(path));
    }
    match call.keep.mount_with(call.permit, path, &spec(call)?) {
        Err(error) if error.kind() == Kind::MountInUse => Err(in_use(call, path)?),
        made => {
            made.map_err(refusal)?;
            Ok(Answer::Done)
        }
    }
}

pub(super) fn delete(call: &Call<'_>) -> Result<Answer, Refusal> {
    let path = call.fields.text("path");
    if is_reserved(path) {
        return Err(Refusal::invalid(format!("cannot unmount \"{path}/\"")));
    }
    match call.keep.unmount_with(call.permit, path) {
        Err(error) if error.kind() != Kind::MountNotFound => Err(refusal(error)),
        _ => Ok(Answer::Done),
    }
}

pub(super) fn read_tune(call: &Call<'_>) -> Result<Answer, Refusal> {
    let mount = find(call)?;
    let mut fields = config();
    fields.insert("description".into(), mount.description.into());
    fields.insert("options".into(), mount_options::written(&mount.throttle));
    Ok(Answer::of(fields))
}

pub(super) fn write_tune(call: &Call<'_>) -> Result<Answer, Refusal> {
    match call.keep.tune_mount_with(call.permit, call.fields.text("path"), &spec(call)?) {
        Err(error) if error.kind() == Kind::MountNotFound => Err(no_mount(call)),
        tuned => {
            tuned.map_err(refusal)?;
            Ok(Answer::Done)
        }
    }
}

/// What is asked of a mount; null leaves things as they are.
fn spec(call: &Call<'_>) -> Result<MountSpec, Refusal> {
    let description = call.fields.is_given("description").then(|| call.fields.text("description").to_owned());
    let mut spec = MountSpec { description, ..MountSpec::default() };
    mount_options::read(&call.fields.map("options"), &mut spec)?;
    Ok(spec)
}

fn find(call: &Call<'_>) -> Result<Mount, Refusal> {
    let path = format!("{}/", call.fields.text("path"));
    let mounts = call.keep.list_mounts_with(call.permit)?;
    mounts.into_iter().find(|mount| mount.path == path).ok_or_else(|| no_mount(call))
}

fn no_mount(call: &Call<'_>) -> Refusal {
    Refusal::new(Kind::MountNotFound, format!("No secret engine mount at {}/", call.fields.text("path")))
}

fn is_reserved(path: &str) -> bool {
    matches!(path.split('/').next(), Some("sys" | "auth"))
}

fn cannot_mount(path: &str) -> Refusal {
    Refusal::invalid(format!("cannot mount \"{path}/\""))
}

/// The refusal that names the mount which is in the way.
fn in_use(call: &Call<'_>, path: &str) -> Result<Refusal, Refusal> {
    let path = format!("{path}/");
    let mounts = call.keep.list_mounts_with(call.permit)?;
    let other = mounts.iter().find(|mount| mount.path.starts_with(&path) || path.starts_with(&mount.path));
    let other = other.map_or(path.as_str(), |mount| &mount.path);
    Ok(Refusal::new(Kind::MountInUse, format!("path is already in use at {other}")))
}

fn refusal(error: Error) -> Refusal {
    match error.argument_name() {
        Some("mount") => Refusal::invalid(error.reason()),
        Some(argument) => Refusal::invalid(format!("the {argument} value is not valid: {}", error.reason())),
        None => error.into(),
    }
}

/// What there is to say of leases: there are none.
fn config() -> Map<String, Value> {
    let fields = [("default_lease_ttl", json!(0)), ("max_lease_ttl", json!(0)), ("force_no_cache", json!(false))];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A mount in Vault's shape. Accessor and uuid follow from the mount's id, which it keeps for ever.
fn described(mount: &Mount) -> Map<String, Value> {
    let id = mount.id;
    let digits = format!("{id:016x}{:016x}", id.rotate_left(32) ^ mount.created);
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let uuid = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
    let fields = [
        ("type", json!("totp")),
        ("description", json!(mount.description)),
        ("accessor", json!(format!("totp_{:08x}", id & 0xffff_ffff))),
        ("uuid", json!(uuid)),
        ("options", mount_options::written(&mount.throttle)),
        ("config", config().into()),
        ("local", json!(false)),
        ("seal_wrap", json!(false)),
        ("external_entropy_access", json!(false)),
        ("plugin_version", json!("")),
        ("running_plugin_version", json!(concat!("v", env!("CARGO_PKG_VERSION"), "+builtin"))),
        ("running_sha256", json!("")),
        ("deprecation_status", json!("supported")),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
