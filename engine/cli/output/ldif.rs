//! The plan as LDIF change records, to be read: whoever is referred to may not be there yet, so this is no file for a
//! directory (`apply = "file"` writes that).

use madrigal_ldif::{LineEnd, Writer};
use madrigal_model::{ChangeKind, PendingExport, Value};

pub(crate) fn change(change: &PendingExport) {
    line("dn", change.dn.as_str());
    match change.kind {
        ChangeKind::Delete => line("changetype", "delete"),
        ChangeKind::Add => {
            line("changetype", "add");
            for attribute in &change.changes {
                values(attribute.attribute.as_str(), &attribute.new);
            }
        }
        _ => {
            if let Some(new_dn) = &change.new_dn {
                line("changetype", "moddn");
                line("newrdn", new_dn.rdn_text());
                line("deleteoldrdn", "1");
                if let Some(parent) = new_dn.parent() {
                    line("newsuperior", parent.as_str());
                }
                if change.changes.is_empty() {
                    say!();
                    return;
                }
                say!();
                line("dn", new_dn.as_str());
            }
            line("changetype", "modify");
            for attribute in &change.changes {
                line("replace", attribute.attribute.as_str());
                values(attribute.attribute.as_str(), &attribute.new);
                say!("-");
            }
        }
    }
    say!();
}

fn values(name: &str, values: &[Value]) {
    for value in values {
        match value.as_ref().as_octets() {
            Some(octets) => pair(name, octets),
            None => line(name, &value.to_string()),
        }
    }
}

fn line(name: &str, value: &str) {
    pair(name, value.as_bytes());
}

/// One line, base64 where RFC 2849 does not let the value stand as it is.
fn pair(name: &str, octets: &[u8]) {
    let mut encoded = Vec::new();
    let written = Writer::new(&mut encoded, LineEnd::Lf).pair(name, octets);
    // Writing to memory does not fail.
    if written.is_ok() {
        say_part!("{}", String::from_utf8_lossy(&encoded));
    }
}
