//! The guide and the help of the paths cannot lie: their examples run, and print what is said.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Home, SECRET, URL};

/// The commands of the console blocks, each with what is shown to come of it.
fn examples(guide: &str) -> Vec<(String, Vec<String>)> {
    let mut examples: Vec<(String, Vec<String>)> = Vec::new();
    for block in guide.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                examples.push((command.into(), Vec::new()));
            } else if let Some(more) = line.strip_prefix("> ") {
                let (command, _) = examples.last_mut().unwrap();
                command.push('\n');
                command.push_str(more);
            } else {
                examples.last_mut().unwrap().1.push(line.into());
            }
        }
    }
    examples
}

#[test]
fn every_example_of_the_guide_runs() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/command.md");
    let home = Home::empty();
    let folder = Path::new(env!("CARGO_BIN_EXE_otpkeep")).parent().unwrap();
    let mut count = 0;
    for (command, shown) in examples(&fs::read_to_string(guide).unwrap()) {
        let mut shell = Command::new("/bin/sh");
        shell.env_clear().env("HOME", home.path("")).current_dir(home.path("")).args(["-c", &command]);
        let output = shell.env("PATH", format!("{}:/usr/bin:/bin", folder.display())).output().unwrap();
        let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{command}: {stderr}");
        // What changes from run to run has digits in it.
        for line in
            shown.iter().filter(|line| line.starts_with("Success") || !line.contains(|c: char| c.is_ascii_digit()))
        {
            assert!(stdout.lines().any(|printed| printed == line), "{line:?} is not what {command:?} prints: {stdout}");
        }
        count += 1;
    }
    assert!(count >= 30, "{count} examples");
}

/// The examples of the paths' reference, which are those of their help.
fn examples_of_paths() -> Vec<String> {
    let reference = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/paths.md")).unwrap();
    reference.lines().filter(|line| line.starts_with("otpkeep ")).map(str::to_owned).collect()
}

#[test]
fn every_example_of_the_paths_runs() {
    let examples = examples_of_paths();
    assert!(examples.len() >= 30, "{examples:?}");
    for example in examples {
        let home = Home::with_test_key();
        for name in ["alice", "wiki"] {
            home.done(["write", &format!("totp/keys/{name}"), &format!("key={SECRET}")]);
        }
        if !example.contains(" sys/mounts/team-a/otp type=") {
            home.done(["mount", "-path=team-a/otp", "totp"]);
        }
        home.write("github.url", URL);
        home.write("verifier.hcl", "path \"totp/code/*\" { capabilities = [\"update\"] }");
        for policy in ["verifier", "reader"] {
            home.done(["policy", "write", policy, "verifier.hcl"]);
        }
        let made = home.json(["token", "create", "-format=json", "-policy=root", "-ttl=1h"]);
        let of_token = |name: &str| made["auth"][name].as_str().unwrap();
        let input = match example.split(' ').find_map(|word| word.strip_suffix("=-")) {
            Some("url") => URL.to_owned(),
            Some("key") => SECRET.to_owned(),
            Some("code") => home.done(["read", "-field=code", "totp/code/alice"]),
            Some("input") => SECRET.to_owned(),
            Some("token") => of_token("client_token").to_owned(),
            other => other.map(|name| panic!("{example}: what is {name}?")).unwrap_or_default(),
        };
        let example = example.replace("oac_...", of_token("accessor"));
        let token = [("OTPKEEP_TOKEN", of_token("client_token"))];
        let mut command = home.command(example.split(' ').skip(1));
        let outcome = crate::support::run(command.envs(token), &input);
        match example.contains("after=alice limit") {
            true => assert!(matches!(outcome.code, Some(0 | 2)), "{example}: {outcome:?}"),
            false => assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{example}"),
        }
    }
}
