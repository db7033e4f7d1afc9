//! Slots that someone without a root key exchanges, removes or puts back: each opens the keep in its own place, for its
//! own root key, or not at all.

use std::path::Path;

use otpkeep::{Keep, Kind, OpenOptions, PassphraseCost};
use sha2::{Digest, Sha256};

use crate::flips::forget;
use crate::questions::{Answers, Original, all_names};
use crate::sql::{edit, run, swap};
use crate::support::clocked_options;

/// The least that a passphrase may cost.
const CHEAP: PassphraseCost = PassphraseCost { memory_kib: 19_456, passes: 1 };

/// A keep with four slots and the root keys that open them, in their order: two raw, two passphrases.
struct Slotted {
    original: Original,
    root_keys: [OpenOptions; 4],
    answers: Answers,
}

impl Slotted {
    fn new() -> Slotted {
        let original = Original::in_memory();
        let root_keys = [raw(7), raw(8), passphrase("correct horse"), passphrase("battery staple")];
        let keep = Keep::open(original.folder.keep(), &root_keys[0]).unwrap();
        for (index, root_key) in root_keys.iter().enumerate().skip(1) {
            assert_eq!(keep.add_slot(root_key).unwrap(), index as u64 + 1);
        }
        drop(keep);
        let mut slotted = Slotted { original, root_keys, answers: Answers::new() };
        slotted.answers = slotted.ask(&slotted.original.copy("untouched"), &slotted.root_keys[0]);
        slotted
    }

    /// All answers but the status, which tells of the slots as they are.
    fn ask(&self, path: &Path, root_key: &OpenOptions) -> Answers {
        let mut answers = self.original.ask_opened_with(root_key, path, &all_names(), &all_names());
        answers.remove("status");
        answers
    }

    /// Alters a copy, and tries each root key: those of some slots are refused so, the others open the keep and are told
    /// what they always were.
    fn expect(&self, what: &str, alter: impl Fn(&Path), refused: &[(u64, Kind)]) {
        for (root_key, slot) in self.root_keys.iter().zip(1..) {
            let path = self.original.copy("altered");
            alter(&path);
            let answers = self.ask(&path, root_key);
            let expected = match refused.iter().find(|(refused, _)| *refused == slot) {
                Some((_, kind)) => Answers::from([("open".into(), Err(*kind))]),
                None => self.answers.clone(),
            };
            assert_eq!(answers, expected, "{what}, opened by the root key of slot {slot}");
            forget(&path);
        }
    }
}

fn raw(byte: u8) -> OpenOptions {
    let mut options = without_root_key();
    options.set_root_key(&[byte; 32]).unwrap();
    options
}

fn passphrase(text: &str) -> OpenOptions {
    let mut options = without_root_key();
    options.set_passphrase(text.as_bytes()).unwrap().set_passphrase_cost(CHEAP).unwrap();
    options
}

fn without_root_key() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.set_clock(clocked_options().0);
    options
}

fn swap_slots(path: &Path, one: u64, other: u64) {
    swap(path, "slots", &["slot"], &format!("id = {one}"), &format!("id = {other}"));
}

/// Gives all slots the checksum of their place, which takes no key: see `docs/keep-format.md`.
fn make_checksums_fit(path: &Path) {
    fn with_length(bytes: &[u8]) -> Vec<u8> {
        [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
    }
    edit(path, |connection| {
        let keep_id: Vec<u8> = connection.query_row("SELECT keep_id FROM keep", (), |row| row.get(0)).unwrap();
        for id in 1..=4_i64 {
            let slot: Vec<u8> =
                connection.query_row("SELECT slot FROM slots WHERE id = ?1", [id], |row| row.get(0)).unwrap();
            let (fields, _) = slot.split_last_chunk::<16>().unwrap();
            let kind = with_length(b"otpkeep/slot-checksum");
            let message = [kind, with_length(&keep_id), id.to_be_bytes().to_vec(), with_length(fields)].concat();
            let fitting = [fields, &Sha256::digest(message)[..16]].concat();
            connection.execute("UPDATE slots SET slot = ?1 WHERE id = ?2", (fitting, id)).unwrap();
        }
    });
}

#[test]
fn slots_in_each_others_place_open_nothing() {
    let slotted = Slotted::new();
    slotted.expect("checksums made to fit", make_checksums_fit, &[]);
    for (one, other) in [(1, 2), (3, 4), (1, 3)] {
        let both = |kind| [(one, kind), (other, kind)];
        let swapped = format!("slots {one} and {other} are swapped");
        slotted.expect(&swapped, |path| swap_slots(path, one, other), &both(Kind::Corrupt));
        let forge = |path: &Path| {
            swap_slots(path, one, other);
            make_checksums_fit(path);
        };
        slotted.expect(&format!("{swapped}, checksums too"), forge, &both(Kind::WrongRootKey));
    }
}

#[test]
fn a_slot_in_another_place_opens_nothing() {
    let slotted = Slotted::new();
    let copied = "INSERT INTO slots SELECT 5, slot FROM slots WHERE id = 2";
    slotted.expect(copied, |path| run(path, copied), &[]);
    let copied_before = "INSERT INTO slots SELECT 0, slot FROM slots WHERE id = 2";
    slotted.expect(copied_before, |path| run(path, copied_before), &[]);
    let moved = "UPDATE slots SET id = 5 WHERE id = 2";
    slotted.expect(moved, |path| run(path, moved), &[(2, Kind::Corrupt)]);
}

#[test]
fn a_deleted_slot_shuts_out_its_root_key_alone() {
    let slotted = Slotted::new();
    for deleted in [&[1][..], &[2], &[3], &[4], &[1, 2], &[3, 4], &[1, 3, 4]] {
        let list = deleted.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let sql = format!("DELETE FROM slots WHERE id IN ({list})");
        let refused: Vec<_> = deleted.iter().map(|slot| (*slot, Kind::WrongRootKey)).collect();
        slotted.expect(&sql, |path| run(path, &sql), &refused);
    }
}

/// That is an older state of the keep, which cannot be told from inside.
#[test]
fn a_removed_slot_that_is_put_back_opens_the_keep_as_it_did() {
    let slotted = Slotted::new();
    let remove = |path: &Path| {
        let keep = Keep::open(path, &slotted.root_keys[0]).unwrap();
        keep.remove_slot(2).unwrap();
        keep.remove_slot(3).unwrap();
    };
    slotted.expect("removed", remove, &[(2, Kind::WrongRootKey), (3, Kind::WrongRootKey)]);
    let earlier = slotted.original.copy("earlier");
    let attach = format!("ATTACH '{}' AS earlier;", earlier.display());
    let put_back = |path: &Path| {
        remove(path);
        run(path, &format!("{attach} INSERT INTO slots SELECT * FROM earlier.slots WHERE id IN (2, 3)"));
    };
    slotted.expect("put back", put_back, &[]);
}
