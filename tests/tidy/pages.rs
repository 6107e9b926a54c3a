//! The pages of the book and the papers at the root.

use std::path::{Component, Path};

use super::markdown::{anchors, links};
use super::tree::{File, exists, files};
use super::{Finding, check};

fn pages() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|file| file.extension() == "md")
}

fn page(path: &str) -> Option<&'static File> {
    files().iter().find(|file| file.path == path)
}

/// Where a relative link leads, from the root of the tree; none where it leads out of it.
fn resolve(from: &File, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in Path::new(from.folder()).join(target).components() {
        match part {
            Component::ParentDir => drop(parts.pop()?),
            Component::CurDir => {}
            Component::Normal(name) => parts.push(name.to_str()?.to_owned().leak()),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

/// What is wrong with a link, if anything.
fn fault(from: &File, target: &str) -> Option<&'static str> {
    if ["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme)) {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let place = if path.is_empty() { Some(from.path.clone()) } else { resolve(from, path) };
    let Some(place) = place else { return Some("leads out of the tree") };
    if !exists(&place) {
        return Some("leads nowhere");
    }
    if from.path.starts_with("docs/") && !place.starts_with("docs/") {
        return Some("leads out of the book, which holds docs/ alone");
    }
    let known = || page(&place).is_some_and(|page| anchors(&page.text).iter().any(|known| known == anchor));
    (!anchor.is_empty() && !known()).then_some("leads to a heading that is not there")
}

#[test]
fn links_lead_somewhere() {
    let findings = pages().flat_map(|page| {
        links(&page.text).into_iter().filter_map(move |link| {
            let what = fault(page, &link.target)?;
            Some(Finding::new(&page.path, link.line, format!("'{}' {what}", link.target)))
        })
    });
    check("mend the link, or write the page", findings.collect());
}

#[test]
fn the_summary_lists_every_page() {
    let Some(summary) = page("docs/SUMMARY.md") else { return };
    let listed: Vec<_> =
        links(&summary.text).iter().filter_map(|link| resolve(summary, &link.target)).collect();
    let unlisted = pages()
        .filter(|page| page.path.starts_with("docs/") && page.path != summary.path)
        .filter(|page| !listed.contains(&page.path));
    let findings = unlisted.map(|page| Finding::new(&page.path, 0, "is not in docs/SUMMARY.md"));
    check("add the page to docs/SUMMARY.md: the book leaves out what is not there", findings.collect());
}
