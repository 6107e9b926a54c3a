//! `MailNickname`.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{Arguments, Call, Function, Group, Kind, Purity, parameter, row};
use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::scalar::{Scalar};
use crate::types::{Type};

pub(crate) static FUNCTION: Function = Function {
    name: "MailNickname",
    group: Group::Recipients,
    summary: "Text with only the characters that an alias may have.",
    remarks: "Accents go, other characters that an alias must not have too; no full stop at the start, at the end or twice. None where nothing is left; at most 64 characters. Madrigal's own.",
    parameters: &[parameter("text", Kind::Value(Type::Text))],
    result: Type::Text,
    may_be_null: true,
    purity: Purity::Pure,
    call: Call::Each(mail_nickname),
    rows: &[row("MailNickname(\"anna.berg\")", "\"anna.berg\""), row("MailNickname(\"Anna Berg\")", "\"AnnaBerg\""), row("MailNickname(\".anna..berg.\")", "\"anna.berg\""), row("MailNickname(\"Jörg Müller\")", "\"JorgMuller\""), row("MailNickname(\"a@b\")", "\"ab\""), row("MailNickname(\"Łukasz Straße\")", "\"LukaszStrasse\""), row("MailNickname(\"安娜\")", "NULL"), row("MailNickname(NULL)", "NULL"),],
};

fn mail_nickname<'a>(arguments: Arguments<'_, 'a>, evaluation: &mut Evaluation<'a>) -> Result<Scalar<'a>, Failure> {
    let text = arguments.text(0)?;
    evaluation.charge(text.len())?;
    let mut alias = String::new();
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ß' => alias.push_str("ss"),
            'ø' | 'Ø' => alias.push('o'),
            'ł' => alias.push('l'),
            'Ł' => alias.push('L'),
            'đ' | 'ð' => alias.push('d'),
            'Đ' => alias.push('D'),
            'æ' => alias.push_str("ae"),
            'Æ' => alias.push_str("AE"),
            'œ' => alias.push_str("oe"),
            '.' if alias.is_empty() || alias.ends_with('.') => {}
            c if c.is_ascii_alphanumeric() || ALLOWED_SIGNS.contains(c) => alias.push(c),
            _ => {}
        }
        if alias.len() >= MAX_ALIAS {
            break;
        }
    }
    let alias = alias.trim_end_matches('.');
    Ok(if alias.is_empty() { Scalar::Null } else { Scalar::text(alias.to_owned()) })
}

/// The signs that Exchange takes in an alias, `&` aside, which Entra Connect does not carry.
const ALLOWED_SIGNS: &str = "!#%*+-/=?^_~.'$`{|}";

/// The longest alias.
const MAX_ALIAS: usize = 64;