//! Pages of their own for long-lived keys.

use std::io;
use std::ptr::{self, NonNull};
use std::slice;

use zeroize::Zeroize;

/// What the operating system granted for a [`LockedBytes`], as of its creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// The pages are not written to swap (`mlock`). False when `RLIMIT_MEMLOCK` is too small.
    pub locked: bool,
    /// The pages are left out of core dumps (`MADV_DONTDUMP`). Linux only.
    pub not_dumped: bool,
    /// The child of a fork finds zeros in their place (`MADV_WIPEONFORK`). Linux only.
    pub wiped_on_fork: bool,
}

/// A fixed number of bytes on pages of their own, between two guard pages, zeroed before they are given back.
///
/// The bytes end where the rear guard page begins, so that reading or writing past them ends the process at once.
/// In the child of a fork the bytes are all zero where [`Protection::wiped_on_fork`] says so: a key noted before the
/// fork must not be used there. There is no `Debug` and no `Clone`, so that keys are neither printed nor copied.
pub struct LockedBytes {
    /// The whole mapping: front guard page, body, rear guard page.
    mapping: NonNull<u8>,
    mapping_length: usize,
    /// The first of the caller's bytes, at the end of the body.
    start: NonNull<u8>,
    length: usize,
    protection: Protection,
}

