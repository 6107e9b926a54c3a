//! Which attributes an expression may name, and what they hold.

use std::collections::BTreeMap;

use madrigal_model::{AttributeName, AttributeSchema};

use crate::codes;
use crate::diagnostic::Finding;
use crate::nearest::nearest;
use crate::syntax::Span;
use crate::types::Shape;

/// The attributes that expressions of one side may name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    /// What is known for certain, beside or instead of the common schema.
    pub(crate) shapes: BTreeMap<AttributeName, Shape>,
    /// Whether there are no others; says then who would have to have them.
    pub(crate) closed: Option<&'static str>,
}

impl Attributes {
    /// An attribute's shape, and what is to be said about its name.
    pub(crate) fn look_up(
        &self,
        attribute: AttributeName,
        written: &str,
        span: Span,
    ) -> (Shape, Option<Finding>) {
        if let Some(shape) = self.shapes.get(&attribute) {
            return (*shape, case_slip(attribute, written, span));
        }
        if let Some(owner) = self.closed {
            let near = nearest(written, self.shapes.keys().map(|name| name.as_str()));
            let help = near.map_or_else(
                || "import rules make the attributes that export rules read".to_owned(),
                |near| format!("did you mean [{near}]?"),
            );
            let message = format!("{owner} has no attribute [{written}]");
            let finding = Finding::error(codes::UNKNOWN_ATTRIBUTE, span, message, help);
            return (Shape::UNKNOWN, Some(finding));
        }
        if AttributeSchema::is_known(attribute) {
            let shape = Shape::of_attribute(&AttributeSchema::of(attribute));
            return (shape, case_slip(attribute, written, span));
        }
        (Shape::UNKNOWN, typing_slip(written, span))
    }
}

fn case_slip(attribute: AttributeName, written: &str, span: Span) -> Option<Finding> {
    let usual = attribute.as_str();
    (AttributeSchema::is_known(attribute) && usual != written).then(|| {
        let message = format!("[{written}] is usually written [{usual}]");
        Finding::warning(codes::ATTRIBUTE_CASE, span, message, format!("did you mean [{usual}]?"))
    })
}

/// Directories hold attributes that no list has, so a name that is nearly a known one is only probably wrong.
fn typing_slip(written: &str, span: Span) -> Option<Finding> {
    if written.len() < 6 {
        return None;
    }
    let near = nearest(written, AttributeSchema::known_names())?;
    // `otherPager2` beside `otherPager`, Graph's `groupTypes` beside `groupType`: a number or an s more is no slip.
    let bare =
        |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit() || c == 's').to_ascii_lowercase();
    if bare(near) == bare(written) || written.len().abs_diff(near.len()) > 1 {
        return None;
    }
    let message = format!("[{written}] is no attribute that is known here");
    Some(Finding::warning(codes::UNKNOWN_ATTRIBUTE, span, message, format!("did you mean [{near}]?")))
}
