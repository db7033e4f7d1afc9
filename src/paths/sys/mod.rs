//! The paths of the keep itself: mounts, policies, capabilities and the audit log.

mod audit;
mod capabilities;
mod mount_options;
mod mounts;
mod policies;

use super::Operation;
use super::route::{Family, Field, Route, Source};
use crate::access::FieldType;

pub(super) static FAMILY: Family = Family {
    mount_type: "system",
    place: "sys/",
    in_mount: false,
    description: "\
What belongs to the keep as a whole: where engines are mounted, which policies there are, and what a token may do.",
    routes: &[
        MOUNTS,
        MOUNT_TUNE,
        MOUNT,
        POLICIES,
        POLICY,
        LEGACY_POLICIES,
        LEGACY_POLICY,
        CAPABILITIES_SELF,
        CAPABILITIES,
        AUDITS,
        AUDIT_HASH,
        AUDIT_HASH_OF,
        AUDIT,
    ],
};

const PATH: Field = Field::of_path("path", Source::Rest, "Where the mount is, such as `totp` or `team-a/otp`.");
const DESCRIPTION: Field = Field::new("description", FieldType::Text, "What the mount is for, at most 1024 bytes.");
const OPTIONS: Field = Field::new(
    "options",
    FieldType::Map,
    "How wrong codes slow keys down: `throttle` (on or off), `free_attempts`, `lock_seconds`, `max_lock_seconds`, \
     `max_failures`. What is left out keeps its value, or takes its default: on, 5, 1, 300, 100.",
)
.spelled(mount_options::normal);

const MOUNTS: Route = Route {
    pattern: "mounts/",
    synopsis: "Tells all mounts.",
    description: "Each mount's path with its type, description, options and accessor.",
    fields: &[],
    operations: &[(Operation::Read, mounts::read_all)],
    sudo: false,
    examples: &["read {}mounts"],
};

const MOUNT: Route = Route {
    pattern: "mounts/:path",
    synopsis: "Makes, tells or removes a mount.",
    description: "\
Writing makes a mount with keys of its own; it must not lie within another mount, nor another within it. Deleting
removes the mount with all its keys, as a whole. Fields that only matter to servers are accepted and do nothing.",
    fields: &[
        PATH,
        Field::new("type", FieldType::Text, "The engine: `totp`."),
        DESCRIPTION,
        OPTIONS,
        Field::new("config", FieldType::Map, "Without effect."),
        Field::new("local", FieldType::Boolean, "Without effect.").or("false"),
        Field::new("seal_wrap", FieldType::Boolean, "Without effect: everything is sealed.").or("false"),
        Field::new("external_entropy_access", FieldType::Boolean, "Without effect.").or("false"),
        Field::new("plugin_name", FieldType::Text, "Without effect."),
        Field::new("plugin_version", FieldType::Text, "Without effect."),
    ],
    operations: &[
        (Operation::Read, mounts::read),
        (Operation::Write, mounts::write),
        (Operation::Delete, mounts::delete),
    ],
    sudo: false,
    examples: &[
        "write {}mounts/team-a/otp type=totp description=logins",
        "read {}mounts/team-a/otp",
        "delete {}mounts/team-a/otp",
    ],
};

const MOUNT_TUNE: Route = Route {
    pattern: "mounts/:path/tune",
    synopsis: "Tells or changes the options of a mount.",
    description: "Writing changes what is given and leaves the rest. It holds from the next code on.",
    fields: &[
        PATH,
        DESCRIPTION,
        OPTIONS,
        Field::new("default_lease_ttl", FieldType::Text, "Without effect: there are no leases."),
        Field::new("max_lease_ttl", FieldType::Text, "Without effect: there are no leases."),
    ],
    operations: &[(Operation::Read, mounts::read_tune), (Operation::Write, mounts::write_tune)],
    sudo: false,
    examples: &["read {}mounts/totp/tune", "write {}mounts/totp/tune description=logins"],
};

const POLICY_NAME: Field =
    Field::of_path("name", Source::Rest, "Name of the policy, at most 128 bytes; it becomes lower case.");
const POLICY_TEXT: Field = Field::new("policy", FieldType::Text, "The rules, in HCL or JSON, plain or in base64.");

const POLICIES: Route = Route {
    pattern: "policies/acl/",
    synopsis: "Lists the names of the policies.",
    description: "`default` and `root`, which are built in, are among them.",
    fields: &[],
    operations: &[(Operation::List, policies::list)],
    sudo: false,
    examples: &["list {}policies/acl"],
};

