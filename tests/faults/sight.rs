//! Everything that can be seen of a keep and its folder, as text that two states share only when they are the same.

use std::fmt::Write;
use std::path::Path;

use otpkeep::Keep;
use otpkeep::access::TokenRef;

use crate::operation::{MORE, OTHER_ROOT_KEY, THIRD_ROOT_KEY, open_options};
use crate::support::{ROOT_KEY, START, time};

/// How the names of files end that come and go: a keep's companions, and the audit log, which tells of what failed, too.
const COMPANIONS: [&str; 4] = ["-wal", "-shm", ".lock", "audit.log"];

/// What a handle sees.
pub(crate) fn of_keep(keep: &Keep) -> otpkeep::Result<String> {
    let mut seen = String::new();
    let status = keep.status()?;
    let slots: Vec<_> = status.slots.iter().map(|slot| (slot.id, slot.kind)).collect();
    writeln!(seen, "terms {} up to {}, slots {slots:?}", status.terms, status.current_term).unwrap();
    for mount in keep.list_mounts()? {
        writeln!(seen, "mount {} {:?} {:?}", mount.path, mount.description, mount.throttle).unwrap();
        let inside = keep.with_mount(&mount.path)?;
        for name in inside.list_keys("")? {
            let code = inside.read_code_at(&name, time(START))?;
            if name.starts_with(MORE) {
                writeln!(seen, "key {name} {}", code.value()).unwrap();
                continue;
            }
            let (key, attempts) = (inside.read_key(&name)?, inside.read_attempts(&name)?);
            // The secret of a generated key is another one each time.
            let code = if name == "generated" { "some code" } else { code.value() };
            writeln!(seen, "key {key:?} {} {} {code} {attempts:?}", key.issuer, key.account_name).unwrap();
        }
    }
    for policy in keep.list_policies()? {
        writeln!(seen, "policy {policy} {:?}", keep.read_policy(&policy)).unwrap();
    }
    let token = |accessor: &String| keep.lookup_token(TokenRef::Accessor(accessor));
    let mut tokens = keep.list_tokens()?.iter().map(token).collect::<otpkeep::Result<Vec<_>>>()?;
    // Their order is that of random numbers.
    tokens.sort_unstable_by(|a, b| a.display_name.cmp(&b.display_name));
    for token in tokens {
        writeln!(seen, "token {} {:?} {:?}", token.display_name, token.policies, token.expires).unwrap();
    }
    writeln!(seen, "audit {:?}", keep.list_audits()?.iter().map(|file| &file.name).collect::<Vec<_>>()).unwrap();
    Ok(seen)
}

/// What someone sees who comes to the folder: every file, and every keep from within.
pub(crate) fn of_folder(folder: &Path) -> otpkeep::Result<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| COMPANIONS.iter().all(|suffix| !name.ends_with(suffix)));
    names.sort_unstable();
    let mut seen = String::new();
    for name in names {
        let path = folder.join(&name);
        writeln!(seen, "file {name}").unwrap();
        if !is_leftover(&name) {
            for root_key in [&ROOT_KEY, &OTHER_ROOT_KEY, &THIRD_ROOT_KEY] {
                match Keep::open(&path, &open_options(root_key)) {
                    Ok(keep) if root_key == &ROOT_KEY => seen += &of_keep(&keep)?,
                    outcome => writeln!(seen, "opens: {:?}", outcome.map(drop).map_err(|error| error.kind())).unwrap(),
                }
            }
        }
    }
    Ok(seen)
}

/// Whether a file is one that was being made.
pub(crate) fn is_leftover(name: &str) -> bool {
    name.contains(".unfinished-")
}

/// What is seen, but for files that were being made.
pub(crate) fn without_leftovers(seen: &str) -> String {
    seen.lines().filter(|line| !is_leftover(line)).map(|line| format!("{line}\n")).collect()
}
