//! A keyring that someone puts back to an older state of itself, which is no damage: it opens what it could open then.

use std::path::{Path, PathBuf};

use otpkeep::{Keep, Kind};

use crate::questions::{Answers, Original, all_names, name, spec};
use crate::sql::run;
use crate::support::{START, clocked_options, code};

/// Keys that are written again after the rotation: one that was not used and one that is spent.
const REWRITTEN: [usize; 2] = [5, 6];

/// One keep in three states: as it was, rotated with some keys written again, and rewrapped.
struct History {
    original: Original,
    rotated: PathBuf,
    rewrapped: PathBuf,
    answers: Answers,
}

impl History {
    fn new() -> History {
        let original = Original::in_memory();
        let (_, options) = clocked_options();
        let rotated = original.copy("rotated");
        let keep = Keep::open(&rotated, &options).unwrap();
        assert_eq!(keep.rotate().unwrap(), 2);
        for index in REWRITTEN {
            keep.write_key(&name(index), &spec(index, true)).unwrap();
        }
        drop(keep);
        let rewrapped = copy(&original, &rotated, "rewrapped");
        Keep::open(&rewrapped, &options).unwrap().rewrap().unwrap();
        let mut history = History { original, rotated, rewrapped, answers: Answers::new() };
        history.answers = history.ask(&history.original.copy("untouched"));
        for path in [&history.rotated, &history.rewrapped] {
            let untouched = copy(&history.original, path, "untouched");
            let answers = history.ask(&untouched);
            assert_eq!(history.changed(answers), Answers::new(), "rotating and rewrapping change no answer");
        }
        history
    }

    /// All answers but the status, which tells of the terms that are there.
    fn ask(&self, path: &Path) -> Answers {
        let mut answers = self.original.ask(path, &all_names(), &all_names());
        answers.remove("status");
        answers
    }

    /// The answers that are not those of the keep as it was.
    fn changed(&self, mut answers: Answers) -> Answers {
        assert!(self.answers.keys().eq(answers.keys()), "other questions were asked: {:?}", answers.keys());
        answers.retain(|question, answer| self.answers.get(question) != Some(answer));
        answers
    }

    /// The answers of one state with the keyring of another.
    fn ask_mixed(&self, state: &Path, keyring: &Path) -> Answers {
        let path = copy(&self.original, state, "mixed");
        put_keyring(&path, keyring);
        self.ask(&path)
    }
}

fn copy(original: &Original, path: &Path, name: &str) -> PathBuf {
    let copy = original.folder.file(name);
    std::fs::copy(path, &copy).unwrap();
    copy
}

fn put_keyring(path: &Path, source: &Path) {
    let attach = format!("ATTACH '{}' AS source;", source.display());
    run(path, &(attach + "DELETE FROM keyring; INSERT INTO main.keyring SELECT * FROM source.keyring"));
}

/// What is asked of the rewritten keys and needs them opened, each answered with an error of this kind.
fn refused(kind: Kind) -> Answers {
    let questions = REWRITTEN.into_iter().flat_map(|index| ["code", "key", "validate"].map(|word| (word, name(index))));
    questions.map(|(word, name)| (format!("{word} {name}"), Err(kind))).collect()
}

#[test]
fn a_keyring_of_before_a_rotation_lacks_the_term_of_what_was_written_since() {
    let history = History::new();
    let answers = history.ask_mixed(&history.rotated, &history.original.folder.keep());
    assert_eq!(history.changed(answers), refused(Kind::UnknownTerm));
}

#[test]
fn a_keyring_of_before_a_rewrap_holds_all_terms_that_are_used() {
    let history = History::new();
    // So does a newer one under older records, as long as it was not pruned.
    for state in [&history.rewrapped, &history.original.folder.keep()] {
        let answers = history.ask_mixed(state, &history.rotated);
        assert_eq!(history.changed(answers), Answers::new());
    }
}

#[test]
fn a_keyring_without_the_term_of_the_mounts_answers_nothing() {
    let history = History::new();
    let original = history.original.folder.keep();
    for (state, keyring) in [(&history.rewrapped, &original), (&original, &history.rewrapped)] {
        let answers = history.ask_mixed(state, keyring);
        assert!(answers.len() > all_names().len(), "{answers:?}");
        for (question, answer) in answers {
            assert_eq!(answer, Err(Kind::UnknownTerm), "{question}");
        }
    }
}

/// When the keyring of before is put back, the next rotation makes another key under a number that was used already.
#[test]
fn two_keys_of_one_term_are_not_taken_for_each_other() {
    let history = History::new();
    let path = copy(&history.original, &history.rotated, "rotated-twice");
    let (_, options) = clocked_options();
    let right = |index: usize| {
        let keep = Keep::open(history.original.folder.keep(), &options).unwrap();
        Ok(code(&keep, &name(index), START))
    };
    let earlier = Keep::open(&path, &options).unwrap();
    let read = |index: usize| {
        let code = earlier.read_code(&name(index));
        code.map(|code| code.value().to_owned()).map_err(|error| error.kind())
    };
    assert_eq!(read(REWRITTEN[0]), right(REWRITTEN[0]));
    put_keyring(&path, &history.original.folder.keep());
    let later = Keep::open(&path, &options).unwrap();
    assert_eq!(later.rotate().unwrap(), 2);
    later.write_key(&name(10), &spec(10, true)).unwrap();

    // The earlier handle goes on with the first key of the term, until it meets the keyring that is stored.
    assert_eq!((read(REWRITTEN[0]), read(10)), (right(REWRITTEN[0]), Err(Kind::Corrupt)));
    earlier.write_key(&name(11), &spec(11, true)).unwrap();
    assert_eq!((read(REWRITTEN[0]), read(10), read(11)), (Err(Kind::Corrupt), right(10), right(11)));

    drop((earlier, later));
    assert_eq!(history.changed(history.ask(&path)), refused(Kind::Corrupt));
}
