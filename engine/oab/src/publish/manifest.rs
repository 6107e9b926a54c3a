//! The manifest `oab.xml` (MS-OXWOAB 4): which files there are, with their sizes and SHA-1.

use serde::Serialize;

use crate::OabError;
use crate::checksum::sha1_hex;

/// What a file of the manifest is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum EntryKind {
    /// The whole book.
    Full,
    /// A display template.
    Template {
        /// Windows language identifier, four hexadecimal digits.
        language: String,
        /// `windows` or `mac`.
        platform: String,
    },
    /// A patch from the sequence before.
    Diff,
}

/// A file of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What it is.
    #[serde(flatten)]
    pub kind: EntryKind,
    /// The sequence that it belongs to; of a patch, the one that it leads to.
    pub sequence: u32,
    /// Format version: 32 for books and patches, 7 for templates.
    pub version: u32,
    /// Size of the file, bytes.
    pub size: u64,
    /// Size after decoding, bytes; of a patch, that of the book which it makes.
    pub uncompressed_size: u64,
    /// SHA-1 of the file, 40 hexadecimal digits.
    pub sha1: String,
    /// Name of the file, beside the manifest.
    pub name: String,
}

/// The part of a manifest about one address list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListManifest {
    /// Container GUID.
    pub id: String,
    /// X500 name of the list.
    pub distinguished_name: String,
    /// The list's name.
    pub name: String,
    /// The files, in the order of the manifest.
    pub entries: Vec<Entry>,
}

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// The address lists.
    pub lists: Vec<ListManifest>,
}

impl Entry {
    /// Describes a file as it is published.
    pub(super) fn describe(
        kind: EntryKind,
        sequence: u32,
        file: &[u8],
        uncompressed: usize,
        name: String,
    ) -> Self {
        let version = if matches!(kind, EntryKind::Template { .. }) { 7 } else { 32 };
        let (size, uncompressed_size) = (file.len() as u64, uncompressed as u64);
        Self { kind, sequence, version, size, uncompressed_size, sha1: sha1_hex(file), name }
    }
}

impl ListManifest {
    /// The whole book's file.
    pub fn full(&self) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.kind == EntryKind::Full)
    }

    /// The patches in the order of their sequences.
    pub fn diffs(&self) -> Vec<&Entry> {
        let mut diffs: Vec<_> = self.entries.iter().filter(|entry| entry.kind == EntryKind::Diff).collect();
        diffs.sort_by_key(|entry| entry.sequence);
        diffs
    }

    /// Bytes that a client with sequence `have` fetches as patches; `None` when one is missing.
    pub fn diff_bytes_since(&self, have: u32) -> Option<u64> {
        let current = self.full()?.sequence;
        let diffs = self.diffs();
        let size = |sequence| diffs.iter().find(|entry| entry.sequence == sequence).map(|entry| entry.size);
        if current.saturating_sub(have) as usize > diffs.len() {
            return None;
        }
        (have.saturating_add(1)..=current).map(size).sum()
    }
}

impl Manifest {
    /// Reads a manifest, ours or another server's.
    ///
    /// # Errors
    /// [`OabError::Manifest`] for anything but well-formed XML with the elements and attributes of
    /// MS-OXWOAB, and for a file name that leads out of the folder.
    pub fn parse(text: &str) -> Result<Self, OabError> {
        let problem = |problem: String| OabError::Manifest { problem };
        let document = roxmltree::Document::parse(text).map_err(|error| problem(error.to_string()))?;
        let root = document.root_element();
        if root.tag_name().name() != "OAB" {
            return Err(problem(format!("the root element is <{}>, not <OAB>", root.tag_name().name())));
        }
        let elements = root.children().filter(|node| node.has_tag_name("OAL"));
        let lists = elements.map(list).collect::<Result<Vec<_>, _>>()?;
        if lists.is_empty() {
            return Err(problem("there is no <OAL> element".to_owned()));
        }
        Ok(Self { lists })
    }

    /// The manifest as a file.
    pub fn to_xml(&self) -> String {
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAB>\n");
        for list in &self.lists {
            let (id, dn, name) = (escape(&list.id), escape(&list.distinguished_name), escape(&list.name));
            xml.push_str(&format!("  <OAL id='{id}' dn='{dn}' name='{name}'>\n"));
            list.entries.iter().for_each(|entry| xml.push_str(&element(entry)));
            xml.push_str("  </OAL>\n");
        }
        xml.push_str("</OAB>\n");
        xml
    }
}

fn element(entry: &Entry) -> String {
    let (tag, more) = match &entry.kind {
        EntryKind::Full => ("Full", String::new()),
        EntryKind::Diff => ("Diff", String::new()),
        EntryKind::Template { language, platform } => {
            ("Template", format!(" langid='{}' type='{}'", escape(language), escape(platform)))
        }
    };
    let Entry { sequence, version, size, uncompressed_size, .. } = entry;
    let (sha1, name) = (escape(&entry.sha1), escape(&entry.name));
    format!(
        "    <{tag} seq='{sequence}' ver='{version}' size='{size}' uncompressedsize='{uncompressed_size}' \
         SHA='{sha1}'{more}>{name}</{tag}>\n"
    )
}

fn list(node: roxmltree::Node<'_, '_>) -> Result<ListManifest, OabError> {
    let entries = node.children().filter(roxmltree::Node::is_element).filter_map(|child| {
        let kind = match child.tag_name().name() {
            "Full" => EntryKind::Full,
            "Diff" => EntryKind::Diff,
            "Template" => EntryKind::Template {
                language: child.attribute("langid").unwrap_or_default().to_owned(),
                platform: child.attribute("type").unwrap_or_default().to_owned(),
            },
            _ => return None,
        };
        Some(entry(child, kind))
    });
    Ok(ListManifest {
        entries: entries.collect::<Result<_, _>>()?,
        id: attribute(node, "id")?.to_owned(),
        distinguished_name: attribute(node, "dn")?.to_owned(),
        name: attribute(node, "name")?.to_owned(),
    })
}

fn entry(node: roxmltree::Node<'_, '_>, kind: EntryKind) -> Result<Entry, OabError> {
    let name = node.text().unwrap_or_default().trim();
    let plain = !name.is_empty() && !name.contains(['/', '\\', ':', '\0']) && name != "." && name != "..";
    if !plain {
        return Err(OabError::Manifest {
            problem: format!("\"{name}\" is not the name of a file beside it"),
        });
    }
    Ok(Entry {
        kind,
        sequence: number(node, "seq")?,
        version: number(node, "ver")?,
        size: number(node, "size")?,
        uncompressed_size: number(node, "uncompressedsize")?,
        sha1: attribute(node, "SHA")?.to_owned(),
        name: name.to_owned(),
    })
}

fn attribute<'a>(node: roxmltree::Node<'a, '_>, name: &str) -> Result<&'a str, OabError> {
    node.attribute(name).ok_or_else(|| OabError::Manifest {
        problem: format!("<{}> has no attribute {name}", node.tag_name().name()),
    })
}

fn number<T: std::str::FromStr>(node: roxmltree::Node<'_, '_>, name: &str) -> Result<T, OabError> {
    let text = attribute(node, name)?;
    text.trim().parse().map_err(|_| OabError::Manifest {
        problem: format!("{name}='{text}' of <{}> is no number", node.tag_name().name()),
    })
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\'' => escaped.push_str("&apos;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
