//! A keep with keys of every condition and with tokens, and all that can be asked of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE32_NOPAD;
use otpkeep::access::{TokenRef, TokenSpec};
use otpkeep::{Keep, KeySpec, Kind, MountSpec, OpenOptions, SecretText};

use crate::support::{Folder, START, clocked_options, code, size, time, wrong_code};

/// Keys in the first mount.
pub(crate) fn keys() -> usize {
    size(40, 300)
}

/// What was asked, and what the answer was.
pub(crate) type Answers = BTreeMap<String, Result<String, Kind>>;

/// A closed keep, the right codes of its keys, and what it answers as long as nobody alters it.
pub(crate) struct Original {
    pub(crate) folder: Folder,
    codes: BTreeMap<String, String>,
    /// A token and its child.
    pub(crate) tokens: [String; 2],
    pub(crate) answers: Answers,
}

pub(crate) fn name(index: usize) -> String {
    format!("key-{index:02}")
}

pub(crate) fn all_names() -> Vec<String> {
    (0..keys()).map(name).collect()
}

impl Original {
    pub(crate) fn new() -> Original {
        Original::in_folder(Folder::new())
    }

    /// Where a sync costs nothing: for thousands of copies.
    pub(crate) fn in_memory() -> Original {
        Original::in_folder(Folder::in_memory())
    }

    fn in_folder(folder: Folder) -> Original {
        let (clock, options) = clocked_options();
        let keep = Keep::open(folder.keep(), &options).unwrap();
        keep.mount("other", &MountSpec { max_failures: Some(3), ..MountSpec::default() }).unwrap();
        let mut codes = BTreeMap::new();
        for index in 0..keys() {
            let name = name(index);
            keep.write_key(&name, &spec(index, false)).unwrap();
            codes.insert(name.clone(), code(&keep, &name, START));
            // Unused, spent, failed, locked, disabled: each eighth or so of them.
            let failures = match index % 5 {
                1 => {
                    clock.set(time(START));
                    assert!(keep.validate_code(&name, &codes[&name]).unwrap().is_accepted());
                    0
                }
                2 => 3,
                3 => 6,
                4 => 100,
                _ => 0,
            };
            for failure in 0..failures {
                // The last failure is at the time of the questions.
                let at = START - 400 * (failures - 1 - failure);
                clock.set(time(at));
                let _ = keep.validate_code(&name, wrong_code(&keep, &name, at)).unwrap();
            }
        }
        clock.set(time(START));
        keep.with_mount("other").unwrap().write_key(&name(0), &spec(keys(), false)).unwrap();
        let tokens = make_tokens(&keep);
        drop(keep);
        let mut original = Original { folder, codes, tokens, answers: Answers::new() };
        original.answers = original.ask(&original.copy("pristine"), &all_names(), &all_names());
        // An error is what shows that an alteration was noticed.
        assert!(original.answers.values().all(Result::is_ok));
        original
    }

    /// A copy of the closed keep, to be altered.
    pub(crate) fn copy(&self, name: &str) -> PathBuf {
        let path = self.folder.file(name);
        fs::copy(self.folder.keep(), &path).unwrap();
        path
    }

    /// Asks a keep everything that needs no name, then all about some keys, and last validates right codes.
    pub(crate) fn ask(&self, path: &Path, read: &[String], validated: &[String]) -> Answers {
        let (_, mut options) = clocked_options();
        options.set_create(false);
        self.ask_opened_with(&options, path, read, validated)
    }

