//! Finds the built C library, which `make build` leaves in the release folder.

fn main() {
    let release = format!("{}/../target/release", env!("CARGO_MANIFEST_DIR"));
    println!("cargo:rustc-link-search=native={release}");
    println!("cargo:rustc-link-arg-benches=-Wl,-rpath,{release}");
    println!("cargo:rustc-link-arg-examples=-Wl,-rpath,{release}");
}