const POLICY: Route = Route {
    pattern: "policies/acl/:name",
    synopsis: "Manages a policy: which paths its tokens may use, and how.",
    description: "\
A policy is a list of rules, such as `path \"totp/code/*\" { capabilities = [\"update\"] }`. A change holds at once for
every token that has the policy. `root` cannot be changed, and neither it nor `default` can be deleted.",
    fields: &[POLICY_NAME, POLICY_TEXT],
    operations: &[
        (Operation::Read, policies::read),
        (Operation::Write, policies::write),
        (Operation::Delete, policies::delete),
    ],
    sudo: false,
    examples: &[
        "write {}policies/acl/verifier policy=@verifier.hcl",
        "read {}policies/acl/verifier",
        "delete {}policies/acl/verifier",
    ],
};

const LEGACY_POLICIES: Route = Route {
    pattern: "policy/",
    synopsis: "Lists the names of the policies, under the older path.",
    description: "As `policies/acl`, for clients that know only this path. The names come as `keys` and as `policies`.",
    operations: &[(Operation::Read, policies::list_legacy), (Operation::List, policies::list_legacy)],
    examples: &["list {}policy"],
    ..POLICIES
};

const LEGACY_POLICY: Route = Route {
    pattern: "policy/:name",
    synopsis: "Manages a policy, under the older path.",
    description: "As `policies/acl/:name`, for clients that know only this path. The text is read as `rules`.",
    fields: &[POLICY_NAME, POLICY_TEXT, Field::new("rules", FieldType::Text, "The older name of `policy`.")],
    operations: &[
        (Operation::Read, policies::read_legacy),
        (Operation::Write, policies::write),
        (Operation::Delete, policies::delete),
    ],
    examples: &["read {}policy/default"],
    ..POLICY
};

const PATHS: Field = Field::new("paths", FieldType::TextList, "The paths in question.");
const ONE_PATH: Field = Field::new("path", FieldType::TextList, "The older name of `paths`.");

const CAPABILITIES_SELF: Route = Route {
    pattern: "capabilities-self",
    synopsis: "Tells what your token may do on paths.",
    description: "For each path the names of what is allowed: `root` for everything, `deny` for nothing.",
    fields: &[PATHS, ONE_PATH],
    operations: &[(Operation::Write, capabilities::write_self)],
    sudo: false,
    examples: &["write {}capabilities-self paths=totp/code/alice,totp/keys/alice"],
};

const CAPABILITIES: Route = Route {
    pattern: "capabilities",
    synopsis: "Tells what a token may do on paths.",
    description: "As `capabilities-self`, for the token that is given, or your own when none is.",
    fields: &[Field::new("token", FieldType::Text, "The token in question.").or("your own").secret(), PATHS, ONE_PATH],
    operations: &[(Operation::Write, capabilities::write)],
    sudo: false,
    examples: &["write {}capabilities token=- paths=totp/code/alice"],
};

const AUDITS: Route = Route {
    pattern: "audit/",
    synopsis: "Tells where the audit log goes.",
    description: "Each file that is enabled, with its path. It needs `sudo`.",
    fields: &[],
    operations: &[(Operation::Read, audit::read_all), (Operation::List, audit::read_all)],
    sudo: true,
    examples: &["read {}audit"],
};

const AUDIT: Route = Route {
    pattern: "audit/:path",
    synopsis: "Starts or stops writing the audit log to a file.",
    description: "\
Each request is written before anything is done, and what became of it afterwards, as JSON, one line each, with keyed
hashes in the place of secrets. What cannot be written does not happen. Deleting leaves the file. It needs `sudo`.",
    fields: &[
        Field::of_path("path", Source::Rest, "What the log is called, at most 128 bytes."),
        Field::new("type", FieldType::Text, "Where it goes: `file`.").or("file"),
        Field::new("file_path", FieldType::Text, "The absolute path of the file, which is made when absent."),
        Field::new("options", FieldType::Map, "`file_path`, as Vault's clients send it."),
        Field::new("description", FieldType::Text, "Without effect."),
        Field::new("local", FieldType::Boolean, "Without effect.").or("false"),
    ],
    operations: &[(Operation::Write, audit::write), (Operation::Delete, audit::delete)],
    sudo: true,
    examples: &["write {}audit/file file_path=/dev/null", "delete {}audit/file"],
};

const AUDIT_INPUT: Field = Field::new("input", FieldType::Text, "The value to look for.").secret();

const AUDIT_HASH: Route = Route {
    pattern: "audit-hash",
    synopsis: "Tells what stands in the audit log for a value.",
    description: "The hash is keyed: nobody else can compute it. It is the same in every file of the log.",
    fields: &[AUDIT_INPUT],
    operations: &[(Operation::Write, audit::write_hash)],
    sudo: false,
    examples: &["write {}audit-hash input=-"],
};

const AUDIT_HASH_OF: Route = Route {
    pattern: "audit-hash/:path",
    synopsis: "Tells what stands in the audit log for a value, under the path that Vault's clients use.",
    fields: &[Field::of_path("path", Source::Rest, "What the log is called; it does not matter."), AUDIT_INPUT],
    examples: &["write {}audit-hash/file input=-"],
    ..AUDIT_HASH
};
