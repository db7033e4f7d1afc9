//! otpauth URLs in and out, and barcodes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use image::{ColorType, GenericImageView, ImageDecoder};
use otpkeep::enroll::{Barcode, Otpauth, Warning, check_label, format_url, warn_if_short};
use otpkeep::otp::{Algorithm, Digits, Parameters, Period, Skew};
use otpkeep::{Error, Kind, Secret, SecretText, limits};
use proptest::prelude::*;

/// The secret of every URL in the table.
const SECRET: &[u8] = b"Hello!\xde\xad\xbe\xefHello!\xde\xad\xbe\xef";

fn refusal(url: &str) -> Error {
    Otpauth::parse(url).err().unwrap_or_else(|| panic!("accepted: {url}"))
}

fn read(url: &str) -> Otpauth {
    Otpauth::parse(url).unwrap_or_else(|error| panic!("{error}: {url}"))
}

/// What a URL says, in the words of the table.
fn description(otpauth: &Otpauth) -> String {
    let mut words = Vec::new();
    words.extend(otpauth.issuer.as_ref().map(|issuer| format!("issuer `{issuer}`")));
    words.push(format!("account `{}`", otpauth.account_name));
    words.extend(otpauth.algorithm.map(|algorithm| algorithm.name().to_owned()));
    words.extend(otpauth.digits.map(|digits| format!("{} digits", digits.count())));
    words.extend(otpauth.period.map(|period| format!("{} s", period.seconds())));
    let bytes = otpauth.secret.expose().len();
    words.extend((bytes != SECRET.len()).then(|| format!("secret of {bytes} bytes")));
    words.extend(otpauth.warnings.iter().map(|warning| format!("warning {}", warning.name())));
    words.join(", ")
}

#[test]
fn every_row_of_the_documented_table_holds() {
    let page = include_str!("../docs/otpauth-urls.md");
    let (_, table) = page.split_once("| case | URL | decision | result or reason |\n|---|---|---|---|\n").unwrap();
    let mut rows = 0;
    for row in table.lines().take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [case, url, decision, result] = cells[..] else { panic!("not four cells: {row}") };
        let url = url.strip_prefix('`').and_then(|url| url.strip_suffix('`')).expect(case);
        match (decision, Otpauth::parse(url)) {
            ("accept" | "warn", Ok(otpauth)) => {
                assert_eq!(description(&otpauth), result, "{case}");
                assert_eq!(decision == "warn", !otpauth.warnings.is_empty(), "{case}");
                assert!(SECRET.starts_with(otpauth.secret.expose()), "{case}");
            }
            ("reject", Err(error)) => {
                assert_eq!(error.reason(), result, "{case}");
                assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("url")), "{case}");
            }
            (_, Ok(otpauth)) => panic!("{case}: accepted as {}", description(&otpauth)),
            (_, Err(error)) => panic!("{case}: {error}"),
        }
        rows += 1;
    }
    assert!(rows >= 90, "only {rows} rows");
}

#[test]
fn raw_control_characters_are_refused() {
    for control in ['\0', '\t', '\n', '\r', '\x1b', '\x7f', '\u{85}'] {
        for url in ["otpauth://totp/al~ice?secret=GEZDGNBVGY3TQOJQ", "otpauth://totp/a?secret=GEZDGNBV~GY3TQOJQ&x=~"] {
            assert_eq!(refusal(&url.replace('~', &control.to_string())).reason(), "holds a control character");
        }
    }
    assert_eq!(read("\r\n otpauth://totp/alice?secret=GEZDGNBVGY3TQOJQ\n").account_name, "alice");
}

#[test]
fn bounds_of_the_url_and_its_labels_are_exact() {
    let url = |filler: usize| format!("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ&x={}", "x".repeat(filler));
    let room = limits::URL_BYTES - url(0).len();
    assert!(Otpauth::parse(&url(room)).is_ok());
    assert_eq!(refusal(&url(room + 1)).reason(), "longer than 4096 bytes");

    let label = |issuer: usize, account: usize| {
        format!("otpauth://totp/{}:{}?secret=GEZDGNBVGY3TQOJQ", "i".repeat(issuer), "%C3%A4".repeat(account / 2))
    };
    assert!(Otpauth::parse(&label(200, 200)).is_ok());
    assert_eq!(refusal(&label(201, 200)).reason(), "issuer: longer than 200 bytes");
    assert_eq!(refusal(&label(200, 202)).reason(), "account name: longer than 200 bytes");

    let secret = |letters: usize| format!("otpauth://totp/a?secret={}", "A".repeat(letters));
    assert_eq!(read(&secret(205)).secret.expose().len(), 128);
    assert_eq!(refusal(&secret(207)).reason(), "secret: longer than 128 bytes");
}

