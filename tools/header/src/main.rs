//! Writes `include/otpkeep.h` and `include/otpkeep.symbols` from the sources of the C library. With `--check` it writes
//! nothing and fails when they differ from what it would write.

mod header;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => {
            eprintln!("usage: otpkeep-header [--check]");
            return ExitCode::from(2);
        }
    };
    match run(check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("otpkeep-header: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(check: bool) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let header::Header { text, symbols } = header::generate(&root.join("bindings/c/src"))?;
    for (name, content) in [("include/otpkeep.h", text), ("include/otpkeep.symbols", symbols)] {
        let path = root.join(name);
        if !check {
            std::fs::write(&path, content).map_err(|error| format!("{name} cannot be written: {error}"))?;
        } else if std::fs::read_to_string(&path).ok() != Some(content) {
            return Err(format!("{name} does not match bindings/c/src: run `cargo run -p otpkeep-header`"));
        }
    }
    Ok(())
}
