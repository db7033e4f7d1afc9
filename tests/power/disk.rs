//! A disk whose power can be cut: an ext4 image on a loop device.
//!
//! What the file system has not yet written to its device is missing from a copy of the image, as it would be from a
//! disk after a cut. Nothing here syncs. It needs root.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A mounted image. Unmounting frees its loop device.
pub(crate) struct Disk {
    image: PathBuf,
    folder: PathBuf,
    /// The name of the loop device, such as `loop0`.
    device: String,
}

impl Disk {
    /// Makes and mounts an empty file system of `megabytes`, in files named after `path`.
    pub(crate) fn make(path: &Path, megabytes: u64) -> Disk {
        let image = path.with_extension("image");
        std::fs::File::create_new(&image).unwrap().set_len(megabytes << 20).unwrap();
        run(Command::new("mkfs.ext4").arg("-q").arg(&image));
        Disk::mount(image, path)
    }

    /// Mounts an image as it is: ext4 replays its journal.
    fn mount(image: PathBuf, folder: &Path) -> Disk {
        std::fs::create_dir(folder).unwrap();
        // With `loop` the device frees itself when the mount ends, however it ends.
        run(Command::new("mount").args(["-t", "ext4", "-o", "loop"]).arg(&image).arg(folder));
        let mut disk = Disk { image, folder: folder.into(), device: String::new() };
        let source = run(Command::new("findmnt").args(["-no", "SOURCE"]).arg(folder));
        disk.device = source.trim().strip_prefix("/dev/").unwrap().to_owned();
        disk
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What a disk holds whose power fails now, mounted at `folder`. The programs that write must stand still.
    pub(crate) fn cut(&self, folder: &Path) -> Disk {
        let image = folder.with_extension("image");
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            // A copy that the kernel wrote into is of no single moment.
            let before = self.requests();
            run(Command::new("cp").arg("--sparse=always").arg(&self.image).arg(&image));
            if before.is_some() && before == self.requests() {
                return Disk::mount(image, folder);
            }
            assert!(Instant::now() < deadline, "the disk does not come to rest");
        }
    }

    /// What the device did so far; `None` while it does something.
    fn requests(&self) -> Option<String> {
        let stat = std::fs::read_to_string(format!("/sys/block/{}/stat", self.device)).unwrap();
        let fields: Vec<&str> = stat.split_whitespace().collect();
        // Writes and flushes done, sectors written; the ninth is what is under way.
        (fields[8] == "0").then(|| format!("{} {} {:?}", fields[4], fields[6], fields.get(15)))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: also when a failed test still has a file open.
        let _ = Command::new("umount").arg("--lazy").arg(&self.folder).status();
        let _ = std::fs::remove_dir(&self.folder);
        let _ = std::fs::remove_file(&self.image);
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "power cuts need root, mkfs.ext4, loop devices and mount: {command:?}: {told}");
    String::from_utf8(output.stdout).unwrap()
}
