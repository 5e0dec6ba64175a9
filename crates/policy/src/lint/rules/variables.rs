use crate::document::Spanned;
use crate::lint::Subject;

/// The texts in which AWS replaces variables: resources, and the values of string and ARN operators.
pub(super) fn texts<'a>(subject: &Subject<'a>) -> Vec<&'a Spanned<String>> {
    let mut texts = Vec::new();
    for statement in subject.statements() {
        texts.extend(statement.resource.iter().flat_map(|element| &element.patterns));
        for condition in &statement.conditions {
            let name = condition.operator.kind.name();
            if name.starts_with("String") || name.starts_with("Arn") {
                texts.extend(condition.values.iter().map(|value| &value.text));
            }
        }
    }
    texts
}
