//! A published folder on disk.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use madrigal_oab::Limits;
use madrigal_oab::container::unpack;
use madrigal_oab::publish::{Generation, HISTORY, History, MANIFEST, Manifest, Previous};

use super::OabFailure;

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, OabFailure> {
    fs::read(path).map_err(|source| OabFailure::Read { path: path.to_owned(), source })
}

/// Reads the manifest of a folder, and says which folder that is.
pub(super) fn manifest(path: &Path) -> Result<(PathBuf, Manifest), OabFailure> {
    // A path to the manifest itself does as well as one to its folder.
    let file = if path.ends_with(MANIFEST) { path.to_owned() } else { path.join(MANIFEST) };
    let folder = file.parent().unwrap_or(Path::new(""));
    let text = String::from_utf8_lossy(&read(&file)?).into_owned();
    Ok((folder.to_owned(), Manifest::parse(&text).map_err(OabFailure::at(&file))?))
}

/// The generation that a folder publishes now; `None` when it has no manifest.
pub(super) fn previous(folder: &Path, limits: Limits) -> Result<Option<Previous>, OabFailure> {
    if !folder.join(MANIFEST).exists() {
        return Ok(None);
    }
    let (_, manifest) = manifest(folder)?;
    let file = folder.join(MANIFEST);
    let problem = |problem: &str| madrigal_oab::OabError::Manifest { problem: problem.to_owned() };
    let list = manifest.lists.into_iter().next();
    let list = list.ok_or_else(|| OabFailure::at(&file)(problem("there is no <OAL> element")))?;
    let full = list.full().ok_or_else(|| OabFailure::at(&file)(problem("there is no <Full> element")))?;
    let full_path = folder.join(&full.name);
    let book = unpack(&read(&full_path)?, limits).map_err(OabFailure::at(&full_path))?.bytes;
    let history_path = folder.join(HISTORY);
    let history = match fs::read_to_string(&history_path) {
        Ok(text) => History::parse(&text).map_err(OabFailure::at(&history_path))?,
        // Another server's folder has none; its patches count as new.
        Err(source) if source.kind() == io::ErrorKind::NotFound => History::default(),
        Err(source) => return Err(OabFailure::Read { path: history_path, source }),
    };
    Ok(Some(Previous { list, book, history }))
}

/// Writes a generation: new files first, the manifest last and at once, then what is obsolete goes.
pub(super) fn publish(generation: &Generation, folder: &Path, from: Option<&Path>) -> Result<(), OabFailure> {
    let written = |path: &Path| {
        let path = path.to_owned();
        move |source| OabFailure::Write { path, source }
    };
    fs::create_dir_all(folder).map_err(written(folder))?;
    let elsewhere = from.filter(|from| !same_folder(from, folder));
    if let Some(from) = elsewhere {
        for name in &generation.retained {
            let (source, target) = (from.join(name), folder.join(name));
            fs::copy(&source, &target).map_err(written(&target))?;
        }
    }
    for file in &generation.files {
        replace(&folder.join(&file.name), &file.bytes)?;
    }
    replace(&folder.join(HISTORY), generation.history.to_text().as_bytes())?;
    replace(&folder.join(MANIFEST), generation.manifest.to_xml().as_bytes())?;
    if elsewhere.is_none() {
        for name in &generation.obsolete {
            match fs::remove_file(folder.join(name)) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(written(&folder.join(name))(source));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn same_folder(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// Writes a file beside its place and moves it there, so that no client fetches half of one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), OabFailure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let write = || {
        let mut file = fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|source| OabFailure::Write { path: path.to_owned(), source })
}
