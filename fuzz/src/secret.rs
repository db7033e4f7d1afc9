use otpkeep::Kind;
use otpkeep::otp::{decode_secret, encode_secret};

/// What is read of a base32 secret, written, and read again is the same; what is read is what the letters say.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let secret = match decode_secret(text) {
        Ok(secret) => secret,
        Err(error) => {
            return assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("secret")));
        }
    };
    let bytes = secret.expose();
    assert!((1..=128).contains(&bytes.len()));
    assert!(bytes == reference(text), "another secret");
    let written = encode_secret(&secret);
    assert!(decode_secret(written.expose()).expect("a secret that was written").expose() == bytes, "another secret");
}

/// RFC 4648 §6, bit by bit.
fn reference(text: &str) -> Vec<u8> {
    let digits = text.bytes().filter_map(|byte| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    });
    let bits: Vec<u8> = digits.flat_map(|digit| (0..5).rev().map(move |bit| digit >> bit & 1)).collect();
    bits.chunks_exact(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit)).collect()
}
