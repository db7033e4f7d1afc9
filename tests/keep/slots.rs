//! Several root keys open one keep, and its data keys can be changed beneath those who have it open.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use otpkeep::{Keep, KeySpec, Kind, OpenOptions, PassphraseCost, SlotKind};
use rusqlite::Connection;

use crate::support::{Folder, OTHER_SECRET, SECRET, failure, key, options, time};

/// The least that a passphrase may cost.
const CHEAP: PassphraseCost = PassphraseCost { memory_kib: 19_456, passes: 1 };

fn passphrase(text: &str) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.set_passphrase(text.as_bytes()).unwrap().set_passphrase_cost(CHEAP).unwrap();
    options
}

fn raw(byte: u8) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.set_root_key(&[byte; 32]).unwrap();
    options
}

#[test]
fn a_passphrase_makes_and_opens_a_keep_byte_for_byte() {
    let folder = Folder::new();
    let mut making = passphrase("correct horse");
    making.set_create(true);
    Keep::open(folder.keep(), &making).unwrap().write_key("alice", &key(SECRET)).unwrap();
    // The cost lies in the slot: whoever opens it need not know.
    let mut opening = OpenOptions::new();
    opening.set_passphrase(b"correct horse").unwrap();
    assert!(Keep::open(folder.keep(), &opening).unwrap().read_code("alice").is_ok());
    for wrong in ["correct hors", "correct horse ", "Correct horse", "correct horse\0"] {
        assert_eq!(failure(Keep::open(folder.keep(), &passphrase(wrong))).kind(), Kind::WrongRootKey, "{wrong:?}");
    }
    assert_eq!(failure(Keep::open(folder.keep(), &raw(7))).kind(), Kind::WrongRootKey);
    for cost in [(19_455, 1), (1_048_577, 1), (19_456, 0), (19_456, 11)] {
        let cost = PassphraseCost { memory_kib: cost.0, passes: cost.1 };
        assert_eq!(failure(OpenOptions::new().set_passphrase_cost(cost)).kind(), Kind::InvalidArgument);
    }
}

#[test]
fn every_slot_opens_the_keep_until_it_is_removed() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    let second = keep.add_slot(&raw(8)).unwrap();
    let third = keep.add_slot(&passphrase("correct horse")).unwrap();
    let slots: Vec<_> = keep.status().unwrap().slots.into_iter().map(|slot| (slot.id, slot.kind.unwrap())).collect();
    assert_eq!(slots, [(1, SlotKind::Raw), (second, SlotKind::Raw), (third, SlotKind::Passphrase)]);
    for options in [raw(7), raw(8), passphrase("correct horse")] {
        assert!(Keep::open(folder.keep(), &options).unwrap().read_code("alice").is_ok());
    }
    keep.remove_slot(1).unwrap();
    assert_eq!(failure(Keep::open(folder.keep(), &raw(7))).kind(), Kind::WrongRootKey);
    assert!(keep.read_code("alice").is_ok(), "a handle that is open stays so");
    keep.remove_slot(second).unwrap();
    assert_eq!(failure(keep.remove_slot(second)).kind(), Kind::InvalidArgument);
    assert_eq!(failure(keep.remove_slot(third)).kind(), Kind::InvalidArgument, "the last one stays");
    drop(keep);
    let keep = Keep::open(folder.keep(), &passphrase("correct horse")).unwrap();
    assert!(keep.read_code("alice").is_ok());
    for _ in 0..7 {
        keep.add_slot(&raw(9)).unwrap();
    }
    assert_eq!(failure(keep.add_slot(&raw(9))).kind(), Kind::InvalidArgument, "eight slots are the most");
    assert_eq!(failure(keep.add_slot(&OpenOptions::new())).kind(), Kind::InvalidArgument);
}

#[test]
fn a_damaged_slot_does_not_shut_out_the_others() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    keep.add_slot(&raw(8)).unwrap();
    drop(keep);
    let connection = Connection::open(folder.keep()).unwrap();
    connection.execute("UPDATE slots SET slot = zeroblob(200) WHERE id = 1", ()).unwrap();
    drop(connection);
    assert_eq!(failure(Keep::open(folder.keep(), &raw(7))).kind(), Kind::Corrupt);
    let keep = Keep::open(folder.keep(), &raw(8)).unwrap();
    assert_eq!(keep.status().unwrap().slots[0].kind, None);
    keep.remove_slot(1).unwrap();
    assert_eq!(failure(Keep::open(folder.keep(), &raw(7))).kind(), Kind::WrongRootKey);
}

