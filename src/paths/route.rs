use serde_json::Value as Json;

use super::call::Call;
use super::{Answer, Operation, Refusal};
use crate::access::{FieldType, Value};

/// What carries out one operation of a route. It is called when the operation is allowed and its fields are typed.
pub(super) type Handler = fn(&Call<'_>) -> Result<Answer, Refusal>;

/// One kind of place with all the routes in it. This table routes, types, and is the help.
pub(super) struct Family {
    /// What an answer says it comes from: `totp`, `system` or `token`.
    pub(super) mount_type: &'static str,
    /// How the documentation calls a place of the kind, such as `totp/`.
    pub(super) place: &'static str,
    /// Whether the place is a mount.
    pub(super) in_mount: bool,
    /// What the place is for.
    pub(super) description: &'static str,
    /// The first that matches a path answers it.
    pub(super) routes: &'static [Route],
}

/// One path, or all paths of one pattern.
pub(super) struct Route {
    /// The path within its place. `:field` stands for what the path gives that field; a last `/` may be left out.
    pub(super) pattern: &'static str,
    /// In one line, what it is for.
    pub(super) synopsis: &'static str,
    /// What one should know to use it.
    pub(super) description: &'static str,
    /// What it takes, from the path and beside it.
    pub(super) fields: &'static [Field],
    /// What it answers.
    pub(super) operations: &'static [(Operation, Handler)],
    /// Whether it also asks for the capability `sudo`.
    pub(super) sudo: bool,
    /// Requests in the words of the command line, `{}` standing for the place. No secret stands in a command: `-` has it
    /// read from the standard input, `@` from a file.
    pub(super) examples: &'static [&'static str],
}

/// One field of a route.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) field_type: FieldType,
    pub(super) source: Source,
    /// What holds when it is not given, in words.
    pub(super) default: Option<&'static str>,
    pub(super) description: &'static str,
    /// Whether its value is a secret, or leads to one.
    pub(super) sensitive: bool,
    /// Gives a value its one spelling.
    normal: fn(Value) -> Value,
}

/// Where a field comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// From what is sent to the path.
    Data,
    /// From one segment of the path that could be a key's name.
    KeyName,
    /// From all of the path that is left, which is not empty.
    Rest,
}

impl Field {
    /// A field of the data.
    pub(super) const fn new(name: &'static str, field_type: FieldType, description: &'static str) -> Field {
        Field {
            name,
            field_type,
            source: Source::Data,
            default: None,
            description,
            sensitive: false,
            normal: |value| value,
        }
    }

    /// A field that the path gives.
    pub(super) const fn of_path(name: &'static str, source: Source, description: &'static str) -> Field {
        Field { source, ..Field::new(name, FieldType::Text, description) }
    }

    /// The same with its default, in words.
    pub(super) const fn or(self, default: &'static str) -> Field {
        Field { default: Some(default), ..self }
    }

    /// The same with one spelling for what can be spelled in many ways.
    pub(super) const fn spelled(self, normal: fn(Value) -> Value) -> Field {
        Field { normal, ..self }
    }

    /// The value that the JSON means for the field.
    ///
    /// # Errors
    /// The detail, in words that show no text.
    pub(super) fn coerce(&self, json: &Json) -> Result<Value, String> {
        self.field_type.coerce(json).map(self.normal)
    }

    /// The same, as a secret.
    pub(super) const fn secret(self) -> Field {
        Field { sensitive: true, ..self }
    }
}

impl Source {
    /// Whether the path may hold this for the field.
    fn fits(self, text: &str) -> bool {
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        match self {
            Source::Data => false,
            Source::Rest => !text.is_empty(),
            Source::KeyName => {
                let bytes = text.as_bytes();
                let ends = bytes.first().is_some_and(word) && bytes.last().is_some_and(word);
                ends && bytes.iter().all(|byte| word(byte) || b"-.@+".contains(byte))
            }
        }
    }

    const fn regex(self) -> &'static str {
        match self {
            Source::KeyName => r"\w(([\w.@+-]+)?\w)?",
            Source::Data | Source::Rest => ".+",
        }
    }
}

impl Route {
    /// What carries out the operation.
    pub(super) fn handler(&self, operation: Operation) -> Option<Handler> {
        self.operations.iter().find(|(known, _)| *known == operation).map(|(_, handler)| *handler)
    }

    /// The field of this name, when it has one.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The field that the path gives, with what stands before and after it.
    fn variable(&self) -> Option<(&'static str, &'static Field, &'static str)> {
        let (before, rest) = self.pattern.split_once(':')?;
        let field = self.fields.iter().find(|field| field.source != Source::Data)?;
        Some((before, field, rest.strip_prefix(field.name)?))
    }

    /// What the path gives the route, when it is one of the route's.
    pub(super) fn matches<'p>(&self, path: &'p str) -> Option<Option<(&'static Field, &'p str)>> {
        let Some((before, field, after)) = self.variable() else {
            let bare = self.pattern.strip_suffix('/').unwrap_or(self.pattern);
            return (path == self.pattern || path == bare).then_some(None);
        };
        let text = path.strip_prefix(before)?.strip_suffix(after)?;
        field.source.fits(text).then_some(Some((field, text)))
    }

    /// The paths of the route as a regular expression.
    pub(super) fn regex(&self) -> String {
        match (self.variable(), self.pattern.strip_suffix('/')) {
            (Some((before, field, after)), _) => {
                format!("^{before}(?P<{}>{}){after}$", field.name, field.source.regex())
            }
            (None, Some(bare)) => format!("^{bare}/?$"),
            (None, None) => format!("^{}$", self.pattern),
        }
    }
}
