//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// How much is written at once.
const BLOCK_OCTETS: usize = 256 * 1024;

/// Writes a file beside `path` and puts it in its place when it is whole and on the disk; a failure leaves what was
/// there. With `previous` the old file is kept under that name.
pub(crate) fn replace(
    path: &Path,
    previous: Option<&Path>,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let temporary = beside(path, ".new");
    let written = write_whole(&temporary, path, write).and_then(|()| {
        if let Some(previous) = previous {
            keep(path, previous)?;
        }
        fs::rename(&temporary, path)
    });
    if written.is_err() {
        // The failure that led here is the one to tell.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    sync_folder(path)
}

/// The path with something behind its last name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(suffix);
    path.with_file_name(name)
}

fn write_whole(
    temporary: &Path,
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(BLOCK_OCTETS, File::create(temporary)?);
    // Whoever may read the old file may read the new one, and nobody else.
    if let Ok(old) = fs::metadata(path) {
        fs::set_permissions(temporary, old.permissions())?;
        keep_owner(temporary, &old);
    }
    write(&mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()
}

/// Leaves the file to whom the old one belonged, where we may give files away.
#[cfg(unix)]
fn keep_owner(temporary: &Path, old: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, chown};
    // Whoever may not keeps what is his own.
    let _ = chown(temporary, Some(old.uid()), Some(old.gid()));
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &fs::Metadata) {}

/// Keeps the file under a second name, without a moment in which the first one is not there.
fn keep(path: &Path, previous: &Path) -> io::Result<()> {
    let kept = beside(previous, ".new");
    match fs::remove_file(&kept) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    match fs::hard_link(path, &kept) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(_) => drop(fs::copy(path, &kept)?),
    }
    fs::rename(&kept, previous)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match File::open(folder) {
        Ok(folder) => folder.sync_all(),
        // A folder that may be written but not read: the file is there, its name reaches the disk in due time.
        Err(_) => Ok(()),
    }
}