impl LockedBytes {
    /// Maps `length` bytes, all zero. A length of 0 is allowed.
    ///
    /// # Errors
    /// The system's error when it has no address space or memory left, and [`io::ErrorKind::OutOfMemory`] for a length
    /// that no address space could hold. A refused protection is not an error, see [`LockedBytes::protection`].
    pub fn new(length: usize) -> io::Result<LockedBytes> {
        let page = page_size()?;
        let (body_length, mapping_length) = extents(length, page).ok_or(io::ErrorKind::OutOfMemory)?;
        // SAFETY: A new anonymous mapping at an address of the kernel's choice touches no existing memory.
        let address = unsafe {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
            libc::mmap(ptr::null_mut(), mapping_length, libc::PROT_NONE, flags, -1, 0)
        };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let mapping = NonNull::new(address.cast::<u8>()).ok_or(io::ErrorKind::OutOfMemory)?;
        // SAFETY: `page` and `page + body_length - length` both lie inside the `mapping_length` bytes just mapped.
        let (body, start) = unsafe { (mapping.add(page), mapping.add(page + body_length - length)) };
        // SAFETY: The body's pages belong to the new mapping, and nothing refers to them yet.
        if unsafe { libc::mprotect(body.as_ptr().cast(), body_length, libc::PROT_READ | libc::PROT_WRITE) } != 0 {
            let error = io::Error::last_os_error();
            // SAFETY: The mapping was made above and nothing refers to it.
            unsafe { libc::munmap(address, mapping_length) };
            return Err(error);
        }
        let protection = protect(body, body_length);
        Ok(LockedBytes { mapping, mapping_length, start, length, protection })
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        // SAFETY: `length` initialised bytes at `start` stay mapped and have no writer while `self` is borrowed.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    /// The bytes, to be written.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: `length` initialised bytes at `start` stay mapped and writable, and `self` is borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }

    /// What the operating system granted. A forked child's copy is not locked: Linux does not inherit `mlock`.
    pub fn protection(&self) -> Protection {
        self.protection
    }
}

impl Drop for LockedBytes {
    fn drop(&mut self) {
        self.as_mut_slice().zeroize();
        // SAFETY: The mapping is this value's own, made with this length, and no borrow of it outlives the value.
        unsafe { libc::munmap(self.mapping.as_ptr().cast(), self.mapping_length) };
    }
}

// SAFETY: The mapping belongs to the process, not to a thread, and to this value alone.
unsafe impl Send for LockedBytes {}
// SAFETY: Through a shared reference the bytes can only be read.
unsafe impl Sync for LockedBytes {}

/// The lengths of the body and of the whole mapping: whole pages, at least one, between two guard pages.
fn extents(length: usize, page: usize) -> Option<(usize, usize)> {
    let body = length.max(1).checked_next_multiple_of(page)?;
    let mapping = page.checked_mul(2)?.checked_add(body)?;
    isize::try_from(mapping).is_ok().then_some((body, mapping))
}

fn page_size() -> io::Result<usize> {
    // SAFETY: `sysconf` takes and returns plain numbers.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).map_err(|_| io::Error::last_os_error())
}

/// Asks for every protection of a fresh mapping's body; each is granted or refused for itself.
fn protect(body: NonNull<u8>, length: usize) -> Protection {
    // SAFETY: The pages belong to a mapping of ours; locking them changes nothing that can be observed in them.
    let locked = unsafe { libc::mlock(body.as_ptr().cast(), length) } == 0;
    #[cfg(target_os = "linux")]
    {
        // SAFETY: Both kinds of advice change what dumps and children see of these pages, not what this process sees.
        let advise = |advice| unsafe { libc::madvise(body.as_ptr().cast(), length, advice) } == 0;
        Protection { locked, not_dumped: advise(libc::MADV_DONTDUMP), wiped_on_fork: advise(libc::MADV_WIPEONFORK) }
    }
    #[cfg(not(target_os = "linux"))]
    Protection { locked, not_dumped: false, wiped_on_fork: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(length: usize) -> LockedBytes {
        let mut bytes = LockedBytes::new(length).unwrap();
        bytes.as_mut_slice().fill(0xa5);
        bytes
    }

    #[test]
    fn bytes_begin_as_zeros_and_keep_what_is_written() {
        for length in [1, 32, 4095, 4096, 4097, 100_000] {
            let mut bytes = LockedBytes::new(length).unwrap();
            assert_eq!(bytes.as_slice(), vec![0; length]);
            bytes.as_mut_slice().fill(0xa5);
            assert_eq!(bytes.as_slice(), vec![0xa5; length]);
        }
    }

    #[test]
    fn no_bytes_are_an_empty_slice() {
        let mut bytes = LockedBytes::new(0).unwrap();
        assert!(bytes.as_slice().is_empty());
        assert!(bytes.as_mut_slice().is_empty());
    }

    #[test]
    fn a_length_no_address_space_holds_is_an_error() {
        for length in [usize::MAX, usize::MAX - 4096, isize::MAX as usize] {
            assert_eq!(LockedBytes::new(length).err().unwrap().kind(), io::ErrorKind::OutOfMemory);
        }
    }

    #[test]
    fn the_body_is_whole_pages_between_two_guards() {
        assert_eq!(extents(0, 4096), Some((4096, 3 * 4096)));
        assert_eq!(extents(4096, 4096), Some((4096, 3 * 4096)));
        assert_eq!(extents(4097, 4096), Some((8192, 4 * 4096)));
        assert_eq!(extents(usize::MAX, 4096), None);
    }

    #[test]
    fn keys_can_be_shared_between_threads() {
        let bytes = filled(32);
        std::thread::scope(|scope| {
            scope.spawn(|| assert_eq!(bytes.as_slice(), [0xa5; 32]));
        });
    }

    #[cfg(target_os = "linux")]
    mod on_linux {
        use super::*;
        use crate::test_child;
        use std::fs;

        /// The `VmFlags` of the mapping that holds `address`.
        fn flags_of(address: usize) -> Vec<String> {
            let maps = fs::read_to_string("/proc/self/smaps").unwrap();
            let holds = |line: &&str| {
                let range = line.split(' ').next().and_then(|range| range.split_once('-'));
                range.is_some_and(|(from, to)| {
                    let number = |text| usize::from_str_radix(text, 16);
                    number(from).is_ok_and(|from| from <= address) && number(to).is_ok_and(|to| address < to)
                })
            };
            let mut lines = maps.lines().skip_while(|line| !holds(line));
            let flags = lines.find(|line| line.starts_with("VmFlags:")).unwrap();
            flags.split_whitespace().skip(1).map(String::from).collect()
        }

        #[test]
        fn the_kernel_shows_every_protection_it_granted() {
            let bytes = filled(32);
            assert_eq!(bytes.protection(), Protection { locked: true, not_dumped: true, wiped_on_fork: true });
            let flags = flags_of(bytes.as_slice().as_ptr().addr());
            for flag in ["lo", "dd", "wf", "rd", "wr"] {
                assert!(flags.iter().any(|granted| granted == flag), "{flag} is missing from {flags:?}");
            }
        }

        #[test]
        fn a_small_memlock_limit_is_reported_and_not_an_error() {
            let status = test_child::run(|| {
                let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
                // SAFETY: `none` is a valid limit; giving up root, whom no limit binds, concerns this child alone.
                unsafe {
                    libc::setrlimit(libc::RLIMIT_MEMLOCK, &none);
                    libc::setuid(65534);
                }
                let bytes = filled(32);
                i32::from(bytes.protection().locked || bytes.as_slice() != [0xa5; 32])
            });
            assert_eq!(status, 0);
        }

        #[test]
        fn a_forked_child_sees_zeros() {
            let bytes = filled(32);
            assert_eq!(test_child::run(|| i32::from(bytes.as_slice() != [0; 32])), 0);
            assert_eq!(bytes.as_slice(), [0xa5; 32]);
        }

        #[test]
        fn reading_past_the_end_or_before_the_page_is_fatal() {
            let bytes = filled(32);
            let page = page_size().unwrap();
            let (end, before) = (bytes.start.as_ptr().addr() + 32, bytes.mapping.as_ptr().addr() + page - 1);
            for address in [end, before] {
                // SAFETY: The read is meant to fault, and faults in a child that exists for nothing else.
                let read = || i32::from(unsafe { ptr::read_volatile(ptr::with_exposed_provenance::<u8>(address)) });
                assert_eq!(test_child::run(read), -libc::SIGSEGV);
            }
        }

        #[test]
        fn dropping_gives_the_pages_back() {
            let status = test_child::run(|| {
                let bytes = filled(32);
                let address = bytes.mapping.as_ptr();
                let mapped = |address: *mut u8| {
                    // SAFETY: `msync` of a page only answers whether it is mapped.
                    unsafe { libc::msync(address.cast(), 1, libc::MS_ASYNC) == 0 }
                };
                let before = mapped(address);
                drop(bytes);
                i32::from(!before || mapped(address))
            });
            assert_eq!(status, 0);
        }
    }
}