#[test]
fn ten_megabytes_are_refused_by_their_length() {
    for unit in ["A", "%41", "&secret=A", "#", "\0", "é"] {
        let url = format!("otpauth://totp/a?secret=A{}", unit.repeat(10_000_000 / unit.len()));
        assert_eq!(refusal(&url).reason(), "longer than 4096 bytes");
    }
}

#[test]
fn an_error_repeats_no_part_of_the_url() {
    let marker = "MARKER7";
    for url in [
        format!("{marker}://totp/a?secret=A"),
        format!("otpauth://{marker}/a?secret=A"),
        format!("otpauth://totp/{marker}%?secret=A"),
        format!("otpauth://totp/{marker}"),
        format!("otpauth://totp/a?secret={marker}1"),
        format!("otpauth://totp/a?secret={marker}&secret={marker}"),
        format!("otpauth://totp/a?secret=GEZDGNBV&algorithm={marker}"),
        format!("otpauth://totp/a?secret=GEZDGNBV&digits={marker}"),
        format!("otpauth://totp/a?secret=GEZDGNBV&period={marker}"),
        format!("otpauth://totp/a?secret=GEZDGNBV&encoder={marker}"),
        format!("otpauth://totp/a?secret=GEZDGNBV&issuer={}", marker.repeat(30)),
    ] {
        let error = refusal(&url);
        assert!(!format!("{error} {error:?}").to_uppercase().contains(marker), "{error}");
    }
}

#[test]
fn labels_are_bounded_and_free_of_control_characters() {
    assert!(check_label("issuer", "").is_ok());
    assert!(check_label("issuer", "x&secret=AAAA:%#+ é 漢字").is_ok());
    assert!(check_label("issuer", &"é".repeat(100)).is_ok());
    for bad in ["a\0", "a\nb", "\u{7f}", "\u{80}", &"é".repeat(101)] {
        let error = check_label("issuer", bad).unwrap_err();
        assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("issuer")));
    }
}

#[test]
fn warnings_have_stable_names_and_a_sentence() {
    let names: Vec<&str> = Warning::ALL.iter().map(|warning| warning.name()).collect();
    assert_eq!(names, ["issuer-mismatch", "short-secret"]);
    assert!(Warning::ALL.iter().all(|warning| warning.to_string().contains(' ')));
    assert_eq!(warn_if_short(&Secret::copy_of(&[7; 15])), Some(Warning::ShortSecret));
    assert_eq!(warn_if_short(&Secret::copy_of(&[7; 16])), None);
}

#[test]
fn a_generated_url_has_the_documented_form() {
    let secret = Secret::copy_of(SECRET);
    let url =
        |issuer, account_name| format_url(&secret, issuer, account_name, &Parameters::default()).expose().to_owned();
    let tail = "&algorithm=SHA1&digits=6&period=30";
    let start = "?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    assert_eq!(url("Acme", "alice@acme.com"), format!("otpauth://totp/Acme:alice%40acme.com{start}&issuer=Acme{tail}"));
    assert_eq!(
        url("x&secret=AAAA", "a"),
        format!("otpauth://totp/x%26secret%3DAAAA:a{start}&issuer=x%26secret%3DAAAA{tail}")
    );
    assert_eq!(url("A:B", "c:d"), format!("otpauth://totp/A%3AB:c%3Ad{start}&issuer=A%3AB{tail}"));
    assert_eq!(url("Acme", " a"), format!("otpauth://totp/%20a{start}&issuer=Acme{tail}"));
    assert_eq!(url("", "alice"), format!("otpauth://totp/alice{start}{tail}"));
    assert_eq!(url("", "a:b"), format!("otpauth://totp/:a%3Ab{start}{tail}"));
}

