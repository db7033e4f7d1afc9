//! The operations that meet faults, and the folder in which they do.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use otpkeep::{Keep, KeySpec, ManualClock, MountSpec, OpenOptions, Outcome, Result};

use crate::sight;
use crate::support::{OTHER_SECRET, ROOT_KEY, SECRET, START, code, key, options, time, wrong_code};
use otpkeep::access::{TokenRef, TokenSpec};

/// The root key of the second slot.
pub(crate) const OTHER_ROOT_KEY: [u8; 32] = [8; 32];
/// The root key of the slot that is added.
pub(crate) const THIRD_ROOT_KEY: [u8; 32] = [9; 32];
/// How the names of the keys begin that there are many of.
pub(crate) const MORE: &str = "more-";
/// Bytes of a page and its header in the log.
const LOG_PAGE: u64 = 4096 + 24;
const POLICY: &str = r#"path "totp/code/*" { capabilities = ["read", "update"] }"#;

/// What an operation answered: one outcome for each code.
pub(crate) type Answer = Vec<Outcome>;

pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// How many keys the keep has besides those that are named.
    pub(crate) more_keys: usize,
    /// Whether its commit makes the log so long that it is merged into the file.
    pub(crate) merges_log: bool,
    /// Whether it begins with an open keep.
    pub(crate) opened: bool,
    /// The path that the audit log has to name, if the keep has one, in the same folder.
    logged: Option<&'static str>,
    run: fn(&mut Scene) -> Result<Answer>,
}

/// What is so before an operation, and after one that met no fault.
pub(crate) struct Expected {
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) answer: Answer,
}

/// A keep of its own for one run of an operation.
pub(crate) struct Scene {
    pub(crate) folder: PathBuf,
    pub(crate) keep: Option<Keep>,
    codes: Codes,
}

/// The codes of the keys at [`START`].
#[derive(Clone, Default)]
pub(crate) struct Codes {
    pub(crate) alice: String,
    pub(crate) bob: String,
    pub(crate) wrong: String,
    /// A token that may read and validate, and its accessor.
    token: String,
    accessor: String,
}

impl Codes {
    /// In one line, for another process.
    pub(crate) fn line(&self) -> String {
        [&*self.alice, &self.bob, &self.wrong, &self.token, &self.accessor].join(" ")
    }

    pub(crate) fn of_line(line: &str) -> Codes {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        let [alice, bob, wrong, token, accessor] = words.try_into().unwrap();
        Codes { alice, bob, wrong, token, accessor }
    }
}

