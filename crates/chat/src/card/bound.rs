//! Cuts a card to what may be stored and posted. Content is cut, and said to be cut; a card is never lost for its size.

use super::{Block, Card};
use crate::limits::{CARD_PARTS, CARD_TEXT_BYTES, cut};

/// The longest headline, context part, label or footer.
const HEAD_BYTES: usize = 4096;

/// What is left to spend.
struct Budget {
    bytes: usize,
    parts: usize,
    exceeded: bool,
}

impl Budget {
    fn text(&mut self, text: &mut String, limit: usize) {
        let (kept, was_cut) = cut(text, limit.min(self.bytes));
        let kept = kept.len();
        self.bytes = self.bytes.saturating_sub(kept);
        if was_cut {
            self.exceeded = true;
            text.truncate(kept);
            text.push('…');
        }
    }

    fn items<T>(&mut self, items: &mut Vec<T>, mut each: impl FnMut(&mut Budget, &mut T)) {
        let mut kept = 0;
        for item in items.iter_mut() {
            if self.parts == 0 || self.bytes == 0 {
                self.exceeded = true;
                break;
            }
            self.parts -= 1;
            each(self, item);
            kept += 1;
        }
        items.truncate(kept);
    }
}

impl Card {
    /// The card with at most [`CARD_TEXT_BYTES`] of text and [`CARD_PARTS`] parts. When something was cut, the footer
    /// says so.
    pub fn bounded(self) -> Card {
        self.bounded_to(CARD_TEXT_BYTES, CARD_PARTS)
    }

    /// The card with at most so many bytes of text and so many parts, for a platform that takes less.
    pub fn bounded_to(mut self, bytes: usize, parts: usize) -> Card {
        let mut budget = Budget { bytes, parts, exceeded: false };
        if let Some(state) = &mut self.state {
            budget.text(&mut state.word, 64);
        }
        budget.text(&mut self.title, HEAD_BYTES.min(bytes / 4));
        if let Some(command) = &mut self.command {
            budget.text(command, crate::limits::MESSAGE_BYTES.min(bytes / 4));
        }
        budget.items(&mut self.context, |b, part| b.text(part, HEAD_BYTES));
        // Buttons before the body: what one can do next must survive a long result.
        budget.items(&mut self.buttons, |b, button| {
            b.text(&mut button.label, HEAD_BYTES);
            if let Some(confirm) = &mut button.confirm {
                b.text(confirm, HEAD_BYTES);
            }
        });
        if let Some(footer) = &mut self.footer {
            budget.text(footer, HEAD_BYTES);
        }
        budget.items(&mut self.body, block);
        if budget.exceeded {
            let note = "Cut: the whole is longer than a card may be.";
            self.footer = Some(match self.footer {
                Some(footer) => format!("{footer} {note}"),
                None => note.to_owned(),
            });
        }
        self
    }
}

fn block(budget: &mut Budget, block: &mut Block) {
    match block {
        Block::Text(text) | Block::Markdown(text) | Block::Quote(text) | Block::Code { text, .. } => {
            budget.text(text, CARD_TEXT_BYTES);
        }
        Block::File(file) => {
            budget.text(&mut file.name, 255);
            budget.text(&mut file.media_type, 255);
        }
        // An address that is cut leads nowhere.
        Block::Link { words, .. } => budget.text(words, HEAD_BYTES),
        Block::List(items) => budget.items(items, |b, item| b.text(item, CARD_TEXT_BYTES)),
        Block::Tree(lines) => budget.items(lines, |b, line| {
            b.text(&mut line.name, CARD_TEXT_BYTES);
            b.text(&mut line.value, CARD_TEXT_BYTES);
        }),
        Block::Facts(facts) => budget.items(facts, |b, fact| {
            b.text(&mut fact.name, HEAD_BYTES);
            b.text(&mut fact.value, CARD_TEXT_BYTES);
        }),
        Block::Trace(lines) => budget.items(lines, |b, line| {
            b.text(&mut line.layer, HEAD_BYTES);
            b.text(&mut line.note, HEAD_BYTES);
            if let Some(quote) = &mut line.quote {
                b.text(quote, HEAD_BYTES);
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use crate::card::{Block, Button, ButtonId, Card, TreeLine};
    use crate::limits::{CARD_PARTS, CARD_TEXT_BYTES};

    #[test]
    fn a_card_within_the_limits_stays_as_it_is() {
        let card = Card::titled("t").text("a").button(Button::new(ButtonId::Run, "c"));
        assert_eq!(card.clone().bounded(), card);
    }

    #[test]
    fn a_long_result_is_cut_and_keeps_its_buttons() {
        let lines = (0..CARD_PARTS * 2).map(|n| TreeLine::item(0, n.to_string(), "x")).collect();
        let card = Card::default()
            .block(Block::Tree(lines))
            .text("y".repeat(CARD_TEXT_BYTES * 2))
            .button(Button::new(ButtonId::Run, "c"))
            .bounded();
        assert_eq!(card.buttons.len(), 1);
        assert!(matches!(&card.body[0], Block::Tree(lines) if lines.len() < CARD_PARTS));
        assert!(card.footer.as_deref().is_some_and(|footer| footer.starts_with("Cut: ")));
        let long = Card::titled("").text("é".repeat(CARD_TEXT_BYTES)).bounded();
        assert!(matches!(&long.body[0], Block::Text(text) if text.len() <= CARD_TEXT_BYTES + 3 && text.ends_with('…')));
    }
}
