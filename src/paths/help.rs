use super::route::{Family, Field, Route};
use super::target::Target;
use super::{Answer, Refusal, Response, no_handler};
use crate::access::FieldType;

/// What a path is for, in words.
pub(super) fn answer(target: &Target<'_>) -> Result<Answer, Refusal> {
    let family = target.family.ok_or_else(|| no_handler(target))?;
    let text = match target.route {
        Some((route, _)) => of_route(target, route),
        None if target.rest.is_empty() => of_family(family, &target.place),
        None => return Err(Refusal::unsupported_path()),
    };
    let mut response = Response { mount_type: family.mount_type, ..Response::default() };
    response.data.insert("help".into(), text.into());
    Ok(Answer::Response(response))
}

fn of_family(family: &Family, place: &str) -> String {
    let mut text = format!("## DESCRIPTION\n\n{}\n\n## PATHS\n\n", family.description);
    text.push_str(
        "What lies below. Ask for the help of any path that matches one of these patterns. What your token may\n",
    );
    text.push_str("do there is for its policies to say.\n");
    for route in family.routes {
        text.push_str(&format!("\n    {}\n        {}\n", route.regex(), route.synopsis));
    }
    text.push_str("\n## EXAMPLES\n\n");
    text.extend(family.routes.iter().filter_map(|route| route.examples.first()).map(|example| line(example, place)));
    text
}

fn of_route(target: &Target<'_>, route: &Route) -> String {
    let mut text =
        format!("Request:        {}\nMatching Route: {}\n\n{}\n", target.rest, route.regex(), route.synopsis);
    let mut fields: Vec<&Field> = route.fields.iter().collect();
    fields.sort_by_key(|field| field.name);
    if !fields.is_empty() {
        text.push_str("\n## PARAMETERS\n");
    }
    for field in fields {
        text.push_str(&format!("\n    {} ({})\n\n", field.name, type_name(field.field_type)));
        text.push_str(&format!("        {}{}\n", field.description, default_words(field)));
    }
    let operations: Vec<_> = route.operations.iter().map(|(operation, _)| operation.name()).collect();
    text.push_str(&format!("\n## OPERATIONS\n\n    {}\n", operations.join(", ")));
    text.push_str(&format!("\n## DESCRIPTION\n\n{}\n\n## EXAMPLES\n\n", route.description));
    text.extend(route.examples.iter().map(|example| line(example, &target.place)));
    text
}

/// An example as a command line at a place.
pub(super) fn line(example: &str, place: &str) -> String {
    format!("    otpkeep {}\n", example.replacen("{}", place, 1))
}

/// The default of a field, to be put behind its description.
pub(super) fn default_words(field: &Field) -> String {
    field.default.map_or_else(String::new, |default| format!(" Default: {default}."))
}

/// The name of a type, as Vault's help has it.
pub(super) const fn type_name(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Text => "string",
        FieldType::Integer => "int",
        FieldType::Boolean => "bool",
        FieldType::Seconds => "duration (sec)",
        FieldType::TextList => "slice",
        FieldType::Map => "map",
    }
}
