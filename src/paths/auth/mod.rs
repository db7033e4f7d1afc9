//! The paths of tokens.

mod create;
mod tokens;

use super::Operation;
use super::route::{Family, Field, Route};
use crate::access::FieldType;

pub(super) static FAMILY: Family = Family {
    mount_type: "token",
    place: "auth/token/",
    in_mount: false,
    description: "\
Tokens carry policies: whoever has a token may do what its policies allow. A token ends when it expires or is revoked,
and with it all tokens that were made with it. An accessor names a token without giving its authority.",
    routes: &[
        CREATE,
        LOOKUP,
        LOOKUP_SELF,
        LOOKUP_ACCESSOR,
        RENEW,
        RENEW_SELF,
        RENEW_ACCESSOR,
        REVOKE,
        REVOKE_SELF,
        REVOKE_ACCESSOR,
        ACCESSORS,
    ],
};

const TOKEN: Field = Field::new("token", FieldType::Text, "The token in question.").secret();
const ACCESSOR: Field = Field::new("accessor", FieldType::Text, "The accessor of the token in question.");
const INCREMENT: Field =
    Field::new("increment", FieldType::Seconds, "How long it shall live from now on.").or("what it was made for");

const CREATE: Route = Route {
    pattern: "create",
    synopsis: "Makes a token.",
    description: "\
The new token is a child of the one it is made with: it has a subset of its policies, unless that one is root, and ends
with it. Made with the root key it has no parent. The token itself is told this once, as `client_token`.

Limited uses, batch tokens, periods, tokens of a chosen text and orphans of a token are not supported: fields for them
may only say that they are not wanted.",
    fields: &[
        Field::new("policies", FieldType::TextList, "Names of its policies, at most 64.")
            .or("those of its parent")
            .spelled(create::policy_names),
        Field::new("no_default_policy", FieldType::Boolean, "Leaves out the policy `default`.").or("false"),
        Field::new("ttl", FieldType::Seconds, "How long it lives, at most 10 years.").or("32 days"),
        Field::new("renewable", FieldType::Boolean, "Whether it may be renewed.").or("true"),
        Field::new("display_name", FieldType::Text, "Whom it is for, at most 256 bytes.").or("token"),
        Field::new("meta", FieldType::Map, "Notes about it: at most 64, of 512 bytes each for name and value."),
        Field::new("type", FieldType::Text, "`service` or `default`, which are the same.").or("service"),
        Field::new("num_uses", FieldType::Integer, "Must be 0.").or("0"),
        Field::new("period", FieldType::Seconds, "Must be 0.").or("0"),
        Field::new("explicit_max_ttl", FieldType::Seconds, "Must be 0.").or("0"),
        Field::new("no_parent", FieldType::Boolean, "Must be false.").or("false"),
        Field::new("id", FieldType::Text, "Must be empty.").secret(),
        Field::new("entity_alias", FieldType::Text, "Must be empty."),
    ],
    operations: &[(Operation::Write, create::write)],
    sudo: false,
    examples: &["write {}create policies=verifier,reader ttl=1h display_name=login-page"],
};

const LOOKUP: Route = Route {
    pattern: "lookup",
    synopsis: "Tells about a token.",
    description: "Its policies, when it was made and when it ends. An unknown, expired or revoked token is an error.",
    fields: &[TOKEN.or("your own")],
    operations: &[(Operation::Write, tokens::lookup)],
    sudo: false,
    examples: &["write {}lookup token=-"],
};

const LOOKUP_SELF: Route = Route {
    pattern: "lookup-self",
    synopsis: "Tells about your own token.",
    fields: &[],
    operations: &[(Operation::Read, tokens::lookup_self)],
    examples: &["read {}lookup-self"],
    ..LOOKUP
};

const LOOKUP_ACCESSOR: Route = Route {
    pattern: "lookup-accessor",
    synopsis: "Tells about the token of an accessor.",
    fields: &[ACCESSOR],
    operations: &[(Operation::Write, tokens::lookup_accessor)],
    examples: &["write {}lookup-accessor accessor=oac_..."],
    ..LOOKUP
};

const RENEW: Route = Route {
    pattern: "renew",
    synopsis: "Renews a token.",
    description: "From now on it lives for `increment`, at most for as long as it was made for.",
    fields: &[TOKEN, INCREMENT],
    operations: &[(Operation::Write, tokens::renew)],
    sudo: false,
    examples: &["write {}renew token=- increment=1h"],
};

const RENEW_SELF: Route = Route {
    pattern: "renew-self",
    synopsis: "Renews your own token.",
    fields: &[INCREMENT],
    operations: &[(Operation::Write, tokens::renew_self)],
    examples: &["write {}renew-self increment=1h"],
    ..RENEW
};

const RENEW_ACCESSOR: Route = Route {
    pattern: "renew-accessor",
    synopsis: "Renews the token of an accessor.",
    fields: &[ACCESSOR, INCREMENT],
    operations: &[(Operation::Write, tokens::renew_accessor)],
    examples: &["write {}renew-accessor accessor=oac_... increment=1h"],
    ..RENEW
};

const REVOKE: Route = Route {
    pattern: "revoke",
    synopsis: "Ends a token, and all tokens made with it.",
    description: "It takes effect at once and in every process. A token that does not live is no error.",
    fields: &[TOKEN],
    operations: &[(Operation::Write, tokens::revoke)],
    sudo: false,
    examples: &["write {}revoke token=-"],
};

const REVOKE_SELF: Route = Route {
    pattern: "revoke-self",
    synopsis: "Ends your own token, and all tokens made with it.",
    fields: &[],
    operations: &[(Operation::Write, tokens::revoke_self)],
    examples: &["write -force {}revoke-self"],
    ..REVOKE
};

const REVOKE_ACCESSOR: Route = Route {
    pattern: "revoke-accessor",
    synopsis: "Ends the token of an accessor, and all tokens made with it.",
    fields: &[ACCESSOR],
    operations: &[(Operation::Write, tokens::revoke_accessor)],
    examples: &["write {}revoke-accessor accessor=oac_..."],
    ..REVOKE
};

const ACCESSORS: Route = Route {
    pattern: "accessors/",
    synopsis: "Lists the accessors of all living tokens.",
    description: "It also asks for the capability `sudo`, since it tells of tokens that are not your own.",
    fields: &[],
    operations: &[(Operation::List, tokens::list)],
    sudo: true,
    examples: &["list {}accessors"],
};
