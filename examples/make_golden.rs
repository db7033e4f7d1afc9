//! Writes a golden keep: `cargo run --example make_golden -- <new file>`. A golden keep is committed once per format
//! version and never made again; this program records how.

use std::sync::Arc;

use otpkeep::{Keep, KeySpec, ManualClock, MountSpec, OpenOptions, PassphraseCost, SecretText, UnixTime};

const URL: &str = "otpauth://totp/Vault:test@gmail.com?secret=Y64VEVMBTSXCYIWRSHRNDZW62MPGVU2G&issuer=Vault";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give the path of the new file")?;
    let clock = Arc::new(ManualClock::new(UnixTime::from_seconds(1_700_000_000)?));
    let mut options = OpenOptions::new();
    options.set_root_key(&std::array::from_fn::<u8, 32, _>(|index| index as u8))?;
    options.set_create(true).set_clock(clock.clone()).set_manual_clock(true);
    let keep = Keep::open(&path, &options)?;

    let url = |url: &str| KeySpec { url: Some(SecretText::copy_of(url)), ..KeySpec::default() };
    keep.write_key("test", &url(URL))?;
    let secret = |base32: &str| Some(SecretText::copy_of(base32));
    keep.write_key(
        "bob@example.com",
        &KeySpec {
            secret: secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZA"),
            issuer: Some("Zürich & Söhne".into()),
            account_name: Some("bob".into()),
            algorithm: Some("SHA256".into()),
            digits: Some(8),
            period: Some(60),
            skew: Some(0),
            ..KeySpec::default()
        },
    )?;

    let mut passphrase = OpenOptions::new();
    passphrase.set_passphrase(b"correct horse battery staple")?;
    passphrase.set_passphrase_cost(PassphraseCost { memory_kib: 19 * 1024, passes: 2 })?;
    keep.add_slot(&passphrase)?;

    keep.rotate()?;
    keep.mount(
        "team-a/otp",
        &MountSpec { description: Some("Team A".into()), max_failures: Some(3), ..MountSpec::default() },
    )?;
    let team = keep.with_mount("team-a/otp")?;
    team.write_key(
        "test",
        &KeySpec {
            algorithm: Some("SHA512".into()),
            secret: secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
            ..KeySpec::default()
        },
    )?;

    let code = keep.read_code("test")?;
    assert!(keep.validate_code("test", code.value())?.is_accepted());
    clock.set(UnixTime::from_seconds(1_700_000_100)?);
    for _ in 0..3 {
        assert!(!team.validate_code("test", "000000")?.is_accepted());
    }
    Ok(())
}