/// Every operation that changes something, and what reads in ways of its own.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::on_keep("validate_code", |scene| {
        let verdict = scene.keep().validate_code("alice", &scene.codes.alice)?;
        Ok(vec![verdict.outcome])
    }),
    Operation {
        merges_log: true,
        ..Operation::on_keep("validate_code, merging the log", |scene| {
            let verdict = scene.keep().validate_code("alice", &scene.codes.alice)?;
            Ok(vec![verdict.outcome])
        })
    },
    Operation::on_keep("validate_code, wrong", |scene| {
        let verdict = scene.keep().validate_code("alice", &scene.codes.wrong)?;
        Ok(vec![verdict.outcome])
    }),
    Operation::on_keep("validate_codes", |scene| {
        let Codes { alice, bob, wrong, .. } = &scene.codes;
        let items = [("alice", alice.as_bytes()), ("bob", bob.as_bytes()), ("carol", wrong.as_bytes())];
        scene.keep().validate_codes(&items)?.into_iter().map(|verdict| Ok(verdict?.outcome)).collect()
    }),
    Operation::on_keep("validate_code by a token", |scene| {
        let verdict = scene.by_token()?.validate_code("alice", &scene.codes.alice)?;
        Ok(vec![verdict.outcome])
    }),
    Operation::on_keep("validate_codes by a token", |scene| {
        let Codes { alice, bob, wrong, .. } = &scene.codes;
        let items = [("alice", alice.as_bytes()), ("bob", bob.as_bytes()), ("carol", wrong.as_bytes())];
        scene.by_token()?.validate_codes(&items)?.into_iter().map(|verdict| Ok(verdict?.outcome)).collect()
    }),
    Operation {
        logged: Some("totp/code/alice"),
        ..Operation::on_keep("validate_code, logged", |scene| {
            let verdict = scene.keep().validate_code("alice", &scene.codes.alice)?;
            Ok(vec![verdict.outcome])
        })
    },
    Operation::on_keep("read_code", |scene| scene.done(scene.keep().read_code("alice"))),
    Operation::on_keep("read_code by a token", |scene| scene.done(scene.by_token()?.read_code("alice"))),
    Operation {
        logged: Some("totp/code/alice"),
        ..Operation::on_keep("read_code, logged", |scene| scene.done(scene.keep().read_code("alice")))
    },
    Operation::on_keep("read_key", |scene| scene.done(scene.keep().read_key("alice"))),
    Operation::on_keep("list_keys", |scene| scene.done(scene.keep().list_keys(""))),
    Operation::on_keep("write_key", |scene| scene.done(scene.keep().write_key("new", &key(SECRET)))),
    Operation::on_keep("overwrite a key", |scene| {
        scene.done(scene.keep().write_key("alice", &KeySpec { overwrite: true, ..key(OTHER_SECRET) }))
    }),
    Operation::on_keep("generate_key", |scene| {
        let spec = KeySpec { issuer: Some("Example".into()), account_name: Some("g".into()), ..KeySpec::default() };
        scene.done(scene.keep().generate_key("generated", &spec))
    }),
    Operation::on_keep("delete_key", |scene| scene.done(scene.keep().delete_key("alice"))),
    Operation::on_keep("reset_attempts", |scene| scene.done(scene.keep().reset_attempts("carol"))),
    Operation::on_keep("mount", |scene| scene.done(scene.keep().mount("more/", &MountSpec::default()))),
    Operation::on_keep("tune_mount", |scene| {
        let spec = MountSpec { throttle: Some(false), ..MountSpec::default() };
        scene.done(scene.keep().tune_mount("spare/", &spec))
    }),
    Operation::on_keep("unmount", |scene| scene.done(scene.keep().unmount("spare/"))),
    Operation::on_keep("write_policy", |scene| scene.done(scene.keep().write_policy("other", POLICY))),
    Operation::on_keep("delete_policy", |scene| scene.done(scene.keep().delete_policy("one"))),
    Operation::on_keep("create_token", |scene| {
        scene.done(scene.keep().create_token(&TokenSpec { display_name: Some("new".into()), ..token() }))
    }),
    Operation::on_keep("renew_token", |scene| {
        scene.done(scene.keep().renew_token(TokenRef::Accessor(&scene.codes.accessor), Some(60)))
    }),
    Operation::on_keep("revoke_token", |scene| {
        scene.done(scene.keep().revoke_token(TokenRef::Accessor(&scene.codes.accessor)))
    }),
    Operation::on_keep("enable_audit", |scene| {
        let log = scene.folder.join("audit.log");
        scene.done(scene.keep().enable_audit("file", log.to_str().unwrap()))
    }),
    Operation {
        logged: Some("sys/audit/file"),
        ..Operation::on_keep("disable_audit", |scene| scene.done(scene.keep().disable_audit("file")))
    },
    Operation::on_keep("rotate", |scene| scene.done(scene.keep().rotate())),
    Operation { more_keys: 520, ..Operation::on_keep("rewrap", |scene| scene.done(scene.keep().rewrap())) },
    Operation::on_keep("add_slot", |scene| scene.done(scene.keep().add_slot(&open_options(&THIRD_ROOT_KEY)))),
    Operation::on_keep("remove_slot", |scene| scene.done(scene.keep().remove_slot(2))),
    Operation::on_keep("backup", |scene| scene.done(scene.keep().backup(scene.folder.join("copy")))),
    Operation::on_keep("close", |scene| {
        scene.keep = None;
        Ok(Vec::new())
    }),
    Operation::on_folder("open", |scene| {
        scene.keep = Some(Keep::open(scene.folder.join("auth.keep"), &open_options(&ROOT_KEY))?);
        Ok(Vec::new())
    }),
    Operation::on_folder("create", |scene| {
        let mut options = open_options(&ROOT_KEY);
        scene.done(Keep::open(scene.folder.join("created"), options.set_create(true)))
    }),
    Operation::on_folder("restore", |scene| {
        let (source, target) = (scene.folder.join("backup"), scene.folder.join("restored"));
        scene.done(otpkeep::restore(source, target, &open_options(&ROOT_KEY)))
    }),
];

impl Operation {
    const fn on_keep(name: &'static str, run: fn(&mut Scene) -> Result<Answer>) -> Operation {
        Operation { name, more_keys: 0, merges_log: false, opened: true, logged: None, run }
    }

    const fn on_folder(name: &'static str, run: fn(&mut Scene) -> Result<Answer>) -> Operation {
        Operation { name, more_keys: 0, merges_log: false, opened: false, logged: None, run }
    }

