//! Tokens to a tree. Total: nesting and length are limited, so that no text can exhaust the stack.

use super::lex::{Token, tokens};
use super::{Expression, ExpressionKind, Literal, Operator, Span};
use crate::limits::{MAX_EXPRESSION_OCTETS, MAX_NESTING};

/// Text that is no expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({help})")]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where.
    pub span: Span,
}

/// The tree of an expression.
///
/// # Errors
/// [`SyntaxError`] at the first place where the text leaves the grammar, or where it is longer or nested deeper than
/// the limits allow.
pub fn parse(text: &str) -> Result<Expression, SyntaxError> {
    if text.len() > MAX_EXPRESSION_OCTETS {
        let message = format!(
            "the expression has {} octets, more than MAX_EXPRESSION_OCTETS ({MAX_EXPRESSION_OCTETS})",
            text.len()
        );
        return Err(SyntaxError {
            message,
            help: "split it over several rules".into(),
            span: Span::new(0, 0),
        });
    }
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0, end: text.len(), depth: 0 };
    let expression = parser.expression()?;
    match parser.peek() {
        None if height(&expression) > MAX_NESTING => parser.too_deep(),
        None => Ok(expression),
        Some((Token::Close, span)) => error(*span, "a ) without its (", "take it away, or open it before"),
        Some((_, span)) => error(
            *span,
            "the expression has ended before this",
            "an operator such as & is missing, or a comma",
        ),
    }
}

/// How many steps lie between the root and the deepest leaf, counted without recursion.
fn height(root: &Expression) -> usize {
    let mut highest = 0;
    let mut pending = vec![(root, 1)];
    while let Some((expression, height)) = pending.pop() {
        highest = highest.max(height);
        match &expression.kind {
            ExpressionKind::Call { arguments, .. } => {
                pending.extend(arguments.iter().map(|a| (a, height + 1)))
            }
            ExpressionKind::Binary { left, right, .. } => {
                pending.extend([(&**left, height + 1), (&**right, height + 1)]);
            }
            ExpressionKind::Negate(inner) | ExpressionKind::Group(inner) => pending.push((inner, height + 1)),
            _ => {}
        }
    }
    highest
}

