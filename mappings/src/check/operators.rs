//! Operators: what they take, and the traps in their order.

use super::{Checker, count_each};
use crate::codes;
use crate::program::NodeKind;
use crate::syntax::{Expression, ExpressionKind, Literal, Operator, Span};
use crate::types::{Shape, Type};

impl Checker<'_> {
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        operator_span: Span,
        left: &Expression,
        right: &Expression,
    ) -> (NodeKind, Shape) {
        self.order_of_operators(operator, operator_span, left);
        let (left_node, left_shape) = self.check(left);
        let (right_node, right_shape) = self.check(right);
        let sides = [(left_shape, left.span), (right_shape, right.span)];
        let of = match operator {
            Operator::Concatenate => self.concatenation(&sides),
            Operator::Add | Operator::Subtract | Operator::Multiply => {
                for (shape, span) in sides {
                    self.must_fit(shape, Type::Number, span, &format!("beside {operator}"));
                }
                Type::Number
            }
            Operator::And | Operator::Or => {
                for (shape, span) in sides {
                    self.must_fit(shape, Type::Boolean, span, &format!("beside {operator}"));
                }
                Type::Boolean
            }
            _ => {
                self.comparison(operator, operator_span, [left, right], [left_shape, right_shape]);
                Type::Boolean
            }
        };
        let nullable = match operator {
            Operator::Concatenate => left_shape.nullable && right_shape.nullable,
            _ => left_shape.nullable || right_shape.nullable,
        };
        let shape = Shape { of, count: count_each(&[left_shape, right_shape]), nullable };
        (NodeKind::Binary { operator, operands: Box::new((left_node, right_node)) }, shape)
    }

    fn order_of_operators(&mut self, operator: Operator, span: Span, left: &Expression) {
        let ExpressionKind::Binary { operator: before, .. } = &left.kind else { return };
        match (before, operator) {
            (Operator::And, Operator::Or) | (Operator::Or, Operator::And) => {
                let message =
                    format!("{operator} behind {before} without parentheses: done from left to right");
                self.warning(
                    codes::MIXED_LOGIC,
                    span,
                    message,
                    "put parentheses round what belongs together",
                );
            }
            (Operator::Add | Operator::Subtract | Operator::Concatenate, Operator::Multiply) => {
                let message = format!("* behind {before} is done last: from left to right");
                self.warning(
                    codes::ARITHMETIC_ORDER,
                    span,
                    message,
                    "put parentheses round what belongs together",
                );
            }
            _ => {}
        }
    }

    fn concatenation(&mut self, sides: &[(Shape, Span); 2]) -> Type {
        let [(left, _), (right, _)] = sides;
        if left.of.fits(Type::Bytes) && right.of.fits(Type::Bytes) {
            return if left.of == Type::Bytes || right.of == Type::Bytes { Type::Bytes } else { Type::Any };
        }
        for (shape, span) in sides {
            if !matches!(shape.of, Type::Number | Type::Reference) {
                self.must_fit(*shape, Type::Text, *span, "beside &");
            }
        }
        Type::Text
    }

    fn comparison(&mut self, operator: Operator, span: Span, sides: [&Expression; 2], shapes: [Shape; 2]) {
        for side in sides {
            if side.kind == ExpressionKind::Literal(Literal::Null) {
                let message = "a comparison with NULL is never true";
                self.warning(codes::COMPARED_WITH_NULL, span, message, "ask with IsNull(…) or IsPresent(…)");
            }
        }
        let [one, other] = shapes.map(|shape| shape.of);
        let text_and_reference =
            matches!((one, other), (Type::Text, Type::Reference) | (Type::Reference, Type::Text));
        if !one.fits(other) && !other.fits(one) && !text_and_reference {
            let message = format!("{one} is compared with {other}");
            let help = match (one, other) {
                (Type::Text, Type::Number) | (Type::Number, Type::Text) => "CNum turns text into a number",
                (Type::Text, Type::Time) | (Type::Time, Type::Text) => "CDate turns text into a time",
                (Type::Boolean, _) | (_, Type::Boolean) => "compare with True or False",
                _ => "compare values of one type",
            };
            self.error(codes::WRONG_TYPE, span, message, help);
        } else if !matches!(operator, Operator::Equal | Operator::NotEqual) && one == Type::Boolean {
            let message = format!("True and False have no order, so {operator} makes no sense");
            self.error(codes::WRONG_TYPE, span, message, "compare with = or <>");
        }
    }
}
