//! The command in a real terminal: questions without echo, barcodes, progress, Ctrl-C.

use std::process::Command;

use otpkeep::enroll::Barcode;
use otpkeep::{KeySpec, SecretText};
use rexpect::process::{Signal, WaitStatus};
use rexpect::session::{PtySession, spawn_command};

use crate::support::{Home, SECRET, URL};

/// More than the slowest machine takes for any of this, in milliseconds.
const PATIENCE: Option<u64> = Some(60_000);

/// Runs the command in a new terminal, which echoes what is typed as terminals do.
fn terminal(home: &Home, arguments: &[&str]) -> PtySession {
    terminal_of(100, home, arguments)
}

fn terminal_of(columns: usize, home: &Home, arguments: &[&str]) -> PtySession {
    // Whoever runs the tests in the background has had SIGINT ignored, which is inherited.
    let shell = format!("stty echo rows 50 cols {columns} && exec env --default-signal=INT \"$@\"");
    let mut command = Command::new("/bin/sh");
    command.env_clear().env("HOME", home.path("")).env("PATH", "/usr/bin:/bin").env("TERM", "xterm-256color");
    command.current_dir(home.path("")).args(["-c", &shell, "sh", env!("CARGO_BIN_EXE_otpkeep")]).args(arguments);
    spawn_command(command, PATIENCE).unwrap()
}

/// What came until the end, and how the command exited.
fn end(mut terminal: PtySession) -> (String, WaitStatus) {
    // What is read of the terminal comes as one character for each byte.
    let bytes = terminal.exp_eof().unwrap().chars().map(|byte| byte as u8).collect();
    (String::from_utf8(bytes).unwrap(), terminal.process().wait().unwrap())
}

#[track_caller]
fn succeeds(terminal: PtySession) -> String {
    let (text, status) = end(terminal);
    assert!(matches!(status, WaitStatus::Exited(_, 0)), "{status:?}: {text}");
    text
}

#[test]
fn a_passphrase_is_asked_without_echo() {
    let home = Home::empty();
    let init = ["init", "-passphrase", "-memory-kib=19456", "-passes=1"];
    let mut asked = terminal(&home, &init);
    asked.exp_string("New passphrase: ").unwrap();
    asked.send_line("correct horse").unwrap();
    let between = asked.exp_string("Once more: ").unwrap();
    asked.send_line("correct house").unwrap();
    let (after, status) = end(asked);
    assert!(matches!(status, WaitStatus::Exited(_, 1)) && after.contains("differ"), "{after}");
    assert!(!(between + &after).contains("correct"));
    assert!(!home.location().exists());

    let mut asked = terminal(&home, &init);
    for question in ["New passphrase: ", "Once more: "] {
        asked.exp_string(question).unwrap();
        asked.send_line("correct horse").unwrap();
    }
    assert!(!succeeds(asked).contains("correct"));
    assert!(!home.key_file().exists(), "no key file is made");

    let mut asked = terminal(&home, &["mount", "totp"]);
    asked.exp_string(&format!("Passphrase of {}: ", home.location().display())).unwrap();
    asked.send_line("correct horse").unwrap();
    let text = succeeds(asked);
    assert!(text.contains("Successfully mounted") && !text.contains("correct"), "{text}");

    let mut asked = terminal(&home, &["mounts"]);
    asked.exp_string("Passphrase of ").unwrap();
    asked.send_line("battery staple").unwrap();
    let (text, status) = end(asked);
    assert!(matches!(status, WaitStatus::Exited(_, 1)) && !text.contains("battery"), "{text}");
}

#[test]
fn ctrl_c_at_a_question_leaves_a_terminal_that_echoes() {
    let home = Home::empty();
    let shell = format!("stty echo; {} init -passphrase; stty -a", env!("CARGO_BIN_EXE_otpkeep"));
    let mut command = Command::new("/bin/sh");
    command.env_clear().env("HOME", home.path("")).env("PATH", "/usr/bin:/bin");
    command.args(["-c", &format!("trap : INT; {shell}")]);
    let mut asked = spawn_command(command, PATIENCE).unwrap();
    asked.exp_string("New passphrase: ").unwrap();
    asked.send_control('c').unwrap();
    let (text, _) = end(asked);
    assert!(text.contains(" echo "), "{text}");
    assert!(!home.location().exists());
}

