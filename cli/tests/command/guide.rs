//! The guide cannot lie: its examples run, one after the other, and print what it says.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Home;

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
