use std::fmt::Write as _;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::limits;
use crate::secret::{Secret, SecretText};

/// Modules of white on each side (ISO/IEC 18004 §5.3.8).
const QUIET_ZONE: usize = 4;

/// Black on white whatever the theme of the terminal: 16 and 231 lie outside the 16 colours that themes replace.
const TERMINAL_COLOURS: &str = "\x1b[38;5;16;48;5;231m";
const TERMINAL_RESET: &str = "\x1b[0m";

/// The QR symbol of an otpauth URL, at error correction level M. It is as secret as the URL: zeroed when dropped, and
/// without `Debug`. The working memory of the QR and PNG encoders is theirs and is freed without being zeroed.
pub struct Barcode {
    /// True for dark, row by row, without the quiet zone.
    modules: Zeroizing<Vec<bool>>,
    /// Modules of one side, without the quiet zone: 21 to 177.
    width: usize,
}

impl Barcode {
    /// The smallest symbol that holds the URL.
    ///
    /// # Errors
    /// `invalid-argument` for `url` when it is longer than the largest symbol holds (2331 bytes). No URL of
    /// [`super::format_url`] with checked issuer and account name is.
    pub fn of(url: &SecretText) -> Result<Barcode> {
        let symbol = QrCode::with_error_correction_level(url.expose(), EcLevel::M)
            .map_err(|_| Error::argument("url", "too long for a barcode"))?;
        let width = symbol.width();
        let mut colors = symbol.into_colors();
        let mut modules = Zeroizing::new(Vec::with_capacity(colors.len()));
        modules.extend(colors.iter().map(|&color| color == Color::Dark));
        colors.fill(Color::Light);
        // Keeps the compiler from dropping the stores above as dead.
        std::hint::black_box(&colors);
        Ok(Barcode { modules, width })
    }

    /// A PNG of exactly `pixels` × `pixels`, 8-bit greyscale. Every module is the same whole number of pixels wide, the
    /// symbol is centred, and at least four modules of white surround it.
    ///
    /// # Errors
    /// `invalid-argument` for `barcode_size` when `pixels` is more than 4096, or too few for one pixel per module; the
    /// reason names the smallest size.
    pub fn png(&self, pixels: u32) -> Result<Secret> {
        let side = pixels as usize;
        if pixels > *limits::BARCODE_PIXELS.end() {
            return Err(Error::argument("barcode_size", "must be at most 4096 pixels"));
        }
        if side < self.side() {
            let smallest = self.side();
            let reason = format!("too small for this barcode, which needs at least {smallest} pixels");
            return Err(Error::argument("barcode_size", reason));
        }
        let scale = side / self.side();
        let margin = (side - scale * self.width) / 2;
        let module = |pixel: usize| pixel.checked_sub(margin).map(|inside| inside / scale);
        let mut image = Zeroizing::new(Vec::with_capacity(side * side));
        for y in 0..side {
            image.extend((0..side).map(|x| if self.is_dark(module(x), module(y)) { 0_u8 } else { u8::MAX }));
        }

        // As much as the image even if nothing of it could be compressed: the buffer must not grow, since growing
        // leaves a copy behind.
        let mut png = Vec::with_capacity(side * (side + 1) + side * side / 64 + 1024);
        PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Up)
            .write_image(&image, pixels, pixels, ExtendedColorType::L8)
            .map_err(|_| Error::new(Kind::Internal, "the barcode could not be written as PNG"))?;
        Ok(Secret::from(png))
    }

    /// An SVG document: a white square and one black path, in units of modules with the quiet zone around, to be
    /// scaled at will without blurring.
    pub fn svg(&self) -> SecretText {
        const LONGEST_RUN: usize = "M999 999h999v1h-999z".len();
        let side = self.side();
        let runs: usize = self.rows().map(|row| row.chunk_by(|a, b| a == b).count()).sum();
        let mut svg = String::with_capacity(512 + runs * LONGEST_RUN);
        // Writing to a `String` does not fail.
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\""
        );
        for (y, row) in self.rows().enumerate() {
            let mut x = QUIET_ZONE;
            for run in row.chunk_by(|a, b| a == b) {
                let length = run.len();
                if run.first() == Some(&true) {
                    let _ = write!(svg, "M{x} {}h{length}v1h-{length}z", y + QUIET_ZONE);
                }
                x += length;
            }
        }
        svg.push_str("\"/></svg>\n");
        SecretText::from(svg)
    }

    /// Text for a terminal: two modules per character in half blocks, the quiet zone included, every line ended by
    /// `\n`. Black and white are set by escape sequences (of 256 colours), so that it is scanned as well from a dark
    /// terminal as from a light one.
    pub fn terminal(&self) -> SecretText {
        let side = self.side();
        let line = TERMINAL_COLOURS.len() + side * "█".len() + TERMINAL_RESET.len() + 1;
        let mut text = String::with_capacity(side.div_ceil(2) * line);
        let module = |place: usize| place.checked_sub(QUIET_ZONE);
        for y in (0..side).step_by(2) {
            text.push_str(TERMINAL_COLOURS);
            text.extend((0..side).map(|x| {
                let upper = self.is_dark(module(x), module(y));
                let lower = self.is_dark(module(x), module(y + 1));
                match (upper, lower) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                }
            }));
            text.push_str(TERMINAL_RESET);
            text.push('\n');
        }
        SecretText::from(text)
    }

    /// Modules of one side with the quiet zone, 29 to 185: also the side of the smallest PNG in pixels, and the columns that
    /// [`Barcode::terminal`] takes.
    pub fn side(&self) -> usize {
        self.width + 2 * QUIET_ZONE
    }

    fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.modules.chunks(self.width)
    }

    /// Whether a module is dark; outside the symbol nothing is.
    fn is_dark(&self, column: Option<usize>, row: Option<usize>) -> bool {
        let inside = |place: Option<usize>| place.filter(|&place| place < self.width);
        let index = inside(column).zip(inside(row)).map(|(column, row)| row * self.width + column);
        index.and_then(|index| self.modules.get(index)).copied().unwrap_or(false)
    }
}
