use super::help::type_name;
use super::route::{Family, Route, Source};
use super::target::Target;
use super::{Operation, Refusal, auth, sys, totp};
use crate::keep::Keep;

/// One kind of place with its routes, as data.
pub struct PlaceTable {
    /// How the documentation calls the place, such as `totp/`.
    pub place: &'static str,
    /// What an answer says it comes from: `totp`, `system` or `token`.
    pub mount_type: &'static str,
    /// Whether the place is a mount, which may be anywhere.
    pub in_mount: bool,
    /// What the place is for.
    pub description: &'static str,
    /// Its routes; the first that matches a path answers it.
    pub routes: Vec<RouteTable>,
}

/// One route, as data.
pub struct RouteTable {
    /// The path within its place, where `:field` stands for what the path gives that field.
    pub pattern: &'static str,
    /// In one line, what it is for.
    pub synopsis: &'static str,
    /// What one should know to use it.
    pub description: &'static str,
    /// What it answers.
    pub operations: Vec<Operation>,
    /// Whether it also asks for the capability `sudo`.
    pub sudo: bool,
    /// What it takes.
    pub fields: Vec<FieldTable>,
}

/// One field of a route, as data.
pub struct FieldTable {
    /// Its name.
    pub name: &'static str,
    /// Its type, in the words of the help.
    pub type_name: &'static str,
    /// Whether the path gives it.
    pub in_path: bool,
    /// What a path may give for it, as a regular expression, when not anything.
    pub pattern: Option<&'static str>,
    /// What holds when it is not given, in words.
    pub default: Option<&'static str>,
    /// What it means.
    pub description: &'static str,
    /// Whether its value is a secret, or leads to one.
    pub sensitive: bool,
}

/// All places and routes there are, for descriptions in other forms.
pub fn tables() -> Vec<PlaceTable> {
    [&totp::FAMILY, &sys::FAMILY, &auth::FAMILY].into_iter().map(place).collect()
}

fn place(family: &Family) -> PlaceTable {
    PlaceTable {
        place: family.place,
        mount_type: family.mount_type,
        in_mount: family.in_mount,
        description: family.description,
        routes: family.routes.iter().map(route).collect(),
    }
}

fn route(route: &Route) -> RouteTable {
    let fields = route.fields.iter().map(|field| FieldTable {
        name: field.name,
        type_name: type_name(field.field_type),
        in_path: field.source != Source::Data,
        pattern: (field.source == Source::KeyName).then_some("^[0-9A-Za-z_]([0-9A-Za-z_.@+-]*[0-9A-Za-z_])?$"),
        default: field.default,
        description: field.description,
        sensitive: field.sensitive,
    });
    RouteTable {
        pattern: route.pattern,
        synopsis: route.synopsis,
        description: route.description,
        operations: route.operations.iter().map(|(operation, _)| *operation).collect(),
        sudo: route.sudo,
        fields: fields.collect(),
    }
}

impl Keep {
    /// The route that a path goes to; see [`Keep::request_routed`].
    ///
    /// # Errors
    /// `corrupt`, `forked`, `io`.
    #[doc(hidden)]
    pub fn route_of(&self, path: &str) -> Result<Option<String>, Refusal> {
        Ok(self.look(|moment| Ok(Target::find(moment, path)?.route_name()))?)
    }
}
