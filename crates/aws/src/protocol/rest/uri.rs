use crate::http::{percent_decode, percent_encode_into};
use crate::protocol::problem::Problem;

/// A URI template such as `/accounts/{accountId}/users?operation=add`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Template<'a> {
    path: &'a str,
    query: &'a str,
}

/// A label's name, and whether it takes the rest of the path.
fn label(segment: &str) -> Option<(&str, bool)> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    Some(name.strip_suffix('+').map_or((name, false), |greedy| (greedy, true)))
}

/// A path that fits a template: the labels' values, and how much of it was literal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    pub(crate) labels: Vec<(String, String)>,
    /// Literal segments, then literal query parameters: the greater fits better.
    pub(crate) literals: (usize, usize),
}

impl<'a> Template<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        Template { path, query }
    }

    /// The literal query, without `?`.
    pub(crate) fn query(self) -> &'a str {
        self.query
    }

    /// The path with every label filled in.
    pub(crate) fn path(self, value: impl Fn(&str) -> Option<String>) -> Result<String, Problem> {
        let mut out = String::with_capacity(self.path.len() + 32);
        for (index, segment) in self.path.split('/').enumerate() {
            if index > 0 {
                out.push('/');
            }
            match label(segment) {
                None => out.push_str(segment),
                Some((name, greedy)) => {
                    let text = value(name)
                        .filter(|text| !text.is_empty())
                        .ok_or_else(|| Problem::new("stands in the path and may not be empty").within(name))?;
                    percent_encode_into(&mut out, text.as_bytes(), if greedy { b"/" } else { b"" });
                }
            }
        }
        Ok(out)
    }

    /// Whether a path and query fit, and how. `pairs` are the decoded pairs of the query.
    pub(crate) fn fit(self, path: &str, pairs: &[(String, String)]) -> Option<Fit> {
        let mut query_literals = 0;
        for literal in self.query.split('&').filter(|literal| !literal.is_empty()) {
            let there = match literal.split_once('=') {
                Some((name, value)) => pairs.iter().any(|(n, v)| n == name && v == value),
                None => pairs.iter().any(|(n, _)| n == literal),
            };
            if !there {
                return None;
            }
            query_literals += 1;
        }
        let (labels, literal_segments) = self.fit_path(path)?;
        Some(Fit { labels, literals: (literal_segments, query_literals) })
    }

    fn fit_path(self, path: &str) -> Option<(Vec<(String, String)>, usize)> {
        let template: Vec<&str> = self.path.strip_prefix('/')?.trim_end_matches('/').split('/').collect();
        let path = path.strip_prefix('/')?;
        let greedy_at = template.iter().position(|segment| label(segment).is_some_and(|(_, greedy)| greedy));
        let path = if greedy_at.is_some() { path } else { path.strip_suffix('/').unwrap_or(path) };
        let given: Vec<&str> = path.split('/').collect();
        let mut labels = Vec::new();
        let mut literals = 0;
        let mut one = |segment: &str, text: &str| -> Option<()> {
            match label(segment) {
                None if segment == text => {
                    literals += usize::from(!segment.is_empty());
                    Some(())
                }
                None => None,
                Some(_) if text.is_empty() => None,
                Some((name, _)) => {
                    labels.push((name.to_owned(), String::from_utf8(percent_decode(text, false)).ok()?));
                    Some(())
                }
            }
        };
        match greedy_at {
            None => {
                if template.len() != given.len() {
                    return None;
                }
                template.iter().zip(&given).try_for_each(|(segment, text)| one(segment, text))?;
            }
            Some(at) => {
                let after = template.len() - at - 1;
                if given.len() < at + 1 + after {
                    return None;
                }
                let end = given.len() - after;
                template.get(..at)?.iter().zip(given.get(..at)?).try_for_each(|(segment, text)| one(segment, text))?;
                one(template.get(at)?, &given.get(at..end)?.join("/"))?;
                let rest = template.get(at + 1..)?.iter().zip(given.get(end..)?);
                rest.into_iter().try_for_each(|(segment, text)| one(segment, text))?;
            }
        }
        Some((labels, literals))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(template: &str, path: &str, pairs: &[(&str, &str)]) -> Option<String> {
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let fit = Template::new(template).fit(path, &pairs)?;
        let labels: Vec<String> = fit.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Some(labels.join(";"))
    }

    #[test]
    fn paths_that_fit() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(fit("/", "/", &[]), some(""));
        assert_eq!(fit("/bots/{name}", "/bots/a%2Fb", &[]), some("name=a/b"));
        assert_eq!(fit("/bots/", "/bots", &[]), some(""));
        assert_eq!(fit("/bots/{name}", "/bots/", &[]), None);
        assert_eq!(fit("/{Bucket}/{Key+}", "/b/k/l/", &[]), some("Bucket=b;Key=k/l/"));
        assert_eq!(fit("/{Bucket}/{Key+}", "/b", &[]), None);
        assert_eq!(fit("/a/{p+}/z", "/a/1/2/z", &[]), some("p=1/2"));
        assert_eq!(fit("/a?operation=add", "/a", &[("operation", "add")]), some(""));
        assert_eq!(fit("/a?operation=add", "/a", &[("operation", "create")]), None);
        assert_eq!(fit("/{Bucket}?acl", "/b", &[("acl", "")]), some("Bucket=b"));
        assert_eq!(fit("/a/b", "/a/c", &[]), None);
    }
}