    /// The same with a root key of one's own.
    pub(crate) fn ask_opened_with(
        &self,
        options: &OpenOptions,
        path: &Path,
        read: &[String],
        validated: &[String],
    ) -> Answers {
        let mut answers = Answers::new();
        let mut note = |question: String, answer: otpkeep::Result<String>| {
            answers.insert(question, answer.map_err(|error| error.kind()));
        };
        let keep = match Keep::open(path, options) {
            Ok(keep) => keep,
            Err(error) => {
                note("open".into(), Err(error));
                return answers;
            }
        };
        // Names and the number of keys are in the clear and not vouched for: a name is checked when it is used.
        for listed in keep.list_keys("").unwrap_or_default() {
            let unknown = !self.codes.contains_key(&listed);
            if let Some(code) = unknown.then(|| keep.read_code(&listed).ok()).flatten() {
                note(format!("code {listed}"), Ok(code.value().to_owned()));
            }
        }
        for mount in keep.list_mounts().unwrap_or_default() {
            note(format!("mount {}", mount.path), Ok(format!("{:?} {}", mount.throttle, mount.created)));
        }
        let status = keep.status().map(|status| {
            let otpkeep::Status { keep_id, format, current_term, terms, slots, .. } = status;
            format!("{keep_id} {format} {current_term} {terms} {slots:?}")
        });
        note("status".into(), status);
        for name in read {
            let code = keep.read_code_at(name, time(START + 3_000));
            note(format!("code {name}"), code.map(|code| format!("{} {}", code.value(), code.expires_at.seconds())));
            let key = keep.read_key(name);
            note(format!("key {name}"), key.map(|key| format!("{key:?} {} {}", key.issuer, key.account_name)));
            note(format!("attempts {name}"), keep.read_attempts(name).map(|attempts| format!("{attempts:?}")));
        }
        let other = keep.with_mount("other").unwrap();
        let code = other.read_code_at(&name(0), time(START));
        note("code other".into(), code.map(|code| code.value().to_owned()));
        for (token, who) in self.tokens.iter().zip(["parent", "child"]) {
            let code = keep.with_token(token).and_then(|handle| handle.read_code(&name(0)));
            note(format!("code of {who}"), code.map(|code| code.value().to_owned()));
            note(
                format!("token of {who}"),
                keep.lookup_token(TokenRef::Token(token)).map(|token| format!("{token:?}")),
            );
        }
        // How many there are is not vouched for, but each that is listed is.
        let (tokens, policies) = (keep.list_tokens(), keep.list_policies());
        note("tokens".into(), tokens.clone().map(|_| "listed".into()));
        note("policies".into(), policies.clone().map(|_| "listed".into()));
        for accessor in tokens.unwrap_or_default() {
            let token = keep.lookup_token(TokenRef::Accessor(&accessor));
            note(format!("token {accessor}"), token.map(|token| format!("{token:?}")));
        }
        for policy in policies.unwrap_or_default() {
            note(format!("policy {policy}"), keep.read_policy(&policy));
        }
        for name in validated {
            let verdict = keep.validate_code(name, &self.codes[name]);
            note(format!("validate {name}"), verdict.map(|verdict| format!("{verdict:?}")));
        }
        answers
    }

    /// What an altered keep answers silently otherwise than the original.
    pub(crate) fn silently_different(&self, answers: &Answers) -> Vec<String> {
        differences(&self.answers, answers)
    }
}

/// The answers, errors of honest kinds aside, that differ from the expected ones.
pub(crate) fn differences(expected: &Answers, answers: &Answers) -> Vec<String> {
    let different = answers.iter().filter_map(|(question, answer)| match answer {
        Err(Kind::Internal | Kind::Panic | Kind::InvalidArgument | Kind::Forked) => {
            Some(format!("{question}: {answer:?}"))
        }
        Err(_) => None,
        Ok(_) if expected.get(question) == Some(answer) => None,
        Ok(text) => Some(format!("{question}: {text} instead of {:?}", expected.get(question))),
    });
    different.collect()
}

/// A token that may read codes and make others, and a child of it.
fn make_tokens(keep: &Keep) -> [String; 2] {
    keep.write_policy("reader", r#"path "totp/code/*" { capabilities = ["read"] }"#).unwrap();
    keep.write_policy("maker", r#"path "auth/token/create" { capabilities = ["update"] }"#).unwrap();
    let spec = TokenSpec { policies: Some(vec!["reader".into(), "maker".into()]), ..TokenSpec::default() };
    let parent = keep.create_token(&spec).unwrap().secret;
    let maker = keep.with_token(parent.expose()).unwrap();
    [parent, maker.create_token(&TokenSpec::default()).unwrap().secret].map(|secret| secret.expose().to_owned())
}

/// Keys with secrets and parameters of many kinds.
pub(crate) fn spec(index: usize, overwrite: bool) -> KeySpec {
    let secret: Vec<u8> = (0..20).map(|place| (index * 37 + index / 256 + place * 11 + 5) as u8).collect();
    KeySpec {
        secret: Some(SecretText::from(BASE32_NOPAD.encode(&secret))),
        issuer: Some(format!("Issuer {index}")),
        account_name: Some(format!("account-{index}@example.org")),
        algorithm: Some(["SHA1", "SHA256", "SHA512"][index % 3].into()),
        digits: Some([6, 8][index % 2]),
        period: Some([30, 60, 15][index % 3]),
        skew: Some(u32::from(!index.is_multiple_of(7))),
        overwrite,
        ..KeySpec::default()
    }
}
