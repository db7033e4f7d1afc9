use super::route::Family;

pub(super) static FAMILY: Family =
    Family { mount_type: "auth", place: "auth/", in_mount: false, description: "", routes: &[] };
