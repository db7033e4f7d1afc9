use otpkeep::Kind;
use serde_json::{Value, json};

use crate::ask::{ask, assert_done, command, fields, keep, refusal};
use crate::support::{Folder, SECRET, START, code, time, wrong_code};

#[test]
fn a_code_is_valid_once() {
    let folder = Folder::in_memory();
    let (keep, clock) = keep(&folder);
    assert_done(command(&keep, &format!("write totp/keys/a key={SECRET}")));
    let write = |code: &str| ask(&keep, "write", "totp/code/a", &json!({"code": code}));
    let wrong = wrong_code(&keep, "a", START);
    for text in [&wrong, &wrong, "12345", "abcdef", "1234567"] {
        assert_eq!(fields(write(text)), json!({"valid": false}), "{text}");
    }
    let right = code(&keep, "a", START);
    let spaced = format!(" {} {} ", &right[..3], &right[3..]);
    assert_eq!(fields(write(&spaced)), json!({"valid": true}));
    let earlier = code(&keep, "a", START - 30);
    for used in [&right, &earlier] {
        let again = refusal(write(used));
        assert_eq!(again.kind, Kind::ReplayedCode);
        assert_eq!(again.sentence, "code already used; wait until the next time period");
    }
    clock.set(time(START + 30));
    assert_eq!(fields(write(&code(&keep, "a", START + 30))), json!({"valid": true}));
}

#[test]
fn a_code_sent_as_a_number_is_its_digits() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    let name = (0..50).map(|number| format!("key{number}")).find(|name| {
        command(&keep, &format!("write totp/keys/{name} generate=true exported=false issuer=a account_name=b"))
            .unwrap();
        !code(&keep, name, START).starts_with('0')
    });
    let name = name.unwrap();
    let number: u64 = code(&keep, &name, START).parse().unwrap();
    assert_eq!(
        fields(ask(&keep, "write", &format!("totp/code/{name}"), &json!({"code": number}))),
        json!({"valid": true})
    );
}

#[test]
fn wrong_codes_lock_and_disable_until_reset() {
    let folder = Folder::in_memory();
    let (keep, clock) = keep(&folder);
    keep.tune_mount("totp", &otpkeep::MountSpec { max_failures: Some(7), ..Default::default() }).unwrap();
    assert_done(command(&keep, &format!("write totp/keys/a key={SECRET}")));
    let wrong = wrong_code(&keep, "a", START);
    let write = || ask(&keep, "write", "totp/code/a", &json!({"code": wrong}));
    let attempts = || fields(command(&keep, "read totp/attempts/a"));
    assert_eq!(attempts(), json!({"failures": 0, "disabled": false, "locked_until": null, "attempts_left": 7}));
    for _ in 0..6 {
        assert_eq!(fields(write()), json!({"valid": false}));
    }
    let locked = json!({"failures": 6, "disabled": false, "locked_until": START + 1, "attempts_left": 1});
    assert_eq!(attempts(), locked);
    let throttled = refusal(write());
    assert_eq!((throttled.kind, throttled.retry_after), (Kind::Throttled, Some(1)));
    assert_eq!(throttled.sentence, "too many failed attempts; try again in 1 seconds");
    clock.set(time(START + 1));
    assert_eq!(fields(write()), json!({"valid": false}));
    let disabled = refusal(write());
    assert_eq!((disabled.kind, disabled.retry_after), (Kind::KeyDisabled, None));
    assert_eq!(disabled.sentence, "key is disabled after too many failed attempts");
    assert_eq!(attempts()["disabled"], json!(true));
    assert_done(command(&keep, "delete totp/attempts/a"));
    assert_eq!(attempts()["failures"], json!(0));
    assert_eq!(fields(write()), json!({"valid": false}));
}

#[test]
fn a_clock_that_went_back_is_told() {
    let folder = Folder::in_memory();
    let (keep, clock) = keep(&folder);
    assert_done(command(&keep, &format!("write totp/keys/a key={SECRET}")));
    let right = code(&keep, "a", START);
    assert_eq!(fields(ask(&keep, "write", "totp/code/a", &json!({"code": right}))), json!({"valid": true}));
    clock.set(time(START - 600));
    let behind = refusal(ask(&keep, "write", "totp/code/a", &json!({"code": "000000"})));
    assert_eq!(behind.kind, Kind::ClockBehind);
    assert_eq!(behind.sentence, "the clock is behind a code that was accepted; try again in 600 seconds");
    clock.set(time(START));
    // `000000` may be right by chance, so only that there is an answer is sure.
    let _ = ask(&keep, "write", "totp/code/a", &json!({"code": "000000"}));
}

#[test]
fn the_period_is_told_as_a_duration() {
    let folder = Folder::in_memory();
    let (keep, _) = keep(&folder);
    for (period, duration) in
        [("30", "30s"), ("1m", "1m0s"), ("90", "1m30s"), ("1h", "1h0m0s"), ("1d", "24h0m0s"), ("3661", "1h1m1s")]
    {
        assert_done(command(&keep, &format!("write totp/keys/a key={SECRET} period={period}")));
        assert_eq!(fields(command(&keep, "read totp/code/a"))["period"], Value::from(duration));
    }
}
