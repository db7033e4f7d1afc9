use otpkeep_memory::generation;

use crate::error::{Error, Kind, Result};

/// The process that opened or began something. Its forked children inherit that, and may not touch it.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    generation: u64,
}

impl Owner {
    pub(super) fn this_process() -> Owner {
        Owner { generation: generation() }
    }

    /// Whether the process that asks is a forked child of the owner.
    pub(super) fn is_forked(self) -> bool {
        generation() != self.generation
    }

    /// # Errors
    /// `forked`.
    pub(super) fn check(self) -> Result<()> {
        if self.is_forked() {
            return Err(Error::new(Kind::Forked, "the keep was opened before this process was forked; open it anew"));
        }
        Ok(())
    }
}
