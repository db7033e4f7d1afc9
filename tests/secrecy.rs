//! What is secret is found in no file of the keep, no message and no debug output.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::fmt::Debug;
use std::fs;

use otpkeep::{
    Error, Keep, KeySpec, Kind, MountSpec, OpenOptions, PassphraseCost, Secret, SecretText, UnixTime, access, otp,
    restore,
};
use support::{Folder, failure, time};

const PASSPHRASE: &[u8] = b"Xylophone-passphrase-Quartz";
const ISSUER: &str = "IssuerWombat";
const ACCOUNT: &str = "account.pangolin@example.org";
/// 20 letters, so that its bytes can be searched for as text.
const SECRET: &[u8] = b"SecretOkapiSecretOka";
const DESCRIPTION: &str = "DescriptionNarwhal";

fn base32() -> String {
    otp::encode_secret(&Secret::copy_of(SECRET)).expose().to_owned()
}

fn url() -> String {
    format!("otpauth://totp/{ISSUER}:{ACCOUNT}?secret={}&issuer={ISSUER}", base32())
}

/// All that must not be found, in the spellings it could be found in.
fn secrets() -> Vec<Vec<u8>> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let list = |bytes: &[u8]| format!("{bytes:?}").trim_matches(['[', ']']).to_owned();
    let mut texts = vec![base32(), base32().to_lowercase(), ISSUER.into(), ACCOUNT.into(), "pangolin".into()];
    texts.extend([SECRET, PASSPHRASE].iter().flat_map(|bytes| [hex(bytes), hex(bytes).to_uppercase(), list(bytes)]));
    let mut found: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    // Half of a secret is secret too.
    found.extend([SECRET[..10].to_vec(), PASSPHRASE[..12].to_vec(), base32().into_bytes()[..12].to_vec()]);
    found
}

fn assert_clean(place: &str, content: &[u8], secrets: &[Vec<u8>]) {
    for secret in secrets {
        let found = content.windows(secret.len()).any(|window| window.eq_ignore_ascii_case(secret));
        assert!(!found, "{place} holds {}", String::from_utf8_lossy(secret));
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .set_passphrase(PASSPHRASE)
        .unwrap()
        .set_create(true)
        .set_passphrase_cost(PassphraseCost { memory_kib: 19_456, passes: 1 })
        .unwrap();
    options
}

fn with_url() -> KeySpec {
    KeySpec { url: Some(SecretText::copy_of(&url())), ..KeySpec::default() }
}

fn with_secret() -> KeySpec {
    KeySpec {
        secret: Some(SecretText::copy_of(&base32())),
        issuer: Some(ISSUER.into()),
        account_name: Some(ACCOUNT.into()),
        ..KeySpec::default()
    }
}

/// A keep in which everything was done that leaves traces.
fn used_keep(folder: &Folder) -> Keep {
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    let described = MountSpec { description: Some(DESCRIPTION.into()), ..MountSpec::default() };
    keep.tune_mount("totp", &described).unwrap();
    keep.write_key("by-url", &with_url()).unwrap();
    keep.write_key("by-secret", &with_secret()).unwrap();
    keep.write_key("by-secret", &KeySpec { overwrite: true, ..with_secret() }).unwrap();
    let code = keep.read_code("by-url").unwrap();
    assert!(keep.validate_code("by-url", code.value()).unwrap().is_accepted());
    keep.rotate().unwrap();
    keep.rewrap().unwrap();
    keep.write_key("deleted", &with_url()).unwrap();
    keep.delete_key("deleted").unwrap();
    keep.add_slot(&options()).unwrap();
    keep
}

#[test]
fn no_file_of_a_keep_holds_a_secret_in_the_clear() {
    let folder = Folder::new();
    let keep = used_keep(&folder);
    keep.backup(folder.file("backup")).unwrap();
    restore(folder.file("backup"), folder.file("restored"), &options()).unwrap();
    let mut secrets = secrets();
    secrets.push(DESCRIPTION.into());
    let scan = || {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            assert_clean(&name, &fs::read(&path).unwrap(), &secrets);
            assert_clean("a file name", name.as_bytes(), &secrets);
            names.push(name);
        }
        names.sort();
        names
    };
    let open = ["auth.keep", "auth.keep-shm", "auth.keep-wal", "auth.keep.lock", "backup", "restored"];
    assert_eq!(scan(), open);
    assert!(fs::metadata(folder.file("auth.keep-wal")).unwrap().len() > 0);
    drop(keep);
    scan();
    // The search itself finds what is there: names are in the clear, as documented.
    let content = fs::read(folder.keep()).unwrap();
    assert!(content.windows(6).any(|window| window == b"by-url"));
}

