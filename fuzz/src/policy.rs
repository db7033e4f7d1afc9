use otpkeep::Kind;
use otpkeep::access::{Acl, Capability, FieldType, Parameters, Policy};

/// A policy is read or refused, and decides every request that is built from its own words. The bytes up to the first
/// NUL are the text; the rest is the path that is asked for.
pub(crate) fn run(data: &[u8]) {
    let Ok(all) = std::str::from_utf8(data) else { return };
    let (text, asked) = all.split_once('\0').unwrap_or((all, "totp/code/alice"));
    let policy = match Policy::parse(text) {
        Ok(policy) => policy,
        Err(error) => return assert_eq!(error.kind(), Kind::InvalidPolicy),
    };
    let acl = Acl::of([&policy, &policy]);
    let mut parameters = Parameters::new();
    for (name, field, json) in [
        ("digits", FieldType::Integer, serde_json::json!(6)),
        ("period", FieldType::Seconds, serde_json::json!("1m")),
        ("exported", FieldType::Boolean, serde_json::json!(true)),
        ("code", FieldType::Text, serde_json::json!(asked)),
        ("policies", FieldType::TextList, serde_json::json!(asked)),
    ] {
        if let Ok(value) = field.coerce(&json) {
            parameters.insert(name, field, value);
        }
    }
    for path in [asked, "totp/code/alice", "totp/keys/", ""] {
        let capabilities = acl.capabilities(path);
        assert!(!capabilities.is_empty());
        for capability in Capability::ALL {
            let granted = acl.allows(*capability, path, &Parameters::new());
            let allowed = acl.allows(*capability, path, &parameters);
            // Of a folder, what is told is what holds for listing it.
            let told =
                path.ends_with('/') || *capability == Capability::List || capabilities.contains(&capability.name());
            assert!(told || !(allowed || granted), "{} is allowed but not told of", capability.name());
        }
        acl.has_sudo(path);
    }
}
