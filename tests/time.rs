//! Clocks that jump, and times at the ends of what numbers hold.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::path::PathBuf;
use std::sync::Arc;

use otpkeep::access::TokenSpec;
use otpkeep::{Keep, Kind, ManualClock, OpenOptions};
use serde_json::Value;
use support::{Folder, SECRET, START, clocked_options, code, failure, key, time, wrong_code};

/// A keep with the key `alice`, and its clock.
struct Scene {
    folder: Folder,
    clock: Arc<ManualClock>,
    options: OpenOptions,
    location: PathBuf,
    keep: Keep,
}

impl Scene {
    fn new() -> Scene {
        let folder = Folder::new();
        let (clock, options) = clocked_options();
        let location = folder.keep();
        let keep = Keep::open(&location, &options).unwrap();
        keep.write_key("alice", &key(SECRET)).unwrap();
        Scene { folder, clock, options, location, keep }
    }

    /// Sets the clock, and does the one thing that a step says.
    fn perform(&mut self, step: &Value, what: &str) {
        let at = step["at"].as_i64().unwrap();
        self.clock.set(time(at));
        let text = match (&step["do"], &step["code_of"]) {
            (Value::String(word), _) => return self.perform_word(word),
            (_, Value::Number(code_of)) => code(&self.keep, "alice", code_of.as_i64().unwrap()),
            _ => wrong_code(&self.keep, "alice", at),
        };
        let times = step["times"].as_u64().unwrap_or(1);
        let verdicts: Vec<_> = (0..times).map(|_| self.keep.validate_code("alice", &text).unwrap()).collect();
        let found = verdicts.last().unwrap();
        let expected = (step["expect"].as_str().unwrap(), step["retry_after"].as_u64(), step["offset"].as_i64());
        let expected = (expected.0, expected.1.unwrap_or(0), expected.2.unwrap_or(0));
        assert_eq!((found.outcome.name(), found.retry_after, i64::from(found.offset)), expected, "{what}");
    }

    fn perform_word(&mut self, word: &str) {
        match word {
            "reset" => self.keep.reset_attempts("alice").unwrap(),
            "backup" => self.keep.backup(self.folder.file("backup")).unwrap(),
            "restore" => {
                self.location = self.folder.file("restored");
                otpkeep::restore(self.folder.file("backup"), &self.location, &self.options).unwrap();
                self.keep = Keep::open(&self.location, &self.options).unwrap();
            }
            "reopen" => self.keep = Keep::open(&self.location, &self.options).unwrap(),
            other => panic!("no step does `{other}`"),
        }
    }
}

#[test]
fn a_clock_that_jumps_lets_no_code_in_twice_and_says_how_long_it_shuts_out() {
    let scenarios: Vec<Value> = serde_json::from_str(include_str!("vectors/time.json")).unwrap();
    for scenario in scenarios {
        let mut scene = Scene::new();
        for (number, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
            scene.perform(step, &format!("{} Step {number}.", scenario["about"]));
        }
    }
}

#[test]
fn a_token_ends_when_the_clock_jumps_past_its_end() {
    const YEAR: i64 = 365 * 86_400;
    let scene = Scene::new();
    let spec = TokenSpec { policies: Some(vec!["root".into()]), ttl: Some(60), ..TokenSpec::default() };
    let token = scene.keep.create_token(&spec).unwrap().secret;
    let ask = |at| {
        scene.clock.set(time(at));
        scene.keep.with_token(token.expose()).and_then(|keep| keep.read_key("alice"))
    };
    // A clock that goes back makes no token end early.
    for at in [START, START + 59, START - YEAR, 0] {
        assert!(ask(at).is_ok(), "{at}");
    }
    for at in [START + 60, START + 3_600, START + YEAR, u32::MAX.into(), 253_402_300_799, i64::MAX] {
        assert_eq!(failure(ask(at)).kind(), Kind::BadToken, "{at}");
    }
}
