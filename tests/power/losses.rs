//! What of the acknowledged a keep has lost.

use std::collections::BTreeMap;
use std::path::Path;

use otpkeep::{Keep, Kind, Outcome};

use crate::support::{code, key, time};
use crate::writer::{VALIDATED, at_any_time, secret_after};

/// The last codes of each key that are tried again.
const REPLAYS: usize = 40;

/// What the writer acknowledged.
#[derive(Default)]
pub(crate) struct Acknowledged {
    accepted: BTreeMap<String, Vec<i64>>,
    /// Steps of the life of each key, in the order of the writer.
    keys: Vec<(String, u64)>,
    term: u32,
    backup: Option<String>,
}

impl Acknowledged {
    pub(crate) fn read(lines: &str) -> Acknowledged {
        let mut all = Acknowledged::default();
        for line in lines.lines() {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["accepted", name, at] => all.accepted.entry(name.into()).or_default().push(at.parse().unwrap()),
                ["term", term] => all.term = term.parse().unwrap(),
                ["backup", name] => all.backup = Some(name.into()),
                ["key", name, step] => {
                    all.keys.pop_if(|(last, _)| last == name);
                    all.keys.push((name.into(), step.parse().unwrap()));
                }
                _ => panic!("{line}"),
            }
        }
        all
    }

    pub(crate) fn codes(&self) -> usize {
        self.accepted.values().map(Vec::len).sum()
    }

    pub(crate) fn keys(&self) -> usize {
        self.keys.len()
    }

    /// What of this the keep at a path has lost, a line for each thing.
    pub(crate) fn lost(&self, path: &Path) -> Vec<String> {
        let keep = match Keep::open(path, at_any_time().set_create(false)) {
            Ok(keep) => keep,
            Err(error) => return vec![format!("the keep does not open: {error}")],
        };
        let mut lost = Vec::new();
        // The copy is opened and every record in it read.
        if let Err(error) = keep.backup(path.with_file_name("verified")) {
            lost.push(format!("a record is damaged: {error}"));
        }
        self.find_lost_codes(&keep, &mut lost);
        self.find_lost_keys(&keep, &mut lost);
        if keep.status().unwrap().current_term < self.term {
            lost.push(format!("term {}", self.term));
        }
        if let Some(name) = &self.backup
            && let Err(error) = Keep::open(path.with_file_name(name), at_any_time().set_create(false))
        {
            lost.push(format!("{name}: {error}"));
        }
        lost
    }

    fn find_lost_codes(&self, keep: &Keep, lost: &mut Vec<String>) {
        // These keys were there before the writer began.
        for name in VALIDATED {
            if let Err(error) = keep.read_key(name) {
                lost.push(format!("{name}: {error}"));
                continue;
            }
            let Some(times) = self.accepted.get(name) else { continue };
            for &at in times.iter().rev().take(REPLAYS) {
                let outcome = keep.validate_code_at(name, code(keep, name, at), time(at)).unwrap().outcome;
                // When a later one is stored too, this one may lie behind the window.
                if !matches!(outcome, Outcome::Replayed | Outcome::ClockBehind) {
                    lost.push(format!("{name} at {at}: {}", outcome.name()));
                }
            }
            // And it goes on: the code after the one that the writer may have been at.
            let next = times.last().unwrap() + 60;
            assert!(keep.validate_code_at(name, code(keep, name, next), time(next)).unwrap().is_accepted());
        }
    }

    fn find_lost_keys(&self, keep: &Keep, lost: &mut Vec<String>) {
        let at = 59;
        for secret in [1, 2].map(|step| secret_after(step).unwrap()) {
            keep.write_key(secret, &key(secret)).unwrap();
        }
        let expected = |steps| secret_after(steps).map(|secret| code(keep, secret, at));
        let last = self.keys.len().saturating_sub(1);
        for (number, (name, steps)) in self.keys.iter().enumerate() {
            let found = match keep.read_code_at(name, time(at)) {
                Ok(code) => Some(code.value().to_owned()),
                Err(error) => {
                    assert_eq!(error.kind(), Kind::KeyNotFound, "{name}: {error}");
                    None
                }
            };
            // The writer may have been at the next step of the last one.
            let next = number == last && *steps < 3 && found == expected(steps + 1);
            if found != expected(*steps) && !next {
                lost.push(format!("{name} after step {steps}"));
            }
        }
    }
}
