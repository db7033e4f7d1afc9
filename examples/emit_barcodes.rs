//! Writes barcodes of generated keys, with their URLs, into a folder, for a scanner to read:
//! `cargo run --example emit_barcodes -- <folder>`.

use std::fs;
use std::path::PathBuf;

use otpkeep::{Keep, KeySpec, OpenOptions};

const LABELS: &[(&str, &str)] =
    &[("Acme", "alice@acme.com"), ("AT&T", "x&secret=AAAA"), ("Zürich & Söhne", "日本語 50% + 1"), ("A:B", "c:d")];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("give a folder")?);
    let mut options = OpenOptions::new();
    options.set_root_key(&[7; 32])?.set_create(true);
    let keep = Keep::open(folder.join("barcodes.keep"), &options)?;
    for (number, (issuer, account_name)) in LABELS.iter().enumerate() {
        for size in (100..=1000).step_by(75) {
            let spec = KeySpec {
                issuer: Some((*issuer).into()),
                account_name: Some((*account_name).into()),
                barcode_size: Some(size),
                overwrite: true,
                ..KeySpec::default()
            };
            let enrollment = keep.generate_key("key", &spec)?;
            let stem = format!("{number}-{size:04}");
            fs::write(folder.join(format!("{stem}.png")), enrollment.barcode().ok_or("no barcode")?)?;
            fs::write(folder.join(format!("{stem}.url")), enrollment.url())?;
        }
    }
    Ok(())
}
