//! Text to tokens. Total: whatever the text, it ends in tokens or in one error with its place.

use super::parse::SyntaxError;
use super::{Operator, Span};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Text(String),
    Number(i64),
    Attribute(String),
    Parameter(String),
    Variable(String),
    Word(String),
    Operator(Operator),
    Open,
    Close,
    Comma,
}

/// Whether the character may stand in a function's, a variable's or an option's name.
fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The tokens of an expression with their places.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, SyntaxError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn error<T>(&self, start: usize, message: impl Into<String>, help: &str) -> Result<T, SyntaxError> {
        let end = self
            .at
            .max(start + self.text.get(start..).and_then(|r| r.chars().next()).map_or(0, char::len_utf8));
        Err(SyntaxError { message: message.into(), help: help.to_owned(), span: Span::new(start, end) })
    }

    fn next(&mut self) -> Result<Option<(Token, Span)>, SyntaxError> {
        while let Some(c) = self.peek().filter(|c| c.is_whitespace()) {
            self.at += c.len_utf8();
        }
        let start = self.at;
        let Some(c) = self.peek() else { return Ok(None) };
        let token = match c {
            '"' => self.text_literal()?,
            '[' => Token::Attribute(self.enclosed(']', "attribute")?),
            '%' => Token::Parameter(self.enclosed('%', "parameter")?),
            '$' => {
                self.at += 1;
                let name = self.name();
                if name.is_empty() {
                    return self.error(start, "a variable's name must follow $", "for example $item");
                }
                Token::Variable(name)
            }
            c if c.is_ascii_digit() => self.number(10, start)?,
            '&' if self.is_hexadecimal() => {
                self.at += 2;
                self.number(16, start)?
            }
            c if is_name_char(c) => Token::Word(self.name()),
            _ => self.sign(c, start)?,
        };
        Ok(Some((token, Span::new(start, self.at))))
    }

    fn name(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|c| !is_name_char(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default().to_owned()
    }

    /// `&H` and hexadecimal digits up to the end of the word; `&Hello(…)` is a concatenation.
    fn is_hexadecimal(&self) -> bool {
        let Some(behind) = self.rest().strip_prefix("&H").or_else(|| self.rest().strip_prefix("&h")) else {
            return false;
        };
        let word: &str = behind.split(|c| !is_name_char(c)).next().unwrap_or_default();
        !word.is_empty() && word.chars().all(|c| c.is_ascii_hexdigit())
    }

    fn number(&mut self, radix: u32, start: usize) -> Result<Token, SyntaxError> {
        let digits = self.name();
        if self.peek() == Some('.') {
            return self.error(start, "a number with a fraction", "numbers are whole; write text in quotes");
        }
        if let Ok(number) = i64::from_str_radix(&digits, radix) {
            return Ok(Token::Number(number));
        }
        if digits.chars().all(|c| c.is_digit(radix)) {
            return self.error(start, "this number is too large", "numbers have 64 bits");
        }
        self.error(start, format!("{digits:?} is neither a number nor a name"), "write text in quotes")
    }

    fn enclosed(&mut self, close: char, what: &str) -> Result<String, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let rest = self.rest();
        let end = rest.find([close, '"', '(', ')', ',', '\n']).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default().trim();
        let closed = rest.get(end..).is_some_and(|behind| behind.starts_with(close));
        self.at += end;
        if !closed {
            return self.error(
                start,
                format!("the {what}'s name is not closed"),
                &format!("a {close:?} is missing"),
            );
        }
        self.at += 1;
        if name.is_empty() {
            return self.error(
                start,
                format!("an {what}'s name is missing here"),
                "for example [mail] or %Forest.FQDN%",
            );
        }
        Ok(name.to_owned())
    }

    /// Text in quotes. `\\` is a backslash, `\"` and `""` a quotation mark; any other backslash stands for itself
    /// (`Replace` reads `\r`, `\n` and `\t` on its own).
    fn text_literal(&mut self) -> Result<Token, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut characters = self.rest().char_indices().peekable();
        let base = self.at;
        while let Some((offset, c)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            match (c, next) {
                ('"', Some('"')) | ('\\', Some('"' | '\\')) => {
                    // `"\"` at the end of an argument is a backslash and the closing mark only when nothing follows
                    // that could close the text; the reference writes no such literal, so the escape wins.
                    text.extend(next);
                    characters.next();
                }
                ('"', _) => {
                    self.at = base + offset + 1;
                    return Ok(Token::Text(text));
                }
                _ => text.push(c),
            }
        }
        self.at = self.text.len();
        self.error(start, "this text is not closed", "a \" is missing at its end")
    }

    fn sign(&mut self, c: char, start: usize) -> Result<Token, SyntaxError> {
        let two = [
            ("&&", Operator::And),
            ("||", Operator::Or),
            ("<>", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
        ];
        let wrong = [
            ("==", "the sign for equal is a single ="),
            ("!=", "the sign for not equal is <>"),
            ("=>", "write >="),
            ("=<", "write <="),
        ];
        for (sign, help) in wrong {
            if self.rest().starts_with(sign) {
                self.at += 2;
                return self.error(start, format!("{sign:?} is no operator here"), help);
            }
        }
        for (sign, operator) in two {
            if self.rest().starts_with(sign) {
                self.at += 2;
                return Ok(Token::Operator(operator));
            }
        }
        self.at += c.len_utf8();
        Ok(match c {
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '+' => Token::Operator(Operator::Add),
            '-' => Token::Operator(Operator::Subtract),
            '*' => Token::Operator(Operator::Multiply),
            '&' => Token::Operator(Operator::Concatenate),
            '=' => Token::Operator(Operator::Equal),
            '<' => Token::Operator(Operator::Less),
            '>' => Token::Operator(Operator::Greater),
            '“' | '”' | '„' => {
                return self.error(start, "a typographic quotation mark", "write straight quotes: \"");
            }
            '\'' | '‘' | '’' => {
                return self.error(
                    start,
                    "a single quotation mark",
                    "text stands in double quotes: \"text\"",
                );
            }
            '|' => return self.error(start, "a single |", "or is written ||"),
            '!' => return self.error(start, "there is no !", "write … = False, or <> for not equal"),
            '/' => {
                return self.error(
                    start,
                    "there is no division",
                    "the operators are + - * & = <> < <= > >= && ||",
                );
            }
            ';' => return self.error(start, "a semicolon", "arguments are separated by commas"),
            ']' => return self.error(start, "a ] without its [", "attributes are written [name]"),
            _ => {
                return self.error(
                    start,
                    format!("{c:?} has no meaning here"),
                    "text stands in double quotes, attributes in [ ]",
                );
            }
        })
    }
}
