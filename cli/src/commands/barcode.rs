use std::io;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use otpkeep::paths::Data;
use otpkeep::{SecretText, enroll::Barcode};
use serde_json::Value;
use terminal_size::{Width, terminal_size_of};
use zeroize::Zeroizing;

use crate::failure::{Failure, Result};
use crate::files::Draft;
use crate::output;

/// Draws the barcode of an enrollment, if the data is one, on a terminal that is wide enough: a line that is broken in
/// two could not be scanned.
pub(super) fn draw(data: &Data) -> Result<()> {
    let Some(Value::String(url)) = data.get("url") else { return Ok(()) };
    let barcode = Barcode::of(&SecretText::copy_of(url)).map_err(|error| Failure::error("Error drawing", error))?;
    let columns = terminal_size_of(io::stdout()).map_or(usize::MAX, |(Width(columns), _)| usize::from(columns));
    if columns < barcode.side() {
        output::remark(
            "The terminal is too narrow for the barcode: generate again in a wider one, or with -barcode=FILE.",
        );
        return Ok(());
    }
    output::print(barcode.terminal().expose())
}

/// Where a barcode goes. The file is begun before the key is generated: a key whose barcode is lost cannot be enrolled.
pub(super) struct Destination {
    draft: Draft,
    path: PathBuf,
    replace: bool,
}

impl Destination {
    pub(super) fn new(path: &Path, replace: bool) -> Result<Destination> {
        let failed = |error: &io::Error| Failure::io(format!("Error writing {}", path.display()), error);
        if !replace && std::fs::symlink_metadata(path).is_ok() {
            return Err(Failure::new(format!("{} exists: -force replaces it", path.display())));
        }
        let draft = Draft::beside(path).map_err(|error| failed(&error))?;
        Ok(Destination { draft, path: path.into(), replace })
    }

    /// Saves the barcode that an answer holds.
    pub(super) fn save(self, data: &Data) -> Result<()> {
        let Some(Value::String(barcode)) = data.get("barcode") else {
            return Err(Failure::new("No barcode was saved: only a key that is generated and exported has one"));
        };
        let png = BASE64.decode(barcode.as_bytes()).map(Zeroizing::new);
        let png = png.map_err(|_| Failure::new("The barcode in the answer is no base64"))?;
        let path = self.path;
        self.draft
            .publish(&path, &png, self.replace)
            .map_err(|error| Failure::io(format!("Error writing {}", path.display()), &error))?;
        output::remark(&format!("Barcode saved to: {}", path.display()));
        Ok(())
    }
}
