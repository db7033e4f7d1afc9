//! The power is cut at random moments under load.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use otpkeep::Keep;

use crate::disk::Disk;
use crate::losses::Acknowledged;
use crate::support::{Folder, SECRET, key, size};
use crate::writer::{VALIDATED, Writer, at_any_time};

/// Whether this build commits without syncing, which must be seen to lose what it acknowledged.
const UNSAFE: bool = cfg!(otpkeep_unsafe_sync_normal);
const CUTS_PER_DISK: usize = 5;

#[test]
fn nothing_acknowledged_is_lost_in_a_power_cut() {
    let (mut cuts, mut lossy, mut codes, mut keys) = (0, 0, 0, 0);
    for _ in 0..size(1, 12) {
        let folder = Folder::in_memory();
        let disk = Disk::make(&folder.file("disk"), 512);
        let acknowledged = folder.file("acknowledged");
        std::fs::write(&acknowledged, "").unwrap();
        let location = disk.folder().join("auth.keep");
        let keep = Keep::open(&location, &at_any_time()).unwrap();
        VALIDATED.iter().for_each(|name| drop(keep.write_key(name, &key(SECRET)).unwrap()));
        drop(keep);
        let mut writer = Writer::start(&location, &acknowledged);
        for _ in 0..CUTS_PER_DISK {
            // A random moment is no condition that could be waited for.
            let milliseconds = RandomState::new().hash_one(cuts) % size(400, 1500);
            std::thread::sleep(Duration::from_millis(milliseconds));
            writer.assert_alive();
            writer.stop();
            // In this order: what is acknowledged when it is read was done before the power fails.
            let before = Acknowledged::read(whole_lines(&std::fs::read_to_string(&acknowledged).unwrap()));
            let after = disk.cut(&folder.file("cut"));
            writer.go_on();
            let lost = before.lost(&after.folder().join("auth.keep"));
            assert!(UNSAFE || lost.is_empty(), "{} lost: {lost:#?}", lost.len());
            cuts += 1;
            lossy += usize::from(!lost.is_empty());
            (codes, keys) = (codes + before.codes(), keys + before.keys());
        }
    }
    eprintln!("{cuts} power cuts, {lossy} with losses: {codes} acknowledged codes and {keys} keys were looked for");
    assert!(codes >= 20 * cuts && keys >= 5 * cuts, "the writer had too little to lose");
    assert_eq!(lossy > 0, UNSAFE, "a build that commits without syncing must be seen to lose something");
}

/// Without a last line that is still being written.
fn whole_lines(text: &str) -> &str {
    text.rfind('\n').map_or("", |end| &text[..=end])
}
