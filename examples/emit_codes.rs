//! Prints codes of a keep as JSON lines, for another implementation to check: `cargo run --example emit_codes`.

use otpkeep::{Keep, KeySpec, OpenOptions, SecretText, UnixTime};

/// Keys per combination of algorithm and digits.
const KEYS: u64 = 20;

/// A small generator, so that every run checks the same codes.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("otpkeep-codes-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let mut options = OpenOptions::new();
    options.set_root_key(&[7; 32])?.set_create(true);
    let keep = Keep::open(folder.join("codes.keep"), &options)?;
    let mut sequence = Sequence(1);
    for algorithm in ["SHA1", "SHA256", "SHA512"] {
        for digits in [6, 8] {
            for key in 0..KEYS {
                let bytes: Vec<u8> = (0..1 + sequence.below(128)).map(|_| sequence.below(256) as u8).collect();
                let secret = data_encoding::BASE32.encode(&bytes);
                let period = 1 + sequence.below(if key % 2 == 0 { 120 } else { 86_400 }) as u32;
                // Half of the times lie beyond 2106, where 32 bits of seconds end; all before the year 10000.
                let at = sequence.below(if key % 2 == 0 { 4_294_967_296 } else { 253_402_300_799 }) as i64;
                let spec = KeySpec {
                    secret: Some(SecretText::copy_of(&secret)),
                    algorithm: Some(algorithm.into()),
                    digits: Some(digits),
                    period: Some(period),
                    overwrite: true,
                    ..KeySpec::default()
                };
                keep.write_key("key", &spec)?;
                let code = keep.read_code_at("key", UnixTime::from_seconds(at)?)?;
                println!(
                    r#"{{"secret":"{secret}","algorithm":"{algorithm}","digits":{digits},"period":{period},"at":{at},"code":"{}"}}"#,
                    code.value()
                );
            }
        }
    }
    drop(keep);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