fn parameters() -> impl Strategy<Value = Parameters> {
    let algorithm = prop_oneof![Just(Algorithm::Sha1), Just(Algorithm::Sha256), Just(Algorithm::Sha512)];
    let digits = prop_oneof![Just(Digits::Six), Just(Digits::Eight)];
    (algorithm, digits, 1..=86_400_u32).prop_map(|(algorithm, digits, seconds)| {
        let period = Period::new(seconds).unwrap();
        Parameters { algorithm, digits, period, skew: Skew::default() }
    })
}

/// Issuers and account names: any Unicode without control characters, and texts dense in what URLs are made of.
fn label() -> impl Strategy<Value = String> {
    prop_oneof![r"\PC{0,50}", r"[ :%&=+#?/;@|\\ab1é漢🔑\u{202e}\u{2028}]{0,12}", "(Acme|:| |%3A|&secret=A|x){0,5}"]
        .prop_filter("labels hold no control characters", |text| check_label("issuer", text).is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_generated_url_reads_back_the_same(
        bytes in prop::collection::vec(any::<u8>(), 1..=128), issuer in label(), account_name in label(),
        parameters in parameters(),
    ) {
        let url = format_url(&Secret::copy_of(&bytes), &issuer, &account_name, &parameters);
        let otpauth = read(url.expose());
        prop_assert_eq!(otpauth.secret.expose(), &bytes[..]);
        prop_assert_eq!(otpauth.issuer.unwrap_or_default(), issuer);
        prop_assert_eq!(otpauth.account_name, account_name);
        prop_assert_eq!(otpauth.algorithm, Some(parameters.algorithm));
        prop_assert_eq!(otpauth.digits, Some(parameters.digits));
        prop_assert_eq!(otpauth.period, Some(parameters.period));
        prop_assert!(!otpauth.warnings.contains(&Warning::IssuerMismatch));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>(), tail in label()) {
        let _ = Otpauth::parse(&text);
        let _ = Otpauth::parse(&format!("otpauth://totp/{tail}?secret=GEZDGNBV{text}"));
    }
}

fn typical_url() -> SecretText {
    format_url(&Secret::copy_of(SECRET), "Acme", "alice@acme.com", &Parameters::default())
}

/// What a scanner reads from a picture, given as whether a pixel is dark.
fn scan(side: usize, dark: impl Fn(usize, usize) -> bool) -> String {
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| if dark(x, y) { 0 } else { u8::MAX });
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

#[test]
fn a_png_is_greyscale_of_the_size_asked_and_can_be_scanned() {
    let url = typical_url();
    let barcode = Barcode::of(&url).unwrap();
    for pixels in [100, 150, 199, 200, 201, 512] {
        let png = barcode.png(pixels).unwrap();
        let decoder = image::codecs::png::PngDecoder::new(std::io::Cursor::new(png.expose())).unwrap();
        assert_eq!(decoder.color_type(), ColorType::L8);
        assert_eq!(decoder.dimensions(), (pixels, pixels));
        let image = image::DynamicImage::from_decoder(decoder).unwrap();
        assert!(image.to_luma8().pixels().all(|pixel| matches!(pixel.0[0], 0 | 255)));
        let dark = |x: usize, y: usize| image.get_pixel(x as u32, y as u32).0[0] == 0;
        assert_eq!(scan(pixels as usize, dark), url.expose(), "{pixels}");
    }
}

#[test]
fn a_png_has_whole_modules_and_a_quiet_zone_around_the_centred_symbol() {
    let barcode = Barcode::of(&typical_url()).unwrap();
    let smallest = smallest_png(&barcode);
    for pixels in [smallest, smallest + 1, 2 * smallest - 1, 2 * smallest, 200, 1000] {
        let png = barcode.png(pixels).unwrap();
        let image = image::load_from_memory(png.expose()).unwrap().to_luma8();
        let scale = pixels / smallest;
        let dark: Vec<(u32, u32)> =
            image.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[0] == 0).map(|(x, y, _)| (x, y)).collect();
        let (left, right) = (dark.iter().map(|at| at.0).min().unwrap(), dark.iter().map(|at| at.0).max().unwrap());
        let (top, bottom) = (dark.iter().map(|at| at.1).min().unwrap(), dark.iter().map(|at| at.1).max().unwrap());
        assert_eq!(right - left + 1, scale * (smallest - 8));
        assert_eq!(bottom - top + 1, scale * (smallest - 8));
        assert!(left >= 4 * scale && pixels - 1 - right >= 4 * scale);
        assert!(left.abs_diff(pixels - 1 - right) <= 1 && left == top);
    }
}

