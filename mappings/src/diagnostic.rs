//! What is wrong in a rule file or an expression, with the place drawn.

use std::fmt;

use crate::syntax::Span;

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// It works, and probably not as it was meant.
    Warning,
    /// It cannot run.
    Error,
}

/// Something wrong, found before anything runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, `MDR-R…`; each has a page.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do next; may be empty.
    pub help: String,
    /// The file, as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The character within the line, from 1.
    pub column: usize,
    /// The octets within the file.
    pub span: Span,
    /// The line's text.
    pub excerpt: String,
    /// How many characters of the line are meant, at least 1.
    pub width: usize,
}

/// A diagnostic whose place is counted within one expression or one file, before the file is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) severity: Severity,
    pub(crate) message: String,
    pub(crate) help: String,
    pub(crate) span: Span,
}

impl Finding {
    pub(crate) fn error(
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), help: help.into(), span }
    }

    pub(crate) fn warning(
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message, help) }
    }

    /// The diagnostic in a file's text.
    pub(crate) fn in_file(self, file: &str, text: &str) -> Diagnostic {
        let start = floor(text, self.span.start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = text.get(line_start..).unwrap_or_default();
        let excerpt = rest.split(['\n', '\r']).next().unwrap_or_default();
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        let meant = text.get(start..floor(text, self.span.end.max(start))).unwrap_or_default();
        let meant = meant.split('\n').next().unwrap_or_default();
        Diagnostic {
            code: self.code,
            severity: self.severity,
            message: self.message,
            help: self.help,
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column,
            span: self.span,
            excerpt: excerpt.to_owned(),
            width: meant.chars().count().max(1),
        }
    }
}

/// The nearest boundary between characters at or before the octet.
fn floor(text: &str, octet: usize) -> usize {
    let mut octet = octet.min(text.len());
    while !text.is_char_boundary(octet) {
        octet -= 1;
    }
    octet
}

impl Diagnostic {
    /// Whether nothing may run.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Several lines: code and message, the place, the line with a caret below it, and what to do.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(f, "{weight}[{}]: {}", self.code, self.message)?;
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{margin}--> {}:{}:{}", self.file, self.line, self.column)?;
        // A long line is cut round the place.
        let (shown, column) = window(&self.excerpt, self.column);
        let width = self.width.min(shown.chars().count().saturating_sub(column - 1)).max(1);
        writeln!(f, "{margin} |")?;
        writeln!(f, "{number} | {shown}")?;
        let blank: String =
            shown.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        write!(f, "{margin} | {blank}{}", "^".repeat(width))?;
        if !self.help.is_empty() {
            write!(f, "\n{margin} = help: {}", self.help)?;
        }
        Ok(())
    }
}

/// At most 120 characters of a line with the place in them, and the place's column there.
fn window(line: &str, column: usize) -> (String, usize) {
    const WIDTH: usize = 120;
    let length = line.chars().count();
    if length <= WIDTH {
        return (line.to_owned(), column);
    }
    let start = column.saturating_sub(WIDTH / 2).min(length - WIDTH);
    let shown: String = line.chars().skip(start).take(WIDTH).collect();
    (shown, column - start)
}
