//! Turns the header of the C library into a table of its functions, so that the target `calls` knows all of them.

use std::fmt::Write;
use std::{env, fs};

fn main() {
    let header = "../include/otpkeep.h";
    println!("cargo::rerun-if-changed={header}");
    let header = without_comments(&fs::read_to_string(header).expect("the header"));
    let (mut symbols, mut table) = (String::new(), String::new());
    // A declaration ends with a semicolon, and only a function has a parenthesis after a name that begins as ours do.
    for declaration in header.split(';').filter(|declaration| !declaration.contains(['{', '}'])) {
        let declaration = declaration.rsplit("OTPKEEP_CHECK_RESULT").next().unwrap_or_default();
        let Some((head, arguments)) = declaration.split_once('(') else { continue };
        let Some(start) = head.rfind("otpkeep_") else { continue };
        let (result, name) = (last_line(&head[..start]), head[start..].trim());
        let arguments: Vec<String> = arguments.trim_end().trim_end_matches(')').split(',').map(argument).collect();
        writeln!(symbols, "    fn {name}();").expect("memory");
        writeln!(
            table,
            "    Function {{ name: {name:?}, address: {name}, result: {result:?}, arguments: &{arguments:?} }},"
        )
        .expect("memory");
    }
    let code =
        format!("unsafe extern \"C\" {{\n{symbols}}}\n\npub(super) static FUNCTIONS: &[Function] = &[\n{table}];\n");
    let place = format!("{}/functions.rs", env::var("OUT_DIR").expect("cargo's folder"));
    fs::write(place, code).expect("the table");
}

/// The last line of a text, without its spaces: what stands before it are directives of the preprocessor.
fn last_line(text: &str) -> String {
    let line = text.trim_end_matches(' ').rsplit('\n').next().unwrap_or_default();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An argument's type and name with single spaces.
fn argument(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("/*");
    let mut code = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        code.push_str(part.split_once("*/").map_or("", |(_, rest)| rest));
    }
    code
}