/// The smallest size in pixels, as the error for one too small names it.
fn smallest_png(barcode: &Barcode) -> u32 {
    let error = barcode.png(1).err().unwrap();
    assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("barcode_size")));
    error.reason().split(' ').find_map(|word| word.parse().ok()).unwrap()
}

#[test]
fn the_error_for_a_small_png_names_the_smallest_that_works() {
    for account in ["a", &"a".repeat(200), &"漢".repeat(66)] {
        let url = format_url(&Secret::copy_of(&[7; 128]), account, account, &Parameters::default());
        let barcode = Barcode::of(&url).unwrap();
        let smallest = smallest_png(&barcode);
        assert!(barcode.png(smallest).is_ok());
        assert!(barcode.png(smallest - 1).is_err());
        assert!(barcode.png(0).is_err());
    }
}

#[test]
fn a_png_of_the_largest_size_is_made_and_a_larger_one_refused() {
    let barcode = Barcode::of(&typical_url()).unwrap();
    let png = barcode.png(4096).unwrap();
    assert_eq!(image::load_from_memory(png.expose()).unwrap().dimensions(), (4096, 4096));
    for pixels in [4097, u32::MAX] {
        assert_eq!(barcode.png(pixels).err().unwrap().argument_name(), Some("barcode_size"));
    }
}

#[test]
fn every_checked_label_fits_a_barcode_and_longer_texts_are_refused() {
    let period = Period::new(86_400).unwrap();
    let parameters = Parameters { algorithm: Algorithm::Sha512, period, ..Parameters::default() };
    let url = format_url(&Secret::copy_of(&[7; 128]), &"é".repeat(100), &"é".repeat(100), &parameters);
    assert!(Barcode::of(&url).is_ok());
    let error = Barcode::of(&SecretText::copy_of(&"é".repeat(1200))).err().unwrap();
    assert_eq!((error.kind(), error.argument_name()), (Kind::InvalidArgument, Some("url")));
}

#[test]
fn an_svg_is_one_path_and_can_be_scanned() {
    let url = typical_url();
    let svg = Barcode::of(&url).unwrap().svg();
    let svg = svg.expose();
    assert_eq!(svg.matches("<path").count(), 1);
    let (_, rest) = svg.split_once("viewBox=\"0 0 ").unwrap();
    let side: usize = rest.split(' ').next().unwrap().parse().unwrap();
    let (_, rest) = svg.split_once(" d=\"M").unwrap();
    let mut dark = vec![false; side * side];
    for run in rest.split_once("z\"").unwrap().0.split("zM") {
        let numbers: Vec<usize> = run.split([' ', 'h', 'v', '-']).filter_map(|number| number.parse().ok()).collect();
        let [x, y, length, 1, back] = numbers[..] else { panic!("an unknown run: {run}") };
        assert_eq!(length, back);
        assert!(x >= 4 && y >= 4 && x + length <= side - 4 && y < side - 4, "the quiet zone is not white");
        dark[y * side + x..][..length].fill(true);
    }
    assert_eq!(scan(4 * side, |x, y| dark[y / 4 * side + x / 4]), url.expose());
}

#[test]
fn a_terminal_barcode_can_be_scanned() {
    let url = typical_url();
    let text = Barcode::of(&url).unwrap().terminal();
    assert!(text.expose().ends_with("\n"));
    let lines: Vec<Vec<char>> = text
        .expose()
        .lines()
        .map(|line| {
            let line = line.strip_prefix("\x1b[38;5;16;48;5;231m").and_then(|line| line.strip_suffix("\x1b[0m"));
            line.unwrap().chars().collect()
        })
        .collect();
    let side = lines[0].len();
    assert_eq!(lines.len(), side.div_ceil(2));
    assert!(lines.iter().all(|line| line.len() == side && line[..4] == [' '; 4] && line[side - 4..] == [' '; 4]));
    assert!(lines[..2].concat().iter().chain(&lines[lines.len() - 2..].concat()).all(|&module| module == ' '));
    let dark = |x: usize, y: usize| {
        let half = lines[y / 2][x];
        half == '█' || half == if y.is_multiple_of(2) { '▀' } else { '▄' }
    };
    assert_eq!(scan(4 * side, |x, y| dark(x / 4, y / 4)), url.expose());
}
