//! Where passwords come from: never from a command line, never into a log.

use std::fmt;
use std::path::{Path, PathBuf};

use madrigal_api::ConnectorError;

/// Where a password is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordSource {
    /// In an environment variable.
    Environment(String),
    /// In a file that only its owner can read: its first line.
    File(PathBuf),
    /// Among the credentials that systemd hands to the service (`LoadCredential=`).
    Credential(String),
}

/// A password. It is shown as dots.
pub(crate) struct Password(String);

impl Password {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

impl PasswordSource {
    /// Reads the password.
    ///
    /// # Errors
    /// [`ConnectorError::Configuration`] with code MDR-D004 where it is not there, is empty, or lies in a file that
    /// others can read.
    pub(crate) fn read(&self) -> Result<Password, ConnectorError> {
        let text = match self {
            Self::Environment(name) => std::env::var(name).map_err(|error| {
                failed(
                    format!("the environment variable {name}"),
                    error.to_string(),
                    &format!("Set {name} in the environment of the service"),
                )
            })?,
            Self::File(path) => {
                check_private(path)?;
                read_file(path)?
            }
            Self::Credential(name) => {
                let folder = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or_else(|| {
                    failed(
                        format!("the credential {name}"),
                        "CREDENTIALS_DIRECTORY is not set".to_owned(),
                        &format!("Start Madrigal as a systemd service with LoadCredential={name}:FILE"),
                    )
                })?;
                if name.is_empty() || name.contains(['/', '\\']) || name.starts_with('.') {
                    let remedy = "Write the name that stands behind LoadCredential=";
                    return Err(failed(
                        format!("the credential {name:?}"),
                        "it is no name".to_owned(),
                        remedy,
                    ));
                }
                read_file(&Path::new(&folder).join(name))?
            }
        };
        let first = text.lines().next().unwrap_or_default();
        if first.is_empty() {
            // A simple bind without a password succeeds as nobody (RFC 4513 section 5.1.2).
            let remedy = "Put the password there; a bind without one would succeed as nobody";
            return Err(failed(self.place(), "it is empty".to_owned(), remedy));
        }
        Ok(Password(first.to_owned()))
    }

    fn place(&self) -> String {
        match self {
            Self::Environment(name) => format!("the environment variable {name}"),
            Self::File(path) => path.display().to_string(),
            Self::Credential(name) => format!("the credential {name}"),
        }
    }
}

fn read_file(path: &Path) -> Result<String, ConnectorError> {
    std::fs::read_to_string(path).map_err(|error| {
        let remedy = "See that the file exists and that the account Madrigal runs under may read it";
        failed(path.display().to_string(), error.to_string(), remedy)
    })
}

/// Refuses a file that somebody else could read or could have written.
#[cfg(unix)]
fn check_private(path: &Path) -> Result<(), ConnectorError> {
    use std::os::unix::fs::MetadataExt;

    let Ok(file) = std::fs::metadata(path) else { return Ok(()) };
    let place = || path.display().to_string();
    if file.mode() & 0o077 != 0 {
        let reason = format!("others can read or write it (mode {:04o})", file.mode() & 0o7777);
        return Err(failed(place(), reason, &format!("chmod 600 {}", path.display())));
    }
    // The process's own folder belongs to the account that it runs under; where there is none, nobody can be told.
    let own = std::fs::metadata("/proc/self").map(|own| own.uid());
    if own.is_ok_and(|own| file.uid() != own && file.uid() != 0) {
        let remedy = "Let it belong to the account that Madrigal runs under, or to root";
        return Err(failed(place(), format!("it belongs to somebody else (uid {})", file.uid()), remedy));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_path: &Path) -> Result<(), ConnectorError> {
    Ok(())
}

fn failed(place: String, reason: String, remedy: &str) -> ConnectorError {
    ConnectorError::Configuration {
        code: "MDR-D004",
        doing: format!("reading the password from {place}"),
        reason,
        remedy: remedy.to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_read_only_when_nobody_else_can() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [
            (0o600, "secret\n", "secret"),
            (0o400, "secret\nnotes\n", "secret"),
            (0o640, "secret\n", "it: others can read or write it (mode 0640). chmod 600 it."),
            (
                0o600,
                "\n",
                "it: it is empty. Put the password there; a bind without one would succeed as nobody.",
            ),
        ];
        for (mode, text, expected) in rows {
            let path = folder.path().join("password");
            let _ = std::fs::remove_file(&path);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let shown = match PasswordSource::File(path.clone()).read() {
                Ok(password) => password.reveal().to_owned(),
                Err(error) => {
                    assert_eq!(error.code(), "MDR-D004");
                    let text = format!("{error}. {}", error.remedy());
                    let text = text.replace(&path.display().to_string(), "it");
                    text.trim_start_matches("reading the password from ").to_owned()
                }
            };
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(format!("{:?}", Password("secret".to_owned())), "•••");
    }
}
