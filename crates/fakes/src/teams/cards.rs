//! What Teams would not show: the parts of an Adaptive Card that it does not know, or that lack what they need.

use serde_json::Value;

/// Microsoft's documentation, "User Specific Views": so many users see a card of their own, and in conversations of so many a
/// card is refreshed for all where it names nobody.
pub(super) const MAX_REFRESHED: usize = 60;

/// The first fault of a message, if it has one.
pub(super) fn fault(activity: &Value) -> Option<String> {
    if activity.get("type")?.as_str()? != "message" {
        return Some("the activity is no message".to_owned());
    }
    let attachments = activity.get("attachments").and_then(Value::as_array);
    let empty = attachments.is_none_or(Vec::is_empty) && activity.get("text").is_none();
    if empty {
        return Some("the message is empty".to_owned());
    }
    attachments?.iter().find_map(|attachment| {
        if attachment.get("contentType")?.as_str()? != "application/vnd.microsoft.card.adaptive" {
            return Some("the attachment is of a kind that is not known".to_owned());
        }
        card(attachment.get("content").unwrap_or(&Value::Null), true)
    })
}

fn card(card: &Value, outermost: bool) -> Option<String> {
    let wrong = |what: &str| Some(format!("the card {what}"));
    if card["type"] != "AdaptiveCard" {
        return wrong("is no Adaptive Card");
    }
    if outermost && card["version"] != "1.5" {
        return wrong("is of a version that is not known");
    }
    if let Some(refresh) = card.get("refresh") {
        let users = refresh.get("userIds").map(|users| users.as_array().map(Vec::as_slice).unwrap_or_default());
        let named = users.is_none_or(|users| {
            !users.is_empty() && users.iter().all(|user| user.as_str().is_some_and(|user| user.starts_with("29:")))
        });
        if !outermost || !named || refresh["action"]["type"] != "Action.Execute" || action(&refresh["action"]).is_some()
        {
            return wrong("has a refresh that is not whole");
        }
        if users.is_some_and(|users| users.len() > MAX_REFRESHED) {
            return wrong("is refreshed for too many users");
        }
    }
    let items = |name: &str| card.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    items("body").iter().find_map(element).or_else(|| items("actions").iter().find_map(action))
}

fn element(element: &Value) -> Option<String> {
    let kind = element["type"].as_str().unwrap_or_default();
    let all = |name: &str, each: fn(&Value) -> Option<String>| {
        element.get(name).and_then(Value::as_array).map(|items| items.iter().find_map(each))
    };
    let found = match kind {
        "Input.Text" => (element["id"].is_string() && element["label"].is_string()).then_some(None),
        "Input.ChoiceSet" => {
            let whole = element["id"].is_string() && element["label"].is_string();
            let choices = all("choices", |choice| {
                (!choice["title"].is_string() || !choice["value"].is_string())
                    .then(|| "a choice is not whole".to_owned())
            });
            if whole { choices } else { None }
        }
        "TextBlock" => element["text"].is_string().then_some(None),
        "RichTextBlock" => all("inlines", run),
        "Container" | "TableCell" => all("items", self::element),
        "FactSet" => all("facts", |fact| {
            (!fact["title"].is_string() || !fact["value"].is_string()).then(|| "a fact is not whole".to_owned())
        }),
        "CodeBlock" => element["codeSnippet"].is_string().then_some(None),
        "Table" => match element["columns"].as_array() {
            Some(columns) => {
                let rows = element["rows"].as_array().cloned().unwrap_or_default();
                let uneven = rows.iter().any(|row| row["cells"].as_array().map(Vec::len) != Some(columns.len()));
                if uneven { Some(Some("a row of the table is uneven".to_owned())) } else { all("rows", self::element) }
            }
            None => None,
        },
        "TableRow" => all("cells", self::element),
        _ => return Some(format!("the element `{kind}` is not known")),
    };
    found.unwrap_or_else(|| Some(format!("the element `{kind}` is not whole")))
}

fn run(run: &Value) -> Option<String> {
    if let Some(select) = run.get("selectAction")
        && (select["type"] != "Action.OpenUrl" || !select["url"].as_str().is_some_and(|url| url.starts_with("http")))
    {
        return Some("a link is not whole".to_owned());
    }
    (run["type"] != "TextRun" || !run["text"].is_string()).then(|| "a run of text is not whole".to_owned())
}

fn action(action: &Value) -> Option<String> {
    let titled = action["title"].as_str().is_some_and(|title| !title.is_empty());
    match action["type"].as_str().unwrap_or_default() {
        "Action.Execute" if titled && action["verb"].is_string() => None,
        "Action.ShowCard" if titled => card(&action["card"], false),
        kind => Some(format!("the action `{kind}` is not whole")),
    }
}

/// The button with a title, wherever it is.
pub(super) fn button<'a>(card: &'a Value, title: &str) -> Option<&'a Value> {
    let actions = card.get("actions")?.as_array()?;
    actions.iter().find_map(|action| match action["type"].as_str() {
        Some("Action.ShowCard") => button(&action["card"], title),
        _ => (action["title"] == title).then_some(action),
    })
}
