//! Faults, and the preloaded library that makes them happen. See `interpose.c`.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_long, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use otpkeep::{Error, Kind};

/// Classes of calls, as the bits of `interpose.c`.
pub(crate) const CLASSES: [&str; 10] =
    ["read", "write", "sync", "lock", "truncate", "open", "link", "unlink", "map", "unlock"];

/// What happens to the nth call of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Fail = 0,
    /// Half of the bytes are moved; the rest of a write then fails, if there is an error.
    Half = 1,
    KillBefore = 2,
    KillAfter = 3,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    /// Bits of the classes.
    pub(crate) classes: c_int,
    pub(crate) action: Action,
    /// The error that the call returns; 0 for none.
    pub(crate) error: c_int,
    /// Whether all later calls fail too.
    pub(crate) lasting: bool,
}

/// Errors that the calls of a class can meet.
const ERRORS: [(&str, &[c_int]); 10] = [
    ("read", &[libc::EIO]),
    ("write", &[libc::EIO, libc::ENOSPC, libc::EDQUOT, libc::EROFS]),
    ("sync", &[libc::EIO, libc::ENOSPC, libc::EDQUOT]),
    ("lock", &[libc::EAGAIN, libc::EIO]),
    ("truncate", &[libc::EIO]),
    ("open", &[libc::EIO, libc::EMFILE, libc::ENOSPC, libc::EDQUOT, libc::EROFS]),
    ("link", &[libc::EIO, libc::ENOSPC, libc::EDQUOT, libc::EROFS]),
    ("unlink", &[libc::EIO, libc::EROFS]),
    ("map", &[libc::ENOMEM]),
    ("unlock", &[libc::EIO]),
];

impl Fault {
    /// Every fault that an operation must survive.
    pub(crate) fn all() -> Vec<Fault> {
        let fault = |class, action, error, lasting| Fault { classes: bit(class), action, error, lasting };
        let halves = [("read", 0), ("write", 0), ("write", libc::ENOSPC)];
        let halves = halves.into_iter().map(|(class, error)| fault(class, Action::Half, error, false));
        let errors = ERRORS.into_iter().flat_map(|(class, errors)| errors.iter().map(move |error| (class, *error)));
        let errors = errors.flat_map(|(class, error)| {
            [false, true].into_iter().map(move |lasting| fault(class, Action::Fail, error, lasting))
        });
        halves.chain(errors).collect()
    }

    pub(crate) fn name(&self) -> String {
        let error = match self.error {
            0 => "nothing",
            libc::EIO => "EIO",
            libc::ENOSPC => "ENOSPC",
            libc::EDQUOT => "EDQUOT",
            libc::EROFS => "EROFS",
            libc::EAGAIN => "EAGAIN",
            libc::EMFILE => "EMFILE",
            libc::ENOMEM => "ENOMEM",
            other => panic!("error {other} has no name here"),
        };
        let class =
            CLASSES.iter().filter(|class| self.classes & bit(class) != 0).copied().collect::<Vec<_>>().join("+");
        format!("{class} {:?} {error}{}", self.action, if self.lasting { " lasting" } else { "" })
    }

    /// Whether an error names the cause: its kind is the cause's, or its text says it where the kind does not.
    pub(crate) fn is_named_by(&self, error: &Error) -> bool {
        let said = |words: &str| error.reason().to_lowercase().contains(words);
        match (error.kind(), self.error) {
            (Kind::DiskFull, libc::ENOSPC | libc::EDQUOT) | (Kind::ReadOnly, libc::EROFS) => true,
            (Kind::Busy, libc::EAGAIN) => true,
            // SQLite calls whatever its locks on the index meet "busy".
            (Kind::Io | Kind::Busy, libc::EIO) => true,
            // A file that cannot be opened for writing SQLite opens for reading. When that works, nothing is left that
            // says what was wrong for a moment.
            (Kind::Io, _) if self.classes == bit("open") && !self.lasting => true,
            (Kind::Io, libc::EMFILE) => said("too many open files"),
            (Kind::Io, libc::ENOMEM) => true,
            (Kind::AuditFailed, _) if self.action == Action::Half => said("took a part of a line"),
            (Kind::AuditFailed, error) => said(&std::io::Error::from_raw_os_error(error).to_string().to_lowercase()),
            _ => false,
        }
    }
}

pub(crate) fn bit(class: &str) -> c_int {
    1 << CLASSES.iter().position(|known| *known == class).unwrap()
}

/// The library to preload, compiled once.
pub(crate) fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (made, library) = (folder.join(format!("{}.so", std::process::id())), folder.join("interpose.so"));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/interpose.c");
        let mut compiler = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".into()));
        compiler.args(["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-shared", "-fPIC", "-o"]);
        assert!(compiler.args([&made, &source]).status().expect("a C compiler").success());
        std::fs::rename(made, &library).unwrap();
        library
    })
}

/// The preloaded library, from within.
pub(crate) struct Shim {
    arm: Arm,
    disarm: Disarm,
    place: Where,
}

type Arm = unsafe extern "C" fn(*const c_char, c_int, c_long, c_int, c_int, c_int);
type Disarm = unsafe extern "C" fn() -> c_long;
type Where = unsafe extern "C" fn() -> *const c_char;

impl Shim {
    pub(crate) fn preloaded() -> Shim {
        let symbol = |name: &CStr| {
            // SAFETY: The name is a C string.
            let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
            assert!(!found.is_null(), "the library is not preloaded");
            found
        };
        // SAFETY: The functions have these types in `interpose.c`.
        unsafe {
            Shim {
                arm: std::mem::transmute::<*mut c_void, Arm>(symbol(c"faults_arm")),
                disarm: std::mem::transmute::<*mut c_void, Disarm>(symbol(c"faults_disarm")),
                place: std::mem::transmute::<*mut c_void, Where>(symbol(c"faults_where")),
            }
        }
    }

    /// From now on the nth call on a file in the folder meets the fault.
    pub(crate) fn arm(&self, folder: &Path, fault: &Fault, nth: c_long) {
        let folder = CString::new(folder.as_os_str().as_bytes()).unwrap();
        // SAFETY: The folder is a C string, which the function copies.
        unsafe {
            (self.arm)(folder.as_ptr(), fault.classes, nth, fault.action as c_int, fault.error, fault.lasting.into());
        }
    }

    /// Ends the fault. Returns how many calls met it.
    pub(crate) fn disarm(&self) -> i64 {
        // SAFETY: The function takes nothing.
        unsafe { (self.disarm)() }
    }

    /// The class and file of the first call that met it.
    pub(crate) fn place(&self) -> String {
        // SAFETY: The function returns a C string that lives as long as the process.
        unsafe { CStr::from_ptr((self.place)()) }.to_string_lossy().into_owned()
    }
}
