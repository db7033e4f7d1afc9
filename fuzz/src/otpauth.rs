use otpkeep::Kind;
use otpkeep::enroll::{Otpauth, format_url};
use otpkeep::otp::Parameters;

/// What is read of a URL, written, and read again is the same; a refusal names the URL.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = match Otpauth::parse(text) {
        Ok(read) => read,
        Err(error) => return assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("url"))),
    };
    assert!((1..=128).contains(&read.secret.expose().len()));
    let issuer = read.issuer.clone().unwrap_or_default();
    assert!(issuer.len() <= 200 && read.account_name.len() <= 200);

    let mut parameters = Parameters::default();
    parameters.algorithm = read.algorithm.unwrap_or(parameters.algorithm);
    parameters.digits = read.digits.unwrap_or(parameters.digits);
    parameters.period = read.period.unwrap_or(parameters.period);
    let written = format_url(&read.secret, &issuer, &read.account_name, &parameters);
    // Labels of 200 bytes can be longer than a URL once they are escaped; such a URL is written but not read.
    if written.expose().len() > 4096 {
        return;
    }
    let again = Otpauth::parse(written.expose()).expect("a URL that was written");
    assert!(again.secret.expose() == read.secret.expose(), "another secret");
    assert!(again.issuer == read.issuer, "another issuer");
    assert!(again.account_name == read.account_name, "another account name");
    assert_eq!(again.algorithm, Some(parameters.algorithm));
    assert_eq!(again.digits, Some(parameters.digits));
    assert_eq!(again.period, Some(parameters.period));
}
