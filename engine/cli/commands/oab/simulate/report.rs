//! One HTML page with everything in it: no script, no font, no address to fetch.

use std::fmt::Write;
use std::path::Path;

use super::super::{OabFailure, folder};

/// A part of a page: a picture, a table, or both.
pub(super) struct Section {
    pub(super) svg: Option<String>,
    pub(super) header: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

/// A page.
pub(super) struct Report {
    title: String,
    body: String,
}

const STYLE: &str = "\
:root{color-scheme:light}\
body{margin:0;background:#eef1f5;color:#16202c;font:16px/1.5 Inter,'Segoe UI','Helvetica Neue',Helvetica,Arial,'DejaVu Sans',sans-serif}\
main{max-width:1120px;margin:0 auto;padding:40px 20px 60px}\
h1{font-size:30px;margin:0 0 4px}\
p.note{color:#5d6b7a;margin:0 0 24px}\
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:16px;margin:0 0 24px}\
.figures div{background:#fff;border-radius:10px;padding:16px 20px}\
.figures b{display:block;font-size:26px;line-height:1.3}\
.figures span{color:#5d6b7a;font-size:14px}\
section{background:#fff;border-radius:10px;padding:12px 16px 16px;margin:0 0 24px;overflow-x:auto}\
svg{width:100%;height:auto;display:block}\
table{border-collapse:collapse;width:100%;font-size:14px}\
th{text-align:left;color:#5d6b7a;font-weight:500;padding:6px 12px;border-bottom:1px solid #d5dbe2}\
td{padding:6px 12px;border-bottom:1px solid #eef1f5;white-space:nowrap}\
td:last-child{width:100%}\
@media print{body{background:#fff}}";

impl Report {
    pub(super) fn new(title: &str) -> Self {
        Self { title: title.to_owned(), body: format!("<h1>{}</h1>\n", escape(title)) }
    }

    /// A line of small print under the title.
    pub(super) fn note(&mut self, text: &str) {
        // The note stands above the figures, whenever it is given.
        let note = format!("<p class=\"note\">{}</p>\n", escape(text));
        let after_title = self.body.find("</h1>\n").map_or(0, |at| at + 6);
        self.body.insert_str(after_title, &note);
    }

    /// The numbers that matter.
    pub(super) fn figures<const N: usize>(&mut self, figures: [(&str, String); N]) {
        self.body.push_str("<div class=\"figures\">\n");
        for (label, value) in figures {
            let _ = writeln!(self.body, "<div><b>{}</b><span>{}</span></div>", escape(&value), escape(label));
        }
        self.body.push_str("</div>\n");
    }

    pub(super) fn section(&mut self, section: Section) {
        self.body.push_str("<section>\n");
        if let Some(svg) = section.svg {
            self.body.push_str(&svg);
        }
        if !section.rows.is_empty() {
            let cells = |tag: &str, cells: &mut dyn Iterator<Item = &str>| {
                cells.map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect::<String>()
            };
            let head = cells("th", &mut section.header.iter().copied());
            let _ = writeln!(self.body, "<table><thead><tr>{head}</tr></thead><tbody>");
            for row in &section.rows {
                let _ = writeln!(self.body, "<tr>{}</tr>", cells("td", &mut row.iter().map(String::as_str)));
            }
            self.body.push_str("</tbody></table>\n");
        }
        self.body.push_str("</section>\n");
    }

    pub(super) fn write(self, path: &Path) -> Result<(), OabFailure> {
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{}</main>\n</body>\n</html>\n",
            escape(&self.title),
            self.body
        );
        folder::replace(path, page.as_bytes())
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