    pub(crate) fn of_name(name: &str) -> &'static Operation {
        OPERATIONS.iter().find(|operation| operation.name == name).unwrap()
    }

    /// What is seen before the operation, what is seen after one that nothing befell, and its answer.
    pub(crate) fn expected(&self, prepared: &Path, folder: &Path, codes: &Codes) -> Expected {
        let laid = || {
            Scene::lay(prepared, folder);
            Scene::of(self, folder.into(), codes)
        };
        if self.logged.is_some() {
            // It is the operation that the log tells of, and nothing else.
            let mut scene = laid();
            assert!(!self.is_told(folder), "{}", self.name);
            self.run(&mut scene).unwrap();
            assert!(self.is_told(folder), "{}", self.name);
        }
        let mut scene = laid();
        let before = sight::of_folder(folder).unwrap();
        let answer = self.run(&mut scene).unwrap();
        Expected { before, after: sight::of_folder(folder).unwrap(), answer }
    }

    /// How many calls lie between two that are struck in the short form.
    pub(crate) fn usual_stride(&self) -> usize {
        self.more_keys / 12 + if self.merges_log { 12 } else { 4 }
    }

    pub(crate) fn run(&self, scene: &mut Scene) -> Result<Answer> {
        (self.run)(scene)
    }

    /// Whether the audit log says that this was asked for, if it has to.
    pub(crate) fn is_told(&self, folder: &Path) -> bool {
        let log = || std::fs::read_to_string(folder.join("audit.log")).unwrap();
        self.logged.is_none_or(|path| {
            log().lines().any(|line| line.contains(r#""type":"request""#) && line.contains(&format!("\"{path}\"")))
        })
    }

    /// Makes the folder that every run begins with, and says the codes of its keys.
    pub(crate) fn prepare(&self, folder: &Path) -> Codes {
        let path = folder.join("auth.keep");
        let mut options = open_options(&ROOT_KEY);
        let keep = Keep::open(&path, options.set_create(true)).unwrap();
        for name in ["alice", "bob", "carol"] {
            keep.write_key(name, &key(SECRET)).unwrap();
        }
        for number in 0..self.more_keys {
            keep.write_key(&format!("{MORE}{number}"), &key(SECRET)).unwrap();
        }
        keep.mount("spare/", &MountSpec::default()).unwrap();
        keep.with_mount("spare/").unwrap().write_key("dora", &key(OTHER_SECRET)).unwrap();
        keep.write_policy("one", POLICY).unwrap();
        let issued = keep.create_token(&token()).unwrap();
        let (token, accessor) = (issued.secret.expose().to_owned(), issued.token.accessor);
        keep.add_slot(&open_options(&OTHER_ROOT_KEY)).unwrap();
        let wrong = wrong_code(&keep, "carol", START);
        assert_eq!(keep.validate_code("carol", &wrong).unwrap().outcome, Outcome::Wrong);
        keep.rotate().unwrap();
        let codes =
            Codes { alice: code(&keep, "alice", START), bob: code(&keep, "bob", START), wrong, token, accessor };
        keep.backup(folder.join("backup")).unwrap();
        if self.merges_log {
            // All but one of the pages after which a commit merges the log. Kept as after a kill: a close merges it.
            let log = folder.join("auth.keep-wal");
            while std::fs::metadata(&log).unwrap().len() < 3_999 * LOG_PAGE {
                keep.write_key("filler", &KeySpec { overwrite: true, ..key(SECRET) }).unwrap();
            }
            let kept = [path, log].map(|file| (std::fs::read(&file).unwrap(), file));
            drop(keep);
            kept.into_iter().for_each(|(bytes, file)| std::fs::write(file, bytes).unwrap());
        }
        codes
    }
}

impl Scene {
    /// A fresh copy of the prepared folder.
    pub(crate) fn lay(prepared: &Path, folder: &Path) {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir(folder).unwrap();
        for name in ["auth.keep", "auth.keep-wal", "backup"] {
            if prepared.join(name).exists() {
                std::fs::copy(prepared.join(name), folder.join(name)).unwrap();
            }
        }
    }

    /// The keep of a folder, open if the operation begins so.
    pub(crate) fn of(operation: &Operation, folder: PathBuf, codes: &Codes) -> Scene {
        let keep = operation.opened.then(|| Keep::open(folder.join("auth.keep"), &open_options(&ROOT_KEY)).unwrap());
        if let Some(keep) =
            keep.as_ref().filter(|keep| operation.logged.is_some() && keep.list_audits().unwrap().is_empty())
        {
            keep.enable_audit("file", folder.join("audit.log").to_str().unwrap()).unwrap();
        }
        Scene { folder, keep, codes: codes.clone() }
    }

    fn keep(&self) -> &Keep {
        self.keep.as_ref().unwrap()
    }

    fn by_token(&self) -> Result<Keep> {
        self.keep().with_token(&self.codes.token)
    }

    fn done<T>(&self, result: Result<T>) -> Result<Answer> {
        result.map(|_| Vec::new())
    }
}

/// Options that open a keep at [`START`] and wait little for locks.
pub(crate) fn open_options(root_key: &[u8; 32]) -> OpenOptions {
    let mut options = options();
    options.set_create(false).set_clock(Arc::new(ManualClock::new(time(START))));
    options.set_root_key(root_key).unwrap().set_busy_timeout(20).unwrap();
    options
}

fn token() -> TokenSpec {
    TokenSpec { policies: Some(vec!["one".into()]), display_name: Some("old".into()), ..TokenSpec::default() }
}
