//! Links and headings of a Markdown page.

/// A link and the line it stands on.
pub(crate) struct Link {
    pub(crate) line: usize,
    pub(crate) target: String,
}

/// The links of a page, those in code left out.
pub(crate) fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (number, line) in prose(text) {
        let line = without_code(line);
        for (at, _) in line.match_indices("](") {
            let rest = &line[at + 2..];
            let target = rest.split(')').next().unwrap_or_default();
            let target = target.split_whitespace().next().unwrap_or_default();
            links.push(Link { line: number, target: target.trim_matches(['<', '>']).to_owned() });
        }
        // A reference: `[name]: target`.
        if let Some((_, target)) = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
            links.push(Link { line: number, target: target.trim().to_owned() });
        }
    }
    links
}

/// The anchors that a page's headings make.
pub(crate) fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).filter(|(_, line)| line.starts_with('#'));
    headings.map(|(_, line)| anchor(line.trim_start_matches('#').trim())).collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// Lines outside fenced code, each with its number.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    let lines = text.lines().enumerate().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    });
    lines.map(|(number, line)| (number + 1, line))
}

fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

#[test]
fn links_and_anchors_are_found() {
    let page =
        "# One two: three\n[a](b.md#c) `[x](y)` [d](<e.md> \"title\")\n```\n[no](no.md)\n```\n[r]: f.md\n";
    let found: Vec<_> = links(page).into_iter().map(|link| (link.line, link.target)).collect();
    let expected = [(2, "b.md#c"), (2, "e.md"), (6, "f.md")].map(|(line, target)| (line, target.to_owned()));
    assert_eq!(found, expected);
    assert_eq!(anchors(page), ["one-two-three"]);
}
