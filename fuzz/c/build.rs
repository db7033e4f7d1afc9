//! Hands the C library's sources the number in the shared library's name, which they compare with their own. There is
//! no shared library here, so it is theirs.

fn main() {
    let source = "../../bindings/c/src/version.rs";
    println!("cargo::rerun-if-changed={source}");
    let text = std::fs::read_to_string(source).expect("the C library");
    let number =
        |line: &str| Some(line.strip_prefix("pub const OTPKEEP_ABI_VERSION: u32 = ")?.strip_suffix(';')?.to_owned());
    let number = text.lines().find_map(number).expect("the number");
    println!("cargo::rustc-env=OTPKEEP_SONAME_NUMBER={number}");
}
