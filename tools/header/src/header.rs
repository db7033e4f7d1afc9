use std::path::Path;

use cbindgen::{Bindings, Builder, Config, DocumentationStyle, ItemType, Language, Style};

/// The sections of the header with the files that they come from.
const SECTIONS: &[(&str, &[&str])] = &[
    ("Options: how a keep is opened", &["options"]),
    ("The keep", &["keep"]),
    ("Key specs: what to write or generate", &["key_spec"]),
    ("Keys", &["key", "names"]),
    ("Enrollment: a new key and its barcode", &["enrollment"]),
    ("Codes", &["code", "verdict"]),
    ("Attempts: failed validations", &["attempts"]),
    ("Mounts", &["mount", "mounts"]),
    ("Policies", &["policies"]),
    ("Tokens", &["token_spec", "token"]),
    ("The audit log", &["audit"]),
    ("Paths: operations in Vault's words", &["paths", "owned_text"]),
    ("Maintenance", &["admin", "report"]),
    ("Errors", &["error"]),
    ("Status", &["status"]),
    ("Version", &["version"]),
];

/// The widest line of a declaration.
const LINE: usize = 120;

pub(crate) struct Header {
    pub(crate) text: String,
    /// The names of all functions, sorted, one a line.
    pub(crate) symbols: String,
}

/// Makes the header from the sources.
///
/// cbindgen is asked once for the types and once per section, since it puts all types before all functions.
pub(crate) fn generate(sources: &Path) -> Result<Header, String> {
    let files = SECTIONS.iter().flat_map(|(_, files)| files.iter().copied());
    let types = written(&bindings(sources, files, &[ItemType::OpaqueItems, ItemType::Typedefs], &[])?);
    let opaque = type_names(&types);
    let mut text = [
        include_str!("introduction.h"),
        "\n#ifndef OTPKEEP_H\n#define OTPKEEP_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n",
        concat!("/** The version of this header. */\n#define OTPKEEP_VERSION \"", env!("CARGO_PKG_VERSION"), "\"\n\n"),
        "/* Before a function whose result must not be ignored. */\n",
        include_str!("types.h"),
        "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n",
    ]
    .concat();
    push_section(&mut text, "Types", &[&types]);
    let mut symbols = Vec::new();
    for (title, files) in SECTIONS {
        let mut parts = Vec::new();
        for file in *files {
            let items = written(&bindings(sources, [*file], &[ItemType::Constants, ItemType::Structs], &[])?);
            // cbindgen writes `struct` before every use of a type, unless it does not know the type.
            let known = [opaque.as_slice(), &type_names(&items)].concat();
            let functions = bindings(sources, [*file], &[ItemType::Functions], &known)?;
            symbols.extend(functions.dynamic_symbols_names().map(str::to_owned));
            parts.extend([items, written(&functions)]);
        }
        push_section(&mut text, title, &parts.iter().collect::<Vec<_>>());
    }
    text.push_str("\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    symbols.sort();
    Ok(Header { text, symbols: symbols.iter().map(|name| format!("{name}\n")).collect() })
}

/// The names of the types that are declared or defined in a text.
fn type_names(text: &str) -> Vec<String> {
    let declarations = text.lines().filter_map(|line| line.strip_prefix("typedef struct "));
    declarations.filter_map(|rest| rest.split(' ').next()).map(str::to_owned).collect()
}

fn push_section(text: &mut String, title: &str, parts: &[&String]) {
    let rule = "-".repeat(LINE - title.len() - 8);
    text.push_str(&format!("\n/* -- {title} {rule} */\n"));
    for part in parts.iter().filter(|part| !part.is_empty()) {
        text.push('\n');
        text.push_str(part);
    }
}

fn bindings<'a>(
    sources: &Path,
    files: impl IntoIterator<Item = &'a str>,
    items: &[ItemType],
    unknown: &[String],
) -> Result<Bindings, String> {
    let mut config = Config {
        language: Language::C,
        no_includes: true,
        style: Style::Both,
        documentation_style: DocumentationStyle::Doxy,
        usize_is_size_t: true,
        line_length: LINE,
        tab_width: 4,
        ..Config::default()
    };
    config.function.must_use = Some("OTPKEEP_CHECK_RESULT".into());
    config.export.item_types = items.to_vec();
    config.export.exclude = unknown.to_vec();
    let mut builder = Builder::new().with_config(config);
    for file in files {
        builder = builder.with_src(sources.join(format!("{file}.rs")));
    }
    builder.generate().map_err(|error| error.to_string())
}

fn written(bindings: &Bindings) -> String {
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.trim().lines().peekable();
    let mut short = String::new();
    while let Some(line) = lines.next() {
        short.push_str(line);
        // A comment of one sentence takes one line.
        if line.trim() == "/**" {
            let first = lines.next().map_or("", |line| line.trim().trim_start_matches('*'));
            match lines.next_if(|line| line.trim() == "*/") {
                Some(_) => short.push_str(&format!("{first} */")),
                None => short.push_str(&format!("\n{} *{first}", line.trim_end_matches("/**"))),
            }
        }
        short.push('\n');
    }
    short
}
