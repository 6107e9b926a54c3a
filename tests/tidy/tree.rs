//! The files that are committed or about to be.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use super::source::Source;

/// A text file of the tree.
pub(crate) struct File {
    /// From the root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    pub(crate) fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    pub(crate) fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file that git knows or would add, in the order of the paths.
pub(crate) fn files() -> &'static [File] {
    static FILES: LazyLock<Vec<File>> = LazyLock::new(read_files);
    &FILES
}

/// The Rust sources among them, with what is test code known.
pub(crate) fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> =
        LazyLock::new(|| Source::read_all(files().iter().filter(|file| file.extension() == "rs")));
    &SOURCES
}

/// Whether the tree has this path, as a file or a folder.
pub(crate) fn exists(path: &str) -> bool {
    root().join(path).exists()
}

fn read_files() -> Vec<File> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files of the tree");
    assert!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    let mut paths: Vec<&str> = names.split('\0').filter(|name| !name.is_empty()).collect();
    paths.sort_unstable();
    paths.into_iter().filter_map(|path| read_text(path, &root().join(path))).collect()
}

/// The file, unless it was deleted or holds no text.
fn read_text(path: &str, place: &PathBuf) -> Option<File> {
    let text = String::from_utf8(std::fs::read(place).ok()?).ok()?;
    Some(File { path: path.to_owned(), text })
}
