//! The script's text, its name, and the folder that it lies in.

use std::fmt::Write;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use madrigal_model::{Anchor, Timestamp};
use madrigal_run::FinishMark;
use madrigal_state::RunId;

const BEGINS: &str = "update-recipient-";
const ENDS: &str = ".ps1";

/// The script for these contacts. They are named by their GUIDs alone: a name may hold whatever a person can type. A key
/// that is no GUID is left out.
pub(super) fn text(
    contacts: &[Anchor],
    domain_controller: Option<&str>,
    run: RunId,
    now: Timestamp,
) -> String {
    let mut text = format!(
        "# Contacts that Madrigal wrote, for Exchange to put into its address lists.\n\
         # For the Exchange Management Shell; it may be run again. Run {}, {now}.\n\
         $failed = 0\n\
         $contacts = @(\n",
        run.0
    );
    for contact in contacts.iter().filter(|contact| contact.as_bytes().len() == 16) {
        // Writing to a text does not fail.
        let _ = writeln!(text, "    '{contact}'");
    }
    let controller = domain_controller.map(|host| format!(" -DomainController '{host}'")).unwrap_or_default();
    let _ = write!(
        text,
        ")\n\
         foreach ($contact in $contacts) {{\n    \
             try {{ Update-Recipient -Identity $contact{controller} -ErrorAction Stop }}\n    \
             catch {{ $failed++; Write-Warning \"${{contact}}: $_\" }}\n\
         }}\n\
         if ($failed -gt 0) {{ Write-Warning \"$failed contacts were not updated\"; exit 1 }}\n"
    );
    text
}

/// A name that no script has. In the order of their names scripts are in the order of their runs.
pub(super) fn free_name(folder: &Path, run: RunId, now: Timestamp) -> PathBuf {
    let name = format!("{BEGINS}{}-run-{}", now.digits(), run.0);
    let names = (2..).map(|number| format!("{name}-{number}{ENDS}"));
    let mut paths = std::iter::once(format!("{name}{ENDS}")).chain(names).map(|name| folder.join(name));
    paths.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

/// The scripts that nobody carried out, oldest first.
pub(super) fn waiting(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut scripts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_script = name.to_str().is_some_and(|name| name.starts_with(BEGINS) && name.ends_with(ENDS));
        if is_script && entry.file_type()?.is_file() {
            scripts.push(entry.path());
        }
    }
    scripts.sort();
    Ok(scripts)
}

/// Moves a script that was carried out, and what the hook printed, out of the way.
pub(super) fn put_away(script: &Path, done: &Path) -> io::Result<()> {
    std::fs::create_dir_all(done)?;
    for path in [super::hook::log_of(script), script.to_owned()] {
        if let Some(name) = path.file_name().filter(|_| path.exists()) {
            std::fs::rename(&path, done.join(name))?;
        }
    }
    Ok(())
}

/// Writes a file that is there whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut part = path.to_owned();
    part.as_mut_os_string().push(".part");
    let mut file = File::create(&part)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}

/// How far contacts were handed on. What cannot be read is as if nothing had been: contacts may be handed on twice.
pub(super) fn mark(path: &Path) -> FinishMark {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_names_contacts_by_their_guids_and_nothing_else() {
        let contacts = [Anchor::new(&[0x27; 16]), Anchor::new(b"'; Remove-Item C:\\ #")];
        let text = text(&contacts, Some("dc1.xyz.example"), RunId(7), Timestamp::from_millis(0));
        let expected = "\
# Contacts that Madrigal wrote, for Exchange to put into its address lists.
# For the Exchange Management Shell; it may be run again. Run 7, 1970-01-01T00:00:00Z.
$failed = 0
$contacts = @(
    '27272727-2727-2727-2727-272727272727'
)
foreach ($contact in $contacts) {
    try { Update-Recipient -Identity $contact -DomainController 'dc1.xyz.example' -ErrorAction Stop }
    catch { $failed++; Write-Warning \"${contact}: $_\" }
}
if ($failed -gt 0) { Write-Warning \"$failed contacts were not updated\"; exit 1 }
";
        assert_eq!(text, expected);
    }

    #[test]
    fn scripts_are_in_the_order_of_their_runs() {
        let folder = tempfile::tempdir().unwrap();
        let mut written = Vec::new();
        for (run, millis) in [(1, 0), (1, 0), (2, 500), (10, 1_000_000_000_000)] {
            let path = free_name(folder.path(), RunId(run), Timestamp::from_millis(millis));
            write(&path, "").unwrap();
            written.push(path);
        }
        write(&folder.path().join("position.json"), "").unwrap();
        let mut found = waiting(folder.path()).unwrap();
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(found.pop(), written.pop());
        written.sort();
        assert_eq!(found, written);
    }
}
