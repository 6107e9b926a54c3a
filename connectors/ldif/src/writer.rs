//! Writing LDIF (RFC 2849): base64 where the text is not safe as it is, lines folded, every octet kept.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use madrigal_api::{Modification, ModificationKind, OperationKind};
use madrigal_model::{AttributeName, DistinguishedName, Entry, ValueRef};

/// The longest line, in columns, its end not counted (RFC 2849 note 2).
const LINE_COLUMNS: usize = 76;

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LineEnd {
    /// As on Unix.
    #[default]
    Lf,
    /// As on Windows.
    CrLf,
}

impl LineEnd {
    /// The octets.
    #[must_use]
    pub fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
        }
    }
}

/// Writes LDIF.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    line_end: LineEnd,
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// A writer to this output.
    #[must_use]
    pub fn new(out: W, line_end: LineEnd) -> Self {
        Self { out, line_end, line: Vec::new() }
    }

    /// The output.
    #[must_use]
    pub fn into_inner(self) -> W {
        self.out
    }

    /// The version that begins a file, and a blank line.
    ///
    /// # Errors
    /// The output's. So for every method here.
    pub fn version(&mut self) -> io::Result<()> {
        self.pair("version", b"1")?;
        self.blank()
    }

    /// A blank line: the end of a record.
    ///
    /// # Errors
    /// See [`Self::version`].
    pub fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(self.line_end.as_bytes())
    }

    /// A comment of one line or several.
    ///
    /// # Errors
    /// See [`Self::version`].
    pub fn comment(&mut self, text: &str) -> io::Result<()> {
        for line in text.lines() {
            self.line.clear();
            self.line.extend_from_slice(b"# ");
            self.line.extend_from_slice(line.as_bytes());
            self.out.write_all(&self.line)?;
            self.blank()?;
        }
        Ok(())
    }

    /// A name with a value, folded, in base64 where need be.
    ///
    /// # Errors
    /// See [`Self::version`].
    pub fn pair(&mut self, name: &str, value: &[u8]) -> io::Result<()> {
        self.line.clear();
        self.line.extend_from_slice(name.as_bytes());
        if is_safe(value) {
            self.line.extend_from_slice(if value.is_empty() { b":" } else { b": " });
            self.line.extend_from_slice(value);
        } else {
            self.line.extend_from_slice(b":: ");
            let mut text = String::new();
            BASE64.encode_string(value, &mut text);
            self.line.extend_from_slice(text.as_bytes());
        }
        self.write_folded(name.len() + 3)
    }

    /// A name of an object.
    ///
    /// # Errors
    /// See [`Self::version`].
    pub fn dn(&mut self, keyword: &str, dn: &DistinguishedName) -> io::Result<()> {
        self.pair(keyword, dn.as_str().as_bytes())
    }

    /// A value of an attribute; one that only points elsewhere is left out.
    ///
    /// # Errors
    /// See [`Self::version`].
    pub fn value(&mut self, attribute: AttributeName, value: ValueRef<'_>) -> io::Result<()> {
        match value.as_octets() {
            Some(octets) => self.pair(attribute.as_str(), octets),
            None => Ok(()),
        }
    }

    /// An object, `objectClass` first.
    ///
    /// # Errors
    /// See [`Self::version`].
    pub fn entry(&mut self, dn: &DistinguishedName, entry: &Entry) -> io::Result<()> {
        self.dn("dn", dn)?;
        self.attributes(entry)?;
        self.blank()
    }

    /// An operation as a change record.
    ///
    /// # Errors
    /// See [`Self::version`].
    pub fn operation(&mut self, operation: &OperationKind) -> io::Result<()> {
        match operation {
            OperationKind::Add { dn, entry, former: _ } => {
                self.dn("dn", dn)?;
                self.pair("changetype", b"add")?;
                self.attributes(entry)?;
            }
            OperationKind::Modify { dn, modifications, .. } => {
                self.dn("dn", dn)?;
                self.pair("changetype", b"modify")?;
                modifications.iter().try_for_each(|modification| self.modification(modification))?;
            }
            OperationKind::Rename { dn, new_dn, .. } => {
                self.dn("dn", dn)?;
                self.pair("changetype", b"modrdn")?;
                self.pair("newrdn", new_dn.rdn_text().as_bytes())?;
                self.pair("deleteoldrdn", b"1")?;
                let parent = new_dn.parent().unwrap_or_default();
                if !dn.parent().unwrap_or_default().same_as(&parent) {
                    self.dn("newsuperior", &parent)?;
                }
            }
            OperationKind::Delete { dn, .. } => {
                self.dn("dn", dn)?;
                self.pair("changetype", b"delete")?;
            }
        }
        self.blank()
    }

    fn modification(&mut self, modification: &Modification) -> io::Result<()> {
        let kind = match modification.kind {
            ModificationKind::Add => "add",
            ModificationKind::Delete => "delete",
            ModificationKind::Replace => "replace",
        };
        self.pair(kind, modification.attribute.as_str().as_bytes())?;
        for value in &modification.values {
            self.value(modification.attribute, value.as_ref())?;
        }
        self.out.write_all(b"-")?;
        self.blank()
    }

    fn attributes(&mut self, entry: &Entry) -> io::Result<()> {
        let is_class = |name: AttributeName| name.as_str().eq_ignore_ascii_case("objectClass");
        for classes in [true, false] {
            for (name, values) in entry.iter().filter(|(name, _)| is_class(*name) == classes) {
                values.iter().try_for_each(|value| self.value(name, value))?;
            }
        }
        Ok(())
    }

    /// Writes the line, folded behind the first `unbroken` columns at the earliest: no reader looks for a name on two
    /// lines.
    fn write_folded(&mut self, unbroken: usize) -> io::Result<()> {
        let first = LINE_COLUMNS.max(unbroken);
        let (mut now, mut rest) = self.line.split_at_checked(first).unwrap_or((&self.line, &[]));
        loop {
            self.out.write_all(now)?;
            self.out.write_all(self.line_end.as_bytes())?;
            if rest.is_empty() {
                return Ok(());
            }
            self.out.write_all(b" ")?;
            (now, rest) = rest.split_at_checked(LINE_COLUMNS - 1).unwrap_or((rest, &[]));
        }
    }
}

/// Whether the value may stand as it is (RFC 2849, SAFE-STRING; a blank at the end is not risked).
fn is_safe(value: &[u8]) -> bool {
    let first_is_safe = value.first().is_none_or(|first| !matches!(first, b' ' | b':' | b'<'));
    let last_is_safe = value.last().is_none_or(|last| *last != b' ');
    first_is_safe && last_is_safe && value.iter().all(|octet| matches!(octet, 1..=9 | 11 | 12 | 14..=0x7f))
}
