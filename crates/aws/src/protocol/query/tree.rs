use indexmap::IndexMap;

use crate::http::form_pairs;
use crate::protocol::problem::Problem;

/// The most pairs of a form that are read.
const MAX_PAIRS: usize = 20_000;
/// The most parts of a dotted name.
const MAX_PARTS: usize = 3 * crate::value::MAX_DEPTH;

/// A form as a tree: `A.B.1=x` is a node `A` with a child `B` with a child `1` whose text is `x`.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) text: Option<String>,
    pub(crate) children: IndexMap<String, Tree>,
}

impl Tree {
    /// Reads query strings and form bodies, one after the other.
    pub(crate) fn parse<'a>(forms: impl IntoIterator<Item = &'a str>) -> Result<Tree, Problem> {
        let mut root = Tree::default();
        let mut count = 0;
        for pair in forms.into_iter().flat_map(form_pairs) {
            count += 1;
            if count > MAX_PAIRS {
                return Err(Problem::new(format!("more than {MAX_PAIRS} parameters")));
            }
            let (name, value) = pair.map_err(|_| Problem::new("a parameter is not UTF-8"))?;
            if name.matches('.').count() >= MAX_PARTS {
                return Err(Problem::new("a parameter's name has too many parts"));
            }
            let mut node = &mut root;
            for part in name.split('.') {
                node = node.children.entry(part.to_owned()).or_default();
            }
            if node.text.is_some() {
                return Err(Problem::new(format!("Duplicate parameter: {name}")));
            }
            node.text = Some(value);
        }
        Ok(root)
    }

    /// The text of a child.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.children.get(name)?.text.as_deref()
    }
}
