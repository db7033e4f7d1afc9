//! Writes `include/otpkeep.h` and `include/otpkeep.symbols` from the sources of the C library, the table of errors as the
//! data that the tests of every language read, and `docs/paths.md` from the tables of paths. With `--check` it writes nothing and fails when they differ from what
//! it would write.

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
    let written = [
        ("include/otpkeep.h", text),
        ("include/otpkeep.symbols", symbols),
        ("tests/vectors/errors.json", errors()),
        ("docs/paths.md", otpkeep::paths::reference()),
    ];
    for (name, content) in written {
        let path = root.join(name);
        if !check {
            std::fs::write(&path, content).map_err(|error| format!("{name} cannot be written: {error}"))?;
        } else if std::fs::read_to_string(&path).ok() != Some(content) {
            return Err(format!("{name} does not match the sources: run `cargo run -p otpkeep-header`"));
        }
    }
    Ok(())
}

/// The table of errors as JSON. Names are words and dashes, so that nothing needs escaping.
fn errors() -> String {
    let lines = otpkeep::Kind::ALL.iter().map(|kind| format!(r#"  {{"code": {}, "name": "{kind}"}}"#, kind.code()));
    format!("[\n{}\n]\n", lines.collect::<Vec<_>>().join(",\n"))
}
