//! Whether the write-ahead log that a crash left was damaged since.
//!
//! SQLite reads a log up to the first frame that is not whole: that is how it drops what a power cut left half written.
//! A damaged frame ends it in the same way, and every commit behind it would be gone without a word. The two can be told
//! apart: under `synchronous=FULL` a commit is on the disk before the next one writes its first frame, so a power cut
//! tears the last commit alone. A frame that goes on where a commit at or after the broken frame ended proves that there
//! was a later one.
//!
//! Each frame holds the sum of all before it, so whether one goes on from another shows from those two, whatever
//! became of the rest. What an undone transaction or an earlier power cut left beyond the end goes on from nothing that
//! was committed. The last commit itself cannot be told from a torn one.
//!
//! The layout is that of SQLite's "WAL-mode File Format".

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;
use std::time::Instant;

use super::failure::Failure;
use super::files::beside;
use super::side_lock::SideLock;
use crate::error::{Error, Result};

/// A sum of everything up to some place.
type Sum = [u32; 2];

/// Bytes of a page, unless the log's header says otherwise.
const PAGE_BYTES: usize = 4096;
/// The first number of a log whose sums take numbers as little-endian; one more stands for big-endian.
const LITTLE_ENDIAN: u32 = 0x377f_0682;

/// Checks the log beside the keep at `path`, before anyone in this process opens it.
///
/// # Errors
/// `corrupt` when commits behind a damaged frame would be passed over; `busy` when others hold the lock until the
/// deadline, and those of taking it: a log that looks damaged is never believed.
pub(super) fn check(path: &Path, deadline: Instant) -> Result<()> {
    let log = beside(path, "-wal");
    let damaged = || is_damaged(&log).map_err(Failure::io("reading the write-ahead log"));
    if !damaged()? {
        return Ok(());
    }
    // It is at rest only under the lock: what looked damaged may have been in the middle of being written.
    let lock = SideLock::new(beside(path, ".lock"));
    let _held = lock.acquire(deadline)?;
    if damaged()? {
        return Err(Error::corrupt(
            "the write-ahead log (the file ending in -wal) is damaged, and the commits behind the damage would be lost",
        ));
    }
    Ok(())
}

fn is_damaged(log: &Path) -> io::Result<bool> {
    let mut file = match File::open(log) {
        Ok(file) => BufReader::with_capacity(1 << 16, file),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut header = [0; 32];
    // A header of zeros was never written: the file had grown when the power failed.
    if !fill(&mut file, &mut header)? || header == [0; 32] {
        return Ok(false);
    }
    let summed = header.split_at(24).0;
    let [magic, _, page_bytes, _, salt_1, salt_2, sum_1, sum_2] = numbers(&header);
    let is_whole = |big| sum(big, [0; 2], summed) == [sum_1, sum_2];
    // A header is written in one sector, which disks write whole: a broken one is damaged, if frames go on from it.
    let whole = (magic | 1 == LITTLE_ENDIAN | 1) && is_whole(magic != LITTLE_ENDIAN);
    let big = if whole { magic != LITTLE_ENDIAN } else { cfg!(target_endian = "big") };
    let is_size = page_bytes.is_power_of_two() && (512..=65_536).contains(&page_bytes);
    let mut frame = vec![0; 24 + if is_size { page_bytes as usize } else { PAGE_BYTES }];

    // What the next frame may go on from: the sum as it is stored, and as it should be.
    let mut ends = [[sum_1, sum_2], sum(big, [0; 2], summed)];
    let (mut broken, mut committed) = (!whole, !whole);
    while fill(&mut file, &mut frame)? {
        let (head, page) = frame.split_at(24);
        let (summed, _) = head.split_at(8);
        let [_, size, frame_salt_1, frame_salt_2, stored_1, stored_2] = numbers(head);
        let ours = [frame_salt_1, frame_salt_2] == [salt_1, salt_2];
        let stored = [stored_1, stored_2];
        let after = ends.map(|end| sum(big, sum(big, end, summed), page));
        let goes_on = ours && after.contains(&stored);
        if goes_on && broken && committed {
            return Ok(true);
        }
        ends = if goes_on || broken { [stored; 2] } else { [stored, after[0]] };
        committed = size != 0 && (ours || !broken);
        broken |= !goes_on;
    }
    Ok(false)
}

/// Fills a buffer; false when the file ends before.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

/// The first numbers of some bytes, big-endian.
fn numbers<const N: usize>(bytes: &[u8]) -> [u32; N] {
    let mut words = bytes.as_chunks::<4>().0.iter();
    [0; N].map(|_: u32| words.next().map_or(0, |word| u32::from_be_bytes(*word)))
}

/// SQLite's sum, going on from another.
fn sum(big_endian: bool, [mut first, mut second]: Sum, bytes: &[u8]) -> Sum {
    let number = if big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
    for [a, b, c, d, e, f, g, h] in bytes.as_chunks::<8>().0 {
        first = first.wrapping_add(number([*a, *b, *c, *d])).wrapping_add(second);
        second = second.wrapping_add(number([*e, *f, *g, *h])).wrapping_add(first);
    }
    [first, second]
}
