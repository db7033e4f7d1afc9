//! Gives the shared library its name for the dynamic linker.

/// The number in `libotpkeep.so.0`: `OTPKEEP_ABI_VERSION`, which `src/version.rs` compares with it when compiled.
const ABI_VERSION: u32 = 0;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=OTPKEEP_SONAME_NUMBER={ABI_VERSION}");
    match std::env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libotpkeep.so.{ABI_VERSION}"),
        Ok("macos") => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libotpkeep.{ABI_VERSION}.dylib");
        }
        _ => {}
    }
}
