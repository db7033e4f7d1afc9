use super::help::{default_words, line, type_name};
use super::route::{Family, Field, Route};
use super::{auth, sys, totp};

/// What stands before the routes.
const INTRODUCTION: &str = "\
# Paths

<!-- Written from the tables of `src/paths/` by `cargo run -p otpkeep-header`. -->

Everything that can be done by path: by `Keep::request` and its like in each language, and by the `otpkeep` command.
The same tables route the requests, type their fields, and are the help of each path.

Every operation asks the policies of the handle for a capability on the path: reading for `read`, writing for `update`,
listing for `list`, deleting for `delete`. Help asks for nothing but a living token. Fields may be typed weakly: `\"8\"`
for 8, `\"true\"` for true, `30`, `\"30s\"` or `\"1m\"` for a duration, `\"a,b\"` for a list. A field that a path does not know
is ignored, with a warning.

In the examples `-` stands for a value that the command reads from its standard input, and `@` for one that it reads
from a file, so that no secret stands in a command line.
";

/// The reference of all paths, in Markdown.
pub fn reference() -> String {
    let mut text = String::from(INTRODUCTION);
    for family in [&totp::FAMILY, &sys::FAMILY, &auth::FAMILY] {
        push_family(&mut text, family);
    }
    text
}

fn push_family(text: &mut String, family: &Family) {
    text.push_str(&format!("\n## `{}`\n\n{}\n", family.place, family.description));
    for route in family.routes {
        push_route(text, family, route);
    }
}

fn push_route(text: &mut String, family: &Family, route: &Route) {
    text.push_str(&format!("\n### `{}{}`\n\n{}\n\n", family.place, route.pattern, route.synopsis));
    let operations: Vec<_> = route.operations.iter().map(|(operation, _)| operation.name()).collect();
    let sudo = if route.sudo { " (with `sudo`)" } else { "" };
    text.push_str(&format!("Operations: {}{sudo}\n\n{}\n", operations.join(", "), route.description));
    if !route.fields.is_empty() {
        text.push_str("\n| field | type | |\n|---|---|---|\n");
    }
    for field in route.fields {
        text.push_str(&format!(
            "| `{}` | {} | {}{}{} |\n",
            field.name,
            type_name(field.field_type),
            field.description,
            default_words(field),
            secret_words(field)
        ));
    }
    text.push_str("\n```sh\n");
    text.extend(route.examples.iter().map(|example| line(example, family.place).trim_start().to_owned()));
    text.push_str("```\n");
}

const fn secret_words(field: &Field) -> &'static str {
    if field.sensitive { " Secret." } else { "" }
}
