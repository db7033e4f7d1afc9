//! What a keep is blamed for is what no writer writes, or what cannot be logged, and nothing else.

use std::fs;
use std::path::Path;

#[test]
fn only_what_no_writer_writes_or_no_log_takes_is_blamed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/sealed");
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap();
        let name = file.file_name().into_string().unwrap();
        let faults = otpkeep_fuzz::faults(&fs::read(file.path()).unwrap());
        assert_eq!(!faults.is_empty(), name.starts_with("refused-"), "{name}: {faults:?}");
    }
}