#[test]
fn no_error_repeats_what_it_was_given() {
    let folder = Folder::new();
    let keep = used_keep(&folder);
    let mut errors: Vec<Error> = Vec::new();
    let secret = |text: &str| KeySpec { secret: Some(SecretText::copy_of(text)), ..with_secret() };
    let url = |text: String| KeySpec { url: Some(SecretText::copy_of(&text)), ..KeySpec::default() };
    let mut specs = vec![
        KeySpec { secret: Some(SecretText::copy_of(&base32())), ..with_url() },
        KeySpec { algorithm: Some(base32()), ..with_secret() },
        KeySpec { issuer: Some(ISSUER.repeat(20)), ..with_secret() },
        KeySpec { issuer: Some(format!("{ISSUER}\n")), ..with_secret() },
        KeySpec { account_name: Some(ACCOUNT.repeat(20)), ..with_secret() },
        secret(&format!("{}1", base32())),
        secret(&format!("{}é", base32())),
        secret(&format!("{}A", base32())),
        secret(&base32().repeat(10)),
        url(base32()),
    ];
    let whole = format!("otpauth://totp/{ISSUER}:{ACCOUNT}?secret={}&issuer={ISSUER}", base32());
    for damaged in [
        whole.replace("otpauth", "https"),
        whole.replace("totp", "hotp"),
        whole.replace("secret=", "secret=1"),
        whole.replace('?', "#"),
        whole.replace(':', "%zz"),
        whole.clone() + "&secret=" + &base32(),
        whole.clone() + "&digits=" + &base32(),
        whole.clone() + "&period=" + &base32(),
        whole.clone() + "&algorithm=" + &base32(),
        whole.clone() + "&issuer=%00",
        whole.replace(ISSUER, &ISSUER.repeat(20)),
        whole.repeat(40),
    ] {
        specs.push(url(damaged));
    }
    errors.extend(specs.iter().filter_map(|spec| keep.write_key("bad", spec).err()));
    assert!(errors.len() >= specs.len() - 1, "only {} of {} were refused", errors.len(), specs.len());
    errors.push(failure(keep.write_key("by-url", &with_url())));
    errors.push(failure(keep.generate_key("bad", &with_secret())));
    errors.push(failure(keep.generate_key("bad", &with_url())));
    // Every argument given the secret, the account, or the URL by mistake.
    for text in [base32(), ACCOUNT.to_owned(), whole] {
        errors.extend(keep.read_key(&text).err());
        errors.extend(keep.read_code(&text).err());
        errors.extend(keep.delete_key(&text).err());
        errors.extend(keep.validate_code(&text, &text).err());
        errors.extend(keep.reset_attempts(&text).err());
        errors.extend(keep.unmount(&text).err());
        errors.extend(keep.with_mount(&text).err());
        errors.extend(keep.tune_mount(&text, &MountSpec::default()).err());
        errors.extend(keep.backup(folder.file("absent").join(&text)).err());
        errors.extend(restore(folder.file(&text), folder.file("new"), &options()).err());
        errors.extend(Keep::open(folder.file(&text).join("auth.keep"), &options()).err());
        errors.extend(OpenOptions::new().set_passphrase(text.repeat(100).as_bytes()).err());
        errors.extend(OpenOptions::new().set_root_key(text.as_bytes()).err());
        let mut options = OpenOptions::new();
        options.set_key_file(folder.file(&text)).unwrap();
        errors.extend(Keep::open(folder.keep(), &options).err());
        fs::write(folder.file("key"), &text).unwrap();
        options.set_key_file(folder.file("key")).unwrap();
        errors.extend(Keep::open(folder.keep(), &options).err());
    }
    let mut wrong = options();
    wrong.set_passphrase(&[PASSPHRASE, b"!"].concat()).unwrap();
    errors.push(failure(Keep::open(folder.keep(), &wrong)));
    wrong.set_root_key(&[7; 32]).unwrap();
    errors.push(failure(Keep::open(folder.keep(), &wrong)));
    let secrets = secrets();
    for error in &errors {
        assert_clean("an error", format!("{error}\n{error:?}\n{}", error.reason()).as_bytes(), &secrets);
    }
    assert!(errors.len() > 60, "{}", errors.len());
    for kind in [Kind::InvalidArgument, Kind::KeyExists, Kind::KeyNotFound, Kind::MountNotFound, Kind::WrongRootKey] {
        assert!(errors.iter().any(|error| error.kind() == kind), "{kind}");
    }
}

