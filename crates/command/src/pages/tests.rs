use super::*;
use crate::lex::Word;
use crate::parse::{Dialect, Grammar, Parsed, Setting};
use bailiwick_aws::pack::Pack;

fn call(line: &str) -> Call {
    let grammar = Grammar::new(Pack::embedded().unwrap()).unwrap();
    let setting = Setting { dialect: Dialect::Cli, attachments: &[] };
    match grammar.parse(&line.split(' ').map(Word::plain).collect::<Vec<_>>(), &setting).unwrap() {
        Parsed::Call(call) => *call,
        other => panic!("{line}: {other:?}"),
    }
}

fn walk(line: &str, pages: &[Json]) -> (Vec<Value>, Result<Whole, PagesError>) {
    let mut walk = Pages::of(&call(line), MAX_PAGES).unwrap().unwrap();
    let mut inputs = vec![walk.first().unwrap()];
    for page in pages {
        match walk.accept(page.clone()) {
            Ok(Some(next)) => inputs.push(next),
            Ok(None) => return (inputs, Ok(walk.finish())),
            Err(error) => return (inputs, Err(error)),
        }
    }
    panic!("the walk wants more pages than there are");
}

fn topics(names: &[&str], next: Option<&str>) -> Json {
    let topics: Vec<Json> = names.iter().map(|name| json!({"TopicArn": name})).collect();
    match next {
        Some(next) => json!({"Topics": topics, "NextToken": next}),
        None => json!({"Topics": topics}),
    }
}

#[test]
fn pages_are_joined() {
    let pages = [topics(&["a", "b"], Some("t1")), topics(&["c"], None)];
    let (inputs, whole) = walk("sns list-topics", &pages);
    assert_eq!(inputs, [Value::empty(), Value::map([("NextToken", "t1".into())])]);
    let whole = whole.unwrap();
    assert_eq!(whole.response, topics(&["a", "b", "c"], None));
    assert_eq!(whole.pages, [topics(&["a", "b"], None), topics(&["c"], None)]);
}

#[test]
fn a_cut_list_goes_on_where_it_was_cut() {
    let pages = [topics(&["a", "b"], Some("t1")), topics(&["c", "d"], Some("t2"))];
    let (_, whole) = walk("sns list-topics --max-items 3", &pages);
    let whole = whole.unwrap().response;
    assert_eq!(whole["Topics"], topics(&["a", "b", "c"], None)["Topics"]);
    let line = format!("sns list-topics --max-items 1 --starting-token {}", whole["NextToken"].as_str().unwrap());
    let (inputs, rest) = walk(&line, &pages[1..]);
    assert_eq!(inputs, [Value::map([("NextToken", "t1".into())])]);
    let rest = rest.unwrap().response;
    assert_eq!(rest["Topics"], topics(&["d"], None)["Topics"]);
}

#[test]
fn a_limit_of_pages_leaves_a_token_too() {
    let mut walk = Pages::of(&call("sns list-topics"), 1).unwrap().unwrap();
    assert_eq!(walk.accept(topics(&["a"], Some("t1"))).unwrap(), None);
    assert!(walk.finish().response["NextToken"].is_string());
}

#[test]
fn a_walk_that_is_stopped_leaves_a_token_too() {
    let mut walk = Pages::of(&call("sns list-topics"), MAX_PAGES).unwrap().unwrap();
    assert!(walk.accept(topics(&["a"], Some("t1"))).unwrap().is_some());
    walk.stop();
    let whole = walk.finish().response;
    let line = format!("sns list-topics --starting-token {}", whole["NextToken"].as_str().unwrap());
    let (inputs, _) = walk_all(&line);
    assert_eq!(inputs, [Value::map([("NextToken", "t1".into())])]);
}

fn walk_all(line: &str) -> (Vec<Value>, Result<Whole, PagesError>) {
    walk(line, &[topics(&["b"], None)])
}

#[test]
fn a_service_that_repeats_its_token_is_left() {
    let page = topics(&["a"], Some("again"));
    let (_, whole) = walk("sns list-topics", &[page.clone(), page.clone(), page]);
    assert_eq!(whole.unwrap_err(), PagesError::SameToken);
}

#[test]
fn tokens_that_fit_no_operation_are_refused() {
    for token in ["a___b___c", "eyJPdGhlciI6ICJ4In0=", "eyJib3RvX3RydW5jYXRlX2Ftb3VudCI6IC0xfQ=="] {
        let error = Pages::of(&call(&format!("sns list-topics --starting-token {token}")), 9).unwrap_err();
        assert_eq!(error, PagesError::StartingToken, "{token}");
    }
}

#[test]
fn every_operation_with_pages_can_be_walked() {
    let pack = Pack::embedded().unwrap();
    let mut seen = 0;
    for name in pack.services().map(str::to_owned).collect::<Vec<_>>() {
        let service = pack.service(&name).unwrap();
        for operation in service.operations.values() {
            let Some(page) = &operation.page else { continue };
            for path in page.output_token.iter().chain(&page.more_results) {
                Expression::parse(path).unwrap_or_else(|error| panic!("{name} {}: {path}: {error}", operation.name));
            }
            for path in &page.result_key {
                Place::read(path).unwrap_or_else(|error| panic!("{name} {}: {path}: {error}", operation.name));
            }
            kept::of(&name, &operation.name).unwrap();
            seen += 1;
        }
    }
    assert!(seen > 1_500, "{seen}");
}
