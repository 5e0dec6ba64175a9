/// How an operator deals with a key that may have several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quantifier {
    /// `ForAllValues:`, every value of the request must match; true when there is none.
    ForAllValues,
    /// `ForAnyValue:`, one value of the request must match; false when there is none.
    ForAnyValue,
}

/// What an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are AWS's operators")]
pub enum OperatorKind {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnNotEquals,
    ArnLike,
    ArnNotLike,
    Null,
}

impl OperatorKind {
    /// Every operator with its name.
    pub const ALL: [(OperatorKind, &'static str); 27] = [
        (OperatorKind::StringEquals, "StringEquals"),
        (OperatorKind::StringNotEquals, "StringNotEquals"),
        (OperatorKind::StringEqualsIgnoreCase, "StringEqualsIgnoreCase"),
        (OperatorKind::StringNotEqualsIgnoreCase, "StringNotEqualsIgnoreCase"),
        (OperatorKind::StringLike, "StringLike"),
        (OperatorKind::StringNotLike, "StringNotLike"),
        (OperatorKind::NumericEquals, "NumericEquals"),
        (OperatorKind::NumericNotEquals, "NumericNotEquals"),
        (OperatorKind::NumericLessThan, "NumericLessThan"),
        (OperatorKind::NumericLessThanEquals, "NumericLessThanEquals"),
        (OperatorKind::NumericGreaterThan, "NumericGreaterThan"),
        (OperatorKind::NumericGreaterThanEquals, "NumericGreaterThanEquals"),
        (OperatorKind::DateEquals, "DateEquals"),
        (OperatorKind::DateNotEquals, "DateNotEquals"),
        (OperatorKind::DateLessThan, "DateLessThan"),
        (OperatorKind::DateLessThanEquals, "DateLessThanEquals"),
        (OperatorKind::DateGreaterThan, "DateGreaterThan"),
        (OperatorKind::DateGreaterThanEquals, "DateGreaterThanEquals"),
        (OperatorKind::Bool, "Bool"),
        (OperatorKind::BinaryEquals, "BinaryEquals"),
        (OperatorKind::IpAddress, "IpAddress"),
        (OperatorKind::NotIpAddress, "NotIpAddress"),
        (OperatorKind::ArnEquals, "ArnEquals"),
        (OperatorKind::ArnNotEquals, "ArnNotEquals"),
        (OperatorKind::ArnLike, "ArnLike"),
        (OperatorKind::ArnNotLike, "ArnNotLike"),
        (OperatorKind::Null, "Null"),
    ];

    /// The operator's name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

/// An operator as written in a condition: `ForAllValues:StringLikeIfExists`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// The set prefix, if there is one.
    pub quantifier: Option<Quantifier>,
    /// What it compares.
    pub kind: OperatorKind,
    /// The suffix `IfExists`: true when the key is absent. `Null` never has it.
    pub if_exists: bool,
}

impl Operator {
    /// Reads an operator, in any case. `None` for what AWS does not know.
    pub fn parse(text: &str) -> Option<Self> {
        let (quantifier, rest) = match text.split_once(':') {
            None => (None, text),
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (Some(Quantifier::ForAllValues), rest)
            }
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => (Some(Quantifier::ForAnyValue), rest),
            Some(_) => return None,
        };
        let (if_exists, name) = match rest.len().checked_sub(8).and_then(|at| rest.split_at_checked(at)) {
            Some((name, suffix)) if suffix.eq_ignore_ascii_case("IfExists") => (true, name),
            _ => (false, rest),
        };
        let (kind, _) = OperatorKind::ALL.iter().find(|(_, known)| known.eq_ignore_ascii_case(name))?;
        let meaningless = *kind == OperatorKind::Null && if_exists;
        (!meaningless).then_some(Operator { quantifier, kind: *kind, if_exists })
    }
}

impl std::fmt::Display for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.quantifier {
            None => "",
            Some(Quantifier::ForAllValues) => "ForAllValues:",
            Some(Quantifier::ForAnyValue) => "ForAnyValue:",
        })?;
        f.write_str(self.kind.name())?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_reads_as_it_prints() {
        for (kind, _) in OperatorKind::ALL {
            for quantifier in [None, Some(Quantifier::ForAllValues), Some(Quantifier::ForAnyValue)] {
                for if_exists in [false, true] {
                    let operator = Operator { quantifier, kind, if_exists };
                    let known = !(if_exists && kind == OperatorKind::Null);
                    assert_eq!(Operator::parse(&operator.to_string()), known.then_some(operator));
                    assert_eq!(Operator::parse(&operator.to_string().to_lowercase()), known.then_some(operator));
                }
            }
        }
        for bad in [
            "",
            "IfExists",
            "StringMatches",
            "ForSomeValues:StringEquals",
            "ForAllValues:",
            "StringEquals:",
            "String Equals",
        ] {
            assert_eq!(Operator::parse(bad), None, "{bad:?}");
        }
    }
}