fn error<T>(span: Span, message: impl Into<String>, help: &str) -> Result<T, SyntaxError> {
    Err(SyntaxError { message: message.into(), help: help.to_owned(), span })
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    end: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&(Token, Span)> {
        self.tokens.get(self.at)
    }

    fn bump(&mut self) -> Option<(Token, Span)> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn here(&self) -> Span {
        self.peek().map_or(Span::new(self.end, self.end), |(_, span)| *span)
    }

    fn expression(&mut self) -> Result<Expression, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return self.too_deep();
        }
        let expression = self.level(0);
        self.depth -= 1;
        expression
    }

    fn too_deep<T>(&self) -> Result<T, SyntaxError> {
        let message = format!("nested deeper than MAX_NESTING ({MAX_NESTING})");
        error(self.here(), message, "split it, or give a part a name with With($part, …, …)")
    }

    fn level(&mut self, level: u8) -> Result<Expression, SyntaxError> {
        if level > 2 {
            return self.operand();
        }
        let mut left = self.level(level + 1)?;
        while let Some((Token::Operator(operator), operator_span)) = self.peek().cloned() {
            if operator.level() != level {
                break;
            }
            self.at += 1;
            let right = self.level(level + 1)?;
            let span = left.span.to(right.span);
            let (left_operand, right_operand) = (Box::new(left), Box::new(right));
            let kind =
                ExpressionKind::Binary { operator, operator_span, left: left_operand, right: right_operand };
            left = Expression { kind, span };
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Expression, SyntaxError> {
        let Some((token, span)) = self.bump() else {
            let help =
                if self.end == 0 { "the expression is empty" } else { "the expression ends too early" };
            return error(Span::new(self.end, self.end), "a value is missing here", help);
        };
        let kind = match token {
            Token::Text(text) => ExpressionKind::Literal(Literal::Text(text)),
            Token::Number(number) => ExpressionKind::Literal(Literal::Number(number)),
            Token::Attribute(name) => ExpressionKind::Attribute(name),
            Token::Parameter(name) => ExpressionKind::Parameter(name),
            Token::Variable(name) => ExpressionKind::Variable(name),
            Token::Word(word) => return self.word(word, span),
            Token::Open => return self.group(span),
            Token::Operator(Operator::Subtract) => return self.negative(span),
            Token::Operator(operator) => {
                return error(
                    span,
                    format!("a value is missing before {operator}"),
                    "both sides of an operator need one",
                );
            }
            Token::Close => return error(span, "a value is missing before this )", "or a comma is too many"),
            Token::Comma => {
                return error(span, "a value is missing before this comma", "write NULL for none");
            }
        };
        Ok(Expression { kind, span })
    }

    fn group(&mut self, open: Span) -> Result<Expression, SyntaxError> {
        let inner = self.expression()?;
        let close = self.close(open)?;
        Ok(Expression { kind: ExpressionKind::Group(Box::new(inner)), span: open.to(close) })
    }

    fn close(&mut self, open: Span) -> Result<Span, SyntaxError> {
        match self.bump() {
            Some((Token::Close, span)) => Ok(span),
            Some((_, span)) => {
                error(span, "expected a comma or a ) here", "an operator such as & may be missing too")
            }
            None => error(open, "this ( is never closed", "a ) is missing at the end"),
        }
    }

    fn negative(&mut self, sign: Span) -> Result<Expression, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return self.too_deep();
        }
        let inner = self.operand();
        self.depth -= 1;
        let inner = inner?;
        let span = sign.to(inner.span);
        let kind = match inner.kind {
            ExpressionKind::Literal(Literal::Number(number)) => {
                ExpressionKind::Literal(Literal::Number(-number))
            }
            _ => ExpressionKind::Negate(Box::new(inner)),
        };
        Ok(Expression { kind, span })
    }

    fn word(&mut self, word: String, span: Span) -> Result<Expression, SyntaxError> {
        if let Some((Token::Open, open)) = self.peek().cloned() {
            self.at += 1;
            return self.call(word, span, open);
        }
        let kind = match word.as_str() {
            "True" => ExpressionKind::Literal(Literal::Boolean(true)),
            "False" => ExpressionKind::Literal(Literal::Boolean(false)),
            "NULL" => ExpressionKind::Literal(Literal::Null),
            "AuthoritativeNull" => ExpressionKind::Literal(Literal::AuthoritativeNull),
            "IgnoreThisFlow" => ExpressionKind::Literal(Literal::IgnoreThisFlow),
            "CRLF" => ExpressionKind::Literal(Literal::Text("\r\n".into())),
            _ => ExpressionKind::Word(word),
        };
        Ok(Expression { kind, span })
    }

    fn call(&mut self, name: String, name_span: Span, open: Span) -> Result<Expression, SyntaxError> {
        let mut arguments = Vec::new();
        if let Some((Token::Close, close)) = self.peek().cloned() {
            self.at += 1;
            let kind = ExpressionKind::Call { name, name_span, arguments };
            return Ok(Expression { kind, span: name_span.to(close) });
        }
        loop {
            arguments.push(self.expression()?);
            if let Some((Token::Comma, _)) = self.peek() {
                self.at += 1;
                continue;
            }
            let close = self.close(open)?;
            let kind = ExpressionKind::Call { name, name_span, arguments };
            return Ok(Expression { kind, span: name_span.to(close) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree with every operation in parentheses.
    fn shape(expression: &Expression) -> String {
        match &expression.kind {
            ExpressionKind::Literal(Literal::Text(text)) => format!("{text:?}"),
            ExpressionKind::Literal(Literal::Number(number)) => number.to_string(),
            ExpressionKind::Literal(Literal::Boolean(boolean)) => format!("{boolean}"),
            ExpressionKind::Literal(other) => format!("{other:?}"),
            ExpressionKind::Attribute(name) => format!("[{name}]"),
            ExpressionKind::Parameter(name) => format!("%{name}%"),
            ExpressionKind::Variable(name) => format!("${name}"),
            ExpressionKind::Word(word) => word.clone(),
            ExpressionKind::Group(inner) => shape(inner),
            ExpressionKind::Negate(inner) => format!("(-{})", shape(inner)),
            ExpressionKind::Call { name, arguments, .. } => {
                format!("{name}({})", arguments.iter().map(shape).collect::<Vec<_>>().join(","))
            }
            ExpressionKind::Binary { operator, left, right, .. } => {
                format!("({}{operator}{})", shape(left), shape(right))
            }
        }
    }

    #[test]
    fn priorities() {
        for (text, expected) in [
            ("1 + 2 * 3", "((1+2)*3)"),
            ("[a] & \"x\" = \"yx\"", "(([a]&\"x\")=\"yx\")"),
            ("[a]=1||[b]=2&&[c]=3", "((([a]=1)||([b]=2))&&([c]=3))"),
            ("IsPresent([a]) || [b] = \"x\" || 1 > 2", "((IsPresent([a])||([b]=\"x\"))||(1>2))"),
            ("-2147483648", "-2147483648"),
            ("5 - -3", "(5--3)"),
            ("-[a] + 1", "((-[a])+1)"),
            ("BitAnd([x],&H21C07000) > 0", "(BitAnd([x],566259712)>0)"),
            ("[a]&HexName([b])", "([a]&HexName([b]))"),
            ("\"\\\\0ACNF:\"", "\"\\\\0ACNF:\""),
            ("\"say \"\"hi\"\"\"", "\"say \\\"hi\\\"\""),
            ("\"\\r\\n\"", "\"\\\\r\\\\n\""),
            ("(1 + 2) * (3)", "((1+2)*3)"),
            ("Now()", "Now()"),
            ("CRLF", "\"\\r\\n\""),
            ("Where($item,[a],$item<>\"\")", "Where($item,[a],($item<>\"\"))"),
        ] {
            assert_eq!(shape(&parse(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn places_of_errors() {
        for (text, start) in [
            ("", 0),
            ("Left([a", 5),
            ("Left([a]", 4),
            ("[a] [b]", 4),
            ("[a] == 1", 4),
            ("“x”", 0),
            ("Left(,1)", 5),
            ("[a] &", 5),
            ("\"open", 0),
            ("1.5", 0),
            ("99999999999999999999", 0),
        ] {
            assert_eq!(parse(text).unwrap_err().span.start, start, "{text}");
        }
    }

    #[test]
    fn depth_is_limited() {
        let deep = "(".repeat(100_000);
        assert!(parse(&deep).unwrap_err().message.contains("MAX_"));
        let deep = format!("{}1", "-".repeat(10_000));
        assert!(parse(&deep).unwrap_err().message.contains("MAX_NESTING"));
        let long = vec!["1"; 5_000].join("+");
        assert!(parse(&long).unwrap_err().message.contains("MAX_NESTING"));
    }
}