#[test]
fn a_second_keep_with_a_passphrase_is_asked_for_beside_the_usual_key_file() {
    let home = Home::new();
    home.write("passphrase", "correct horse");
    home.done(["init", "-location=b.keep", "-passphrase-file=passphrase", "-memory-kib=19456", "-passes=1"]);
    let mut asked = terminal(&home, &["status", "-location=b.keep", "-field=mounts"]);
    asked.exp_string("Passphrase of b.keep: ").unwrap();
    asked.send_line("correct horse").unwrap();
    assert_eq!(succeeds(asked).trim(), "0");
}

#[test]
fn a_generated_key_is_drawn_as_a_barcode() {
    let home = Home::new();
    let generate = ["write", "totp/keys/alice", "generate=true", "issuer=Acme", "account_name=alice"];
    let text = succeeds(terminal(&home, &generate));
    let url = text.split_whitespace().find(|word| word.starts_with("otpauth://")).unwrap();
    let barcode = Barcode::of(&SecretText::copy_of(url)).unwrap();
    assert!(text.contains(&barcode.terminal().expose().replace('\n', "\r\n")), "{text}");

    let plain = succeeds(terminal(&home, &[&["write", "-field=url"], &generate[1..]].concat()));
    assert!(plain.starts_with("otpauth://") && !plain.contains('█'), "one field alone: {plain}");
    assert!(!home.done(generate).contains('█'), "nothing is drawn into a pipe");
    let narrow = succeeds(terminal_of(40, &home, &generate));
    assert!(narrow.contains("otpauth://") && narrow.contains("too narrow") && !narrow.contains('█'), "{narrow}");
}

#[test]
fn how_long_a_code_lasts_is_said() {
    let home = Home::with_test_key();
    let text = succeeds(terminal(&home, &["read", "totp/code/test"]));
    assert!(text.contains("Key") && text.contains("The code lasts ") && text.contains(" more seconds."), "{text}");
    let outcome = home.run(["read", "totp/code/test"]);
    assert_eq!(outcome.stderr, "", "nobody looks");
}

#[test]
fn ctrl_c_during_a_rewrap_leaves_the_keep_whole() {
    const KEYS: usize = 20_000;
    let home = Home::in_memory();
    home.done(["init"]);
    home.done(["mount", "totp"]);
    let keep = home.keep();
    let name = |number: usize| format!("key-{number}");
    for number in 0..KEYS {
        let spec = KeySpec { secret: Some(SecretText::copy_of(SECRET)), ..KeySpec::default() };
        keep.write_key(&name(number), &spec).unwrap();
    }
    // A fast machine may be done before the key is pressed: then it is done once more.
    let interrupted = (0..20).any(|_| {
        home.done(["rotate"]);
        let mut rewrap = terminal(&home, &["rewrap"]);
        rewrap.exp_regex(r"\d+/20000 keys").unwrap();
        rewrap.send_control('c').unwrap();
        let (text, status) = end(rewrap);
        match status {
            WaitStatus::Signaled(_, Signal::SIGINT, _) => true,
            WaitStatus::Exited(_, 0) => false,
            _ => panic!("{status:?}: {text}"),
        }
    });
    assert!(interrupted, "twenty times it was done before it could be interrupted");

    assert_eq!(home.done(["status", "-field=terms"]), "2", "it was interrupted");
    assert_eq!(home.done(["status", "-field=keys"]), KEYS.to_string());
    let code = keep.read_code(&name(0)).unwrap();
    for number in 0..KEYS {
        keep.read_code_at(&name(number), code.generated_at)
            .map(|found| assert_eq!(found.value(), code.value()))
            .unwrap();
    }

    let text = succeeds(terminal(&home, &["backup", "copy.keep"]));
    assert!(text.contains("Backing up [") && text.contains("20000/20000 keys"), "{text}");
    let text = succeeds(terminal(&home, &["rewrap"]));
    assert!(text.contains("Rewrapping [") && text.contains("20000/20000 keys, 100 %"), "{text}");
    assert_eq!(home.done(["status", "-field=terms"]), "1");
    assert_eq!(keep.read_code_at(&name(KEYS - 1), code.generated_at).unwrap().value(), code.value());
}

#[test]
fn a_value_is_asked_without_echo() {
    let home = Home::new();
    let mut asked = terminal(&home, &["write", "totp/keys/test", "url=-", "skew=-"]);
    asked.exp_string("url: ").unwrap();
    asked.send_line(URL).unwrap();
    asked.exp_string("skew: ").unwrap();
    asked.send_line("0").unwrap();
    let text = succeeds(asked);
    assert!(text.contains("Success! Data written to: totp/keys/test") && !text.contains("otpauth"), "{text}");
    assert_eq!(home.done(["read", "-field=skew", "totp/keys/test"]), "0");
}
