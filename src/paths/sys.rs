use super::route::Family;

pub(super) static FAMILY: Family =
    Family { mount_type: "sys", place: "sys/", in_mount: false, description: "", routes: &[] };
