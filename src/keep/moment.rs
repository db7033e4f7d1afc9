use super::Keep;
use crate::error::Result;
use crate::store::View;

/// A keep as it is at one moment.
pub(crate) struct Moment<'a> {
    keep: &'a Keep,
    view: &'a dyn View,
}

impl Keep {
    /// Asks several things of one moment. None of them needs permission, since none is an answer by itself.
    pub(crate) fn look<T>(&self, ask: impl FnOnce(&Moment<'_>) -> Result<T>) -> Result<T> {
        self.engine().look(|view| ask(&self.moment(view)))
    }

    pub(super) fn moment<'a>(&'a self, view: &'a dyn View) -> Moment<'a> {
        Moment { keep: self, view }
    }
}

impl Moment<'_> {
    /// The path of the mount that a path lies in, or is.
    pub(crate) fn mount_of(&self, path: &str) -> Result<Option<String>> {
        self.keep.engine().mount_of(self.view, path)
    }
}