#[test]
fn damage_is_described_without_what_was_damaged() {
    let folder = Folder::new();
    drop(used_keep(&folder));
    let secrets = secrets();
    for (table, column) in
        [("keys", "sealed"), ("records", "sealed"), ("keyring", "sealed"), ("slots", "slot"), ("states", "tag")]
    {
        fs::copy(folder.keep(), folder.file(table)).unwrap();
        let connection = rusqlite::Connection::open(folder.file(table)).unwrap();
        connection.execute(&format!("UPDATE {table} SET {column} = zeroblob(length({column}))"), ()).unwrap();
        drop(connection);
        let error = match Keep::open(folder.file(table), &options()) {
            Err(error) => error,
            Ok(keep) => failure(keep.validate_code("by-url", "123456")),
        };
        assert_eq!(error.kind(), Kind::Corrupt, "{table}");
        assert_clean(table, format!("{error}\n{error:?}").as_bytes(), &secrets);
    }
}

#[test]
fn debug_output_shows_no_secret() {
    let folder = Folder::new();
    let keep = used_keep(&folder);
    let code = keep.read_code_at("by-url", time(0)).unwrap().value().to_owned();
    let at: UnixTime = time(0);
    let verdict = keep.validate_code_at("by-url", &code, at).unwrap();
    let mut secrets = secrets();
    secrets.push(code.into_bytes());
    let shown: [(&str, &dyn Debug); 10] = [
        ("Keep", &keep),
        ("sibling Keep", &keep.with_mount("other").unwrap()),
        ("Key, written", &keep.write_key("again", &with_url()).unwrap()),
        ("Key, read", &keep.read_key("by-url").unwrap()),
        ("Verdict", &verdict),
        ("Attempts", &keep.read_attempts("by-url").unwrap()),
        ("Mount", &keep.list_mounts().unwrap()),
        ("Status", &keep.status().unwrap()),
        ("Error", &failure(keep.write_key("by-url", &with_url()))),
        ("a batch", &keep.validate_codes(&[("by-url", b"000000")]).unwrap()),
    ];
    for (what, value) in shown {
        assert_clean(what, format!("{value:?}\n{value:#?}").as_bytes(), &secrets);
    }
}

/// Stands in for whatever type it is asked about: a type that has its own `Debug` picks the method of the same name.
struct Probe<T>(std::marker::PhantomData<T>);

trait WithoutDebug {
    fn shows_itself(&self) -> bool {
        false
    }
}

impl<T> WithoutDebug for &Probe<T> {}

impl<T: Debug> Probe<T> {
    fn shows_itself(&self) -> bool {
        true
    }
}

#[test]
fn types_that_hold_secrets_have_no_debug() {
    assert!(Probe::<Keep>(std::marker::PhantomData).shows_itself());
    let shown = [
        (&Probe::<Secret>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<SecretText>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<KeySpec>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<OpenOptions>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<otpkeep::Code>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<otpkeep::Enrollment>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<otp::CodeText>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<otp::Calculator>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<otpkeep::enroll::Otpauth>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<access::Acl>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<access::Parameters>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<access::Policy>(std::marker::PhantomData)).shows_itself(),
        (&Probe::<access::Value>(std::marker::PhantomData)).shows_itself(),
    ];
    assert_eq!(shown, [false; 13]);
}
