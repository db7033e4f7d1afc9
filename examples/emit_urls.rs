//! Prints generated otpauth URLs and what they mean as JSON lines, always the same ones, for other readers of such URLs
//! to be checked against: `cargo run --example emit_urls | python3 tests/peers/pyotp_urls.py`.

use std::error::Error;
use std::io::{BufWriter, Write};

use otpkeep::Secret;
use otpkeep::enroll::{check_label, format_url};
use otpkeep::otp::{Algorithm, Digits, Parameters, Period, Skew, encode_secret};
use serde_json::json;

const ALGORITHMS: [Algorithm; 3] = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];
const DIGITS: [Digits; 2] = [Digits::Six, Digits::Eight];

/// Seconds. pyotp refuses longer periods.
const LONGEST_PERIOD: u32 = 120;

/// Names that are hard on readers; each is tried as issuer with each as account name.
const NAMES: [&str; 24] = [
    "",
    "Acme",
    "alice@acme.com",
    "bob+work@acme.com",
    "AT&T",
    "x&secret=AAAA",
    "a=b",
    "A:B",
    ":",
    ": x",
    "a:",
    "100%",
    "%41%3A%zz",
    "C# and C++",
    " begins with spaces",
    " begins: with a space",
    "ends with a space ",
    "https://acme.com/a?b=c#d",
    "Müller & Söhne",
    "漢字:かな",
    "🔑👩‍👩‍👧",
    "e\u{301}\u{202e}\u{2028}\u{feff}",
    "\u{10ffff}\u{fffd}\u{a0}",
    "'\"<>\\^`{|}[];,!*()~",
];

/// What random names are made of: what URLs are made of, and letters of one to four bytes.
const PIECES: [&str; 24] = [
    ":", "%", "&", "=", "+", "#", "?", "/", " ", ";", "@", "%3A", "%20", "secret", "issuer", "totp", "a", "Z", "9",
    "~", "é", "漢", "🔑", "\u{202e}",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut random = Random(1);
    let pairs =
        NAMES.iter().flat_map(|issuer| NAMES.iter().map(move |account| (issuer.to_string(), account.to_string())));
    for (issuer, account) in pairs {
        emit(&mut out, &mut random, &issuer, &account)?;
    }
    for _ in 0..1000 {
        let (issuer, account) = (random.name(), random.name());
        emit(&mut out, &mut random, &issuer, &account)?;
    }
    Ok(out.flush()?)
}

fn emit(out: &mut impl Write, random: &mut Random, issuer: &str, account: &str) -> Result<(), Box<dyn Error>> {
    check_label("issuer", issuer)?;
    check_label("account_name", account)?;
    // The sizes of generated secrets; pyotp refuses those below 14 bytes.
    let length = 16 + random.below(49);
    let secret: Vec<u8> = (0..length).map(|_| random.below(256) as u8).collect();
    let secret = Secret::from(secret);
    let parameters = Parameters {
        algorithm: random.one_of(&ALGORITHMS),
        digits: random.one_of(&DIGITS),
        period: Period::new(1 + random.below(LONGEST_PERIOD))?,
        skew: Skew::default(),
    };
    let line = json!({
        "url": format_url(&secret, issuer, account, &parameters).expose(),
        "issuer": issuer,
        "account": account,
        "secret": encode_secret(&secret).expose(),
        "digits": parameters.digits.count(),
        "period": parameters.period.seconds(),
        "algorithm": parameters.algorithm.name(),
    });
    Ok(writeln!(out, "{line}")?)
}

/// A linear congruential generator (Knuth's MMIX): the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 % bound
    }

    fn one_of<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        choices.get(self.below(choices.len() as u32) as usize).copied().unwrap_or_default()
    }

    fn name(&mut self) -> String {
        (0..self.below(12)).map(|_| self.one_of(&PIECES)).collect()
    }
}
