//! Slack's limits of what a message may hold. Source: Slack's documentation, "Block Kit reference".

use serde_json::Value;

fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().map(char::len_utf16).sum())
}

fn within(value: &Value, least: usize, most: usize) -> bool {
    value.is_string() && (least..=most).contains(&length(value))
}

/// Why a message is refused, in Slack's word.
pub(super) fn check(arguments: &Value) -> Result<(), &'static str> {
    let blocks = list(&arguments["blocks"]);
    let attachments = list(&arguments["attachments"]);
    if length(&arguments["text"]) > 40_000 {
        return Err("msg_too_long");
    }
    if attachments.len() > 100 {
        return Err("too_many_attachments");
    }
    if length(&arguments["text"]) == 0 && blocks.is_empty() && attachments.is_empty() {
        return Err("no_text");
    }
    if !all(blocks) {
        return Err("invalid_blocks");
    }
    if !attachments.iter().all(|attachment| all(list(&attachment["blocks"]))) {
        return Err("invalid_attachments");
    }
    let text: usize = blocks.iter().map(|block| length(&block["text"]["text"])).sum();
    if text > 13_200 { Err("msg_blocks_too_long") } else { Ok(()) }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn all(blocks: &[Value]) -> bool {
    let mut ids: Vec<&str> = blocks.iter().filter_map(|block| block["block_id"].as_str()).collect();
    let named = ids.len();
    ids.sort_unstable();
    ids.dedup();
    ids.len() == named && ids.iter().all(|id| id.len() <= 255) && blocks.len() <= 50 && blocks.iter().all(block)
}

fn block(block: &Value) -> bool {
    match block["type"].as_str() {
        Some("section") => {
            let fields = list(&block["fields"]);
            let text = block["text"].is_null() || within(&block["text"]["text"], 1, 3_000);
            text && fields.len() <= 10 && fields.iter().all(|field| within(&field["text"], 1, 2_000))
        }
        Some("header") => within(&block["text"]["text"], 1, 150),
        Some("context") => {
            let elements = list(&block["elements"]);
            (1..=10).contains(&elements.len()) && elements.iter().all(|element| within(&element["text"], 1, 2_000))
        }
        Some("actions") => {
            let elements = list(&block["elements"]);
            let mut actions: Vec<&str> = elements.iter().filter_map(|element| element["action_id"].as_str()).collect();
            actions.sort_unstable();
            actions.dedup();
            (1..=25).contains(&elements.len()) && actions.len() == elements.len() && elements.iter().all(element)
        }
        Some("divider") => true,
        Some("input") => within(&block["label"]["text"], 1, 2_000),
        _ => false,
    }
}

fn element(element: &Value) -> bool {
    let id = within(&element["action_id"], 1, 255);
    let confirm = &element["confirm"];
    let confirm = confirm.is_null()
        || (within(&confirm["title"]["text"], 1, 100)
            && within(&confirm["text"]["text"], 1, 300)
            && within(&confirm["confirm"]["text"], 1, 30)
            && within(&confirm["deny"]["text"], 1, 30));
    let kind = match element["type"].as_str() {
        Some("button") => {
            within(&element["text"]["text"], 1, 75)
                && length(&element["value"]) <= 2_000
                && matches!(element["style"].as_str(), None | Some("primary" | "danger"))
        }
        Some("static_select") => {
            let options = list(&element["options"]);
            let good = |option: &Value| within(&option["text"]["text"], 1, 75) && within(&option["value"], 1, 150);
            (1..=100).contains(&options.len()) && options.iter().all(good)
        }
        _ => false,
    };
    id && confirm && kind
}
