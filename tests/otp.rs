//! Codes, steps, base32 and code texts, against `tests/vectors/otp.json`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use otpkeep::otp::{
    Algorithm, Calculator, Digits, Parameters, Period, Skew, Step, Window, code_of, decode_secret, encode_secret,
    parse_code,
};
use otpkeep::{Kind, Secret, UnixTime};
use serde_json::Value;

/// The rows of one part of the vectors.
fn vectors(part: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("vectors/otp.json")).unwrap();
    let rows = all[part].as_array().unwrap().clone();
    assert!(!rows.is_empty());
    rows
}

fn text<'v>(row: &'v Value, field: &str) -> &'v str {
    row[field].as_str().unwrap_or_else(|| panic!("no text `{field}` in {row}"))
}

fn number(row: &Value, field: &str) -> u64 {
    row[field].as_u64().unwrap_or_else(|| panic!("no number `{field}` in {row}"))
}

fn calculator(secret: &str, algorithm: Algorithm, digits: Digits) -> Calculator {
    let parameters = Parameters { algorithm, digits, ..Parameters::default() };
    Calculator::new(&Secret::copy_of(secret.as_bytes()), &parameters).unwrap()
}

fn time(seconds: u64) -> UnixTime {
    UnixTime::from_seconds(i64::try_from(seconds).unwrap()).unwrap()
}

#[test]
fn codes_equal_rfc_4226_appendix_d() {
    let rows = vectors("hotp");
    assert_eq!(rows.len(), 10);
    let calculator = calculator("12345678901234567890", Algorithm::Sha1, Digits::Six);
    for row in rows {
        assert_eq!(calculator.code(Step::from_number(number(&row, "counter"))).expose(), text(&row, "code"));
    }
}

#[test]
fn codes_equal_rfc_6238_appendix_b() {
    let rows = vectors("totp");
    assert_eq!(rows.len(), 18);
    for row in rows {
        let calculator = calculator(text(&row, "secret"), text(&row, "algorithm").parse().unwrap(), Digits::Eight);
        let step = Step::at(time(number(&row, "seconds")), Period::default());
        assert_eq!(calculator.code(step).expose(), text(&row, "code"), "{row}");

        let secret = Secret::copy_of(text(&row, "secret").as_bytes());
        let algorithm = text(&row, "algorithm").parse().unwrap();
        let parameters = Parameters { algorithm, digits: Digits::Eight, ..Parameters::default() };
        assert_eq!(code_of(&secret, &parameters, step).unwrap().expose(), text(&row, "code"), "{row}");
    }
}

#[test]
fn codes_are_right_beyond_2106_and_to_the_end_of_time() {
    for row in vectors("later") {
        let digits = Digits::new(number(&row, "digits") as u32).unwrap();
        let calculator = calculator(text(&row, "secret"), text(&row, "algorithm").parse().unwrap(), digits);
        let period = Period::new(number(&row, "period") as u32).unwrap();
        let now = time(number(&row, "seconds"));
        let step = Step::at(now, period);
        assert_eq!(step.number().to_string(), text(&row, "step"), "{row}");
        assert_eq!(calculator.code(step).expose(), text(&row, "code"), "{row}");
        assert!(step.starts_at(period) <= now.seconds() && now.seconds() <= step.ends_at(period), "{row}");

        let window = Window::at(now, period, Skew::One);
        let code = parse_code(text(&row, "code").as_bytes(), digits).unwrap();
        assert_eq!(calculator.matching_step(window, code), Some(step), "{row}");
    }
}

#[test]
fn a_window_holds_the_steps_around_now_and_starts_no_earlier_than_the_first() {
    let numbers = |seconds, skew| {
        let window = Window::at(time(seconds), Period::default(), skew);
        window.steps().map(Step::number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(0, Skew::One), [0, 1]);
    assert_eq!(numbers(29, Skew::One), [0, 1]);
    assert_eq!(numbers(30, Skew::One), [0, 1, 2]);
    assert_eq!(numbers(59, Skew::None), [1]);
    assert_eq!(numbers(i64::MAX as u64, Skew::One).len(), 3);
}

#[test]
fn of_several_matching_steps_the_latest_counts() {
    // The first step of this secret whose code is that of the step before, found by search.
    let repeated = 910_738;
    let calculator = calculator("12345678901234567890", Algorithm::Sha1, Digits::Six);
    for number in [repeated - 1, repeated] {
        assert_eq!(calculator.code(Step::from_number(number)).expose(), "911617");
    }
    let code = 911_617;
    for current in [repeated - 1, repeated] {
        let window = Window::at(time(current * 30), Period::default(), Skew::One);
        assert_eq!(calculator.matching_step(window, code), Some(Step::from_number(repeated)));
    }
    let window = Window::at(time((repeated - 1) * 30), Period::default(), Skew::None);
    assert_eq!(calculator.matching_step(window, code), Some(Step::from_number(repeated - 1)));
}

#[test]
fn a_code_of_a_step_outside_the_window_does_not_match() {
    let calculator = calculator("12345678901234567890", Algorithm::Sha1, Digits::Eight);
    let window = Window::at(time(3000), Period::default(), Skew::One);
    for (number, inside) in [(98, false), (99, true), (100, true), (101, true), (102, false)] {
        let step = Step::from_number(number);
        let code = parse_code(calculator.code(step).expose().as_bytes(), Digits::Eight).unwrap();
        assert_eq!(calculator.matching_step(window, code), inside.then_some(step));
    }
}

#[test]
fn base32_is_read_as_people_write_it() {
    for row in vectors("base32") {
        let decoded = decode_secret(text(&row, "text"));
        match row["hex"].as_str() {
            Some(hex) => {
                let secret = decoded.unwrap_or_else(|error| panic!("{error}: {row}"));
                let bytes: String = secret.expose().iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(bytes, hex, "{row}");
                let again = decode_secret(encode_secret(&secret).expose()).unwrap();
                assert_eq!(again.expose(), secret.expose(), "{row}");
            }
            None => {
                let error = decoded.err().unwrap_or_else(|| panic!("accepted: {row}"));
                assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("secret")), "{row}");
            }
        }
    }
    assert!(decode_secret(&"A".repeat(10_000_000)).is_err());
}

#[test]
fn code_texts_are_read_as_people_type_them() {
    for row in vectors("codes") {
        let digits = Digits::new(number(&row, "digits") as u32).unwrap();
        let expected = row["value"].as_u64().map(|value| value as u32);
        assert_eq!(parse_code(text(&row, "text").as_bytes(), digits), expected, "{row}");
    }
}

#[test]
fn code_texts_of_any_bytes_and_size_are_malformed_at_worst() {
    for byte in [b'0', b' ', b'-', 0, 0xff] {
        assert_eq!(parse_code(&vec![byte; 1_000_000], Digits::Six), None);
    }
    let padded = [b"005924".as_slice(), &[b' '; 1_000_000]].concat();
    assert_eq!(parse_code(&padded, Digits::Six), None);
    for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
        let alone = [b'0', b'0', b'5', b'9', b'2', byte];
        assert_eq!(parse_code(&alone, Digits::Six), None);
    }
}
