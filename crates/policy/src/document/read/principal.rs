use super::{Findings, Read, Seen, Spanned, clip, duplicate, owned, strings};
use crate::document::{PrincipalElement, PrincipalEntry, PrincipalKind, PrincipalSet};
use crate::json::{Kind, Reader};

const KINDS: [PrincipalKind; 4] =
    [PrincipalKind::Aws, PrincipalKind::CanonicalUser, PrincipalKind::Federated, PrincipalKind::Service];

/// Reads the value of `Principal` or `NotPrincipal`: `"*"`, or an object of lists.
pub(super) fn read(reader: &mut Reader<'_>, negated: bool, findings: &mut Findings) -> Read<Option<PrincipalElement>> {
    match reader.peek()? {
        Kind::String => {
            let (text, span) = reader.string()?;
            if text == "*" {
                return Ok(Some(PrincipalElement { negated, principals: PrincipalSet::Everyone, span }));
            }
            if problem(PrincipalKind::Aws, &text).is_some() || text.is_empty() {
                findings.error("bad-principal", span, format!("`{}` is no principal", clip(&text)));
            } else {
                findings.refusal("bad-principal", span, format!("`{}` is no principal", clip(&text)));
            }
            findings.help("write \"*\", or an object such as {\"AWS\": \"arn:aws:iam::111122223333:role/ops\"}");
            let entry = PrincipalEntry { kind: PrincipalKind::Aws, value: Spanned::new(text.into_owned(), span) };
            Ok(Some(PrincipalElement { negated, principals: PrincipalSet::Listed(vec![entry]), span }))
        }
        Kind::Object => object(reader, negated, findings),
        found => {
            let span = reader.skip()?;
            findings.wrong_type("Principal", "\"*\" or an object", found, span);
            Ok(None)
        }
    }
}

fn object(reader: &mut Reader<'_>, negated: bool, findings: &mut Findings) -> Read<Option<PrincipalElement>> {
    let mut seen = Seen::default();
    let mut entries = Vec::new();
    let before = findings.list.len();
    let span = reader.object(|reader, key, span| {
        duplicate(&mut seen, &key, span, findings);
        let Some(kind) = KINDS.into_iter().find(|kind| kind.as_str() == key) else {
            findings.error("bad-principal", span, format!("there are no principals of the kind `{}`", clip(&key)));
            findings.help("the kinds are AWS, Service, Federated and CanonicalUser");
            return reader.skip().map(drop);
        };
        strings(reader, &key, findings, |text, findings| {
            if text.value.is_empty() {
                findings.error("bad-principal", text.span, "a principal is not empty");
            } else if let Some(problem) = problem(kind, &text.value) {
                findings.error("bad-principal", text.span, format!("`{}` {problem}", clip(&text.value)));
            }
            entries.push(PrincipalEntry { kind, value: owned(text) });
        })?;
        Ok(())
    })?;
    if entries.is_empty() && findings.list.len() == before {
        findings.error("bad-principal", span, "`Principal` names nobody");
    }
    let principals = PrincipalSet::Listed(entries);
    Ok(Some(PrincipalElement { negated, principals, span }))
}

/// AWS takes `*` alone; a part of a principal cannot be a wildcard.
fn problem(kind: PrincipalKind, text: &str) -> Option<&'static str> {
    let wild = text.contains(['*', '?']);
    match kind {
        PrincipalKind::Aws | PrincipalKind::Service | PrincipalKind::Federated if wild && text != "*" => {
            Some("is refused: a principal is written out, or `*` alone")
        }
        PrincipalKind::CanonicalUser if wild => Some("is refused: a canonical user id has no wildcard"),
        _ => None,
    }
}