#[test]
fn handles_opened_before_a_rotation_read_and_write_after_it() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    let code = keep.read_code_at("alice", time(0)).unwrap();
    let opened_before: Vec<_> = (0..3).map(|_| Keep::open(folder.keep(), &options()).unwrap()).collect();
    assert_eq!(keep.rotate().unwrap(), 2);
    assert_eq!((keep.status().unwrap().current_term, keep.status().unwrap().terms), (2, 2));
    keep.write_key("bob", &key(SECRET)).unwrap();
    assert_eq!(opened_before[0].read_code_at("bob", time(0)).unwrap().value(), code.value());
    // The key and the mount are sealed anew; what was written since needs it not.
    assert_eq!(keep.rewrap().unwrap(), 2);
    assert_eq!((keep.status().unwrap().current_term, keep.status().unwrap().terms), (2, 1));
    assert_eq!(keep.rewrap().unwrap(), 0);

    assert_eq!(opened_before[1].read_code_at("alice", time(0)).unwrap().value(), code.value());
    // A write under the pruned term would be lost; it must go under the new one.
    opened_before[2].write_key("carol", &key(OTHER_SECRET)).unwrap();
    opened_before[2].write_key("alice", &KeySpec { overwrite: true, ..key(SECRET) }).unwrap();
    drop((keep, opened_before));
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    for name in ["alice", "bob", "carol"] {
        assert!(keep.read_code(name).is_ok(), "{name}");
    }
    assert_eq!(keep.rewrap().unwrap(), 0);
}

#[test]
fn a_full_keyring_is_an_error_until_it_is_pruned() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    keep.write_key("alice", &key(SECRET)).unwrap();
    for term in 2..=64 {
        assert_eq!(keep.rotate().unwrap(), term);
    }
    assert_eq!(failure(keep.rotate()).kind(), Kind::InvalidArgument);
    assert_eq!(keep.rewrap().unwrap(), 2);
    assert_eq!(keep.rotate().unwrap(), 65);
    assert!(keep.read_code("alice").is_ok());
}

#[test]
fn long_work_tells_how_far_it_is() {
    const KEYS: u64 = 1_100;
    let folder = Folder::in_memory();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    for number in 0..KEYS {
        keep.write_key(&format!("key-{number}"), &key(SECRET)).unwrap();
    }
    keep.rotate().unwrap();
    let mut told = Vec::new();
    assert!(keep.rewrap_with(&mut |done, total| told.push((done, total))).unwrap() >= KEYS);
    assert_eq!(told, [(0, KEYS), (500, KEYS), (1_000, KEYS), (KEYS, KEYS)]);
    told.clear();
    keep.backup_with(folder.file("backup"), &mut |done, total| told.push((done, total))).unwrap();
    assert_eq!(told, [(0, KEYS), (500, KEYS), (1_000, KEYS), (KEYS, KEYS)]);
}

#[test]
fn nobody_notices_while_others_rotate_and_rewrap() {
    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    let other = Keep::open(folder.keep(), &options()).unwrap();
    for name in NAMES {
        keep.write_key(name, &key(SECRET)).unwrap();
    }
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let work: Vec<_> = [&keep, &keep, &other, &other]
            .into_iter()
            .zip(NAMES)
            .map(|(keep, name)| {
                let done = &done;
                scope.spawn(move || -> otpkeep::Result<u64> {
                    let mut rounds = 0;
                    while !done.load(Ordering::Relaxed) {
                        let code = keep.read_code(name)?;
                        let _ = keep.validate_code(name, code.value())?;
                        keep.read_key(name)?;
                        if rounds % 16 == 0 {
                            keep.write_key(name, &KeySpec { overwrite: true, ..key(SECRET) })?;
                        }
                        rounds += 1;
                    }
                    Ok(rounds)
                })
            })
            .collect();
        for _ in 0..100 {
            keep.rotate().unwrap();
            keep.rewrap().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        for worker in work {
            assert!(worker.join().unwrap().unwrap() > 0);
        }
    });
}

#[test]
fn the_last_sound_slot_cannot_be_removed() {
    let folder = Folder::new();
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    let second = keep.add_slot(&raw(8)).unwrap();
    drop(keep);
    let connection = Connection::open(folder.keep()).unwrap();
    connection.execute("UPDATE slots SET slot = zeroblob(200) WHERE id = ?1", [second as i64]).unwrap();
    drop(connection);
    let keep = Keep::open(folder.keep(), &options()).unwrap();
    assert_eq!(failure(keep.remove_slot(1)).argument_name(), Some("slot"));
    keep.remove_slot(second).unwrap();
    drop(keep);
    assert!(Keep::open(folder.keep(), &options()).is_ok());
}

#[test]
fn a_value_larger_than_any_that_is_written_is_not_read() {
    for sql in ["UPDATE slots SET slot = zeroblob(70000)", "UPDATE records SET sealed = zeroblob(900000000)"] {
        let folder = Folder::new();
        Keep::open(folder.keep(), &options()).unwrap().write_key("alice", &key(SECRET)).unwrap();
        let connection = Connection::open(folder.keep()).unwrap();
        connection.execute(sql, ()).unwrap();
        drop(connection);
        let error = Keep::open(folder.keep(), &options()).and_then(|keep| keep.read_code("alice").map(drop));
        assert_eq!(failure(error).kind(), Kind::Corrupt, "{sql}");
    }
}
