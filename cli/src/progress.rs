use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far long work has come, shown on standard error when that is a terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Progress of work with this name.
    pub(crate) fn new(name: &'static str) -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_prefix(name);
        // The template is well-formed; were it not, the plain bar would do.
        if let Ok(style) = ProgressStyle::with_template("{prefix} [{wide_bar}] {pos}/{len} keys, {percent} %") {
            bar.set_style(style.progress_chars("=> "));
        }
        Progress(bar)
    }

    /// Shows that so many of so many keys are done.
    pub(crate) fn show(&mut self, done: u64, total: u64) {
        self.0.set_length(total.max(done));
        self.0.set_position(done);
    }

    /// Leaves the bar as it is and goes on below it.
    pub(crate) fn finish(self) {
        self.0.abandon();
    }
}
