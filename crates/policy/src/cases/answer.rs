use crate::json::write_string;

/// What came out of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The case.
    pub id: String,
    /// `allowed`, `implicit_deny`, `explicit_deny`; `valid`, `invalid`; `match`, `no_match`; empty when there is only an error.
    pub decision: &'static str,
    /// The policy types that cut the request.
    pub blocked_by: Vec<&'static str>,
    /// Why, in a sentence fragment.
    pub reason: String,
    /// Why the case could not be answered, or how the two evaluators differ.
    pub error: Option<String>,
    /// Whether the answer is the expected one; `None` when the case expects nothing.
    pub agrees: Option<bool>,
}

impl Answer {
    /// An answer that is only an error. It agrees with no expectation.
    pub(super) fn failed(id: &str, error: impl Into<String>, expects: bool) -> Self {
        Answer {
            id: id.to_owned(),
            decision: "",
            blocked_by: Vec::new(),
            reason: String::new(),
            error: Some(error.into()),
            agrees: expects.then_some(false),
        }
    }

    /// Whether the answer counts against the run: it disagrees, or it is an error.
    pub fn is_failure(&self) -> bool {
        self.agrees == Some(false) || self.error.is_some()
    }

    /// One line of JSON, without a line end: `{"id", "decision", "blocked_by", "reason", "error"?}`.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\"id\":");
        write_string(&mut out, &self.id);
        out.push_str(",\"decision\":");
        write_string(&mut out, self.decision);
        out.push_str(",\"blocked_by\":[");
        for (n, layer) in self.blocked_by.iter().enumerate() {
            out.push_str(if n == 0 { "" } else { "," });
            write_string(&mut out, layer);
        }
        out.push_str("],\"reason\":");
        write_string(&mut out, &self.reason);
        if let Some(error) = &self.error {
            out.push_str(",\"error\":");
            write_string(&mut out, error);
        }
        out.push('}');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_line_of_json() {
        let mut answer = Answer {
            id: "a\"1".to_owned(),
            decision: "implicit_deny",
            blocked_by: vec!["boundary", "scp"],
            reason: "nothing allows it".to_owned(),
            error: None,
            agrees: Some(true),
        };
        assert_eq!(
            answer.to_json(),
            r#"{"id":"a\"1","decision":"implicit_deny","blocked_by":["boundary","scp"],"reason":"nothing allows it"}"#
        );
        assert!(!answer.is_failure());
        answer.error = Some("they differ\n".to_owned());
        assert!(answer.to_json().ends_with(r#","error":"they differ\n"}"#));
        assert!(answer.is_failure());
    }
}
