//! Random values from a fixed seed, so that a failure repeats; `BAILIWICK_SEED`, a number, gives others.

use serde_json::{Map, Value, json};

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let other = std::env::var("BAILIWICK_SEED").map_or(0, |seed| seed.parse().unwrap());
        Random(seed.wrapping_add(other << 32).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    pub(crate) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const KEYS: &[&str] = &[
    "Name",
    "Id",
    "Arn",
    "Tags",
    "Items",
    "State",
    "a",
    "b",
    "Größe",
    "Key with space",
    "n",
    "名前",
    "",
    "1",
    "true",
    "a:b",
    "- x",
    "yes",
];
const TEXTS: &[&str] = &[
    "",
    "x",
    "true",
    "null",
    "12",
    "-",
    "- a",
    "a: b",
    "a:b",
    "#",
    "a #b",
    "it's",
    "\"quoted\"",
    "line\nbreak\n",
    " lead",
    "trail ",
    "arn:aws:sns:us-east-1:444455556666:alarms",
    "2014-10-16T16:03:09+00:00",
    "2014-10-16",
    "日本語テキスト",
    "é",
    "😀",
    "tab\tab",
    "*",
    "&a",
    "%x",
    "@x",
    "`x`",
    "{}",
    "[1]",
    "~",
    "1e3",
    "0x1F",
    "0o17",
    "012",
    "1_000",
    ".5",
    "1.",
    "=",
    "<<",
    "yes",
    "no",
    "on",
    "---",
    "...",
    "?",
    "? x",
    ":",
    "a\u{7f}b",
    "a\u{1}b",
    "\\",
    "c:\\x",
    "'",
    "!tag",
    "word word word word word word word word word word word word word word word word word word word word word",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx yyyyy",
    "it's a long line that has to be folded, with a quote in it, and \"more\" words to pass the eighty columns of it",
    "e\u{301}",
    "\u{200b}zero",
    "🇩🇪👩‍👩‍👧",
    "ｆｕｌｌ",
    "\u{feff}bom",
    "\u{85}next",
    "\u{2028}line",
    "\u{a0}",
    "\r\n",
    "cr\ralone",
    "\n",
    "\n\n",
    " ",
    "  two  ",
    "\ttab",
    "trail\n ",
    "a\n b",
    " a\nb",
    "a\n\nb\n",
    "\u{fffd}",
    "\u{fffe}",
    "\u{10ffff}",
    "\u{e000}",
    "\u{9f}",
    "null: null",
    "a,b",
    "[a, b]",
    "{a: b}",
    "a]",
    "a}",
    "|",
    ">",
    "| x",
    "%",
    "-1",
    "+1",
    "1:30",
    "12:30:45",
    "190:20:30",
    "0b1",
    "0x",
    ".inf",
    "-.INF",
    ".nan",
    "NULL",
    "Null",
    "nullx",
    "TRUE",
    "y",
    "Off",
    "2014-10-16 16:03:09",
    "2014-10-16T16:03:09.5Z",
    "2014-1-1",
    "1e+3",
    "1.5e3",
    "1.5e+3",
    "1__0",
    "0777",
    "08",
    "=x",
    "日本語テキスト日本語テキスト日本語テキスト 日本語テキスト日本語テキスト日本語テキスト 日本語テキスト日本語テキスト",
    "word word word word word word word word word word word word word\nword word word word word word word word word word word",
    "a: long line with a colon that must be quoted and is longer than eighty columns so that it folds  twice  or so",
];

pub(crate) fn scalar(random: &mut Random) -> Value {
    match random.below(12) {
        0 => Value::Null,
        1 => json!(random.chance(50)),
        2 | 3 => json!(random.below(100_000) as i64 - 5_000),
        4 => json!((random.below(1_000_000) as f64 - 5e5) / 64.0),
        5 => json!(*random.pick(&[
            0.0,
            1.0,
            1e16,
            1e-5,
            1.5e300,
            1432912345.123,
            -0.25,
            1e22,
            123456789012345680.0,
            -0.0,
            5e-324,
            1e15,
            1e17,
            0.1,
            1e-4,
            9999999999999998.0,
            2.5e-7,
        ])),
        6 => json!(*random.pick(&[i64::MAX, i64::MIN, 0, -1, 1 << 53, (1 << 53) + 1])),
        _ => json!(*random.pick(TEXTS)),
    }
}

/// Any JSON, at most `depth` deep.
pub(crate) fn value(random: &mut Random, depth: usize) -> Value {
    if depth == 0 {
        return scalar(random);
    }
    match random.below(10) {
        0..=3 => object(random, depth),
        4..=6 => list(random, depth),
        _ => scalar(random),
    }
}

pub(crate) fn object(random: &mut Random, depth: usize) -> Value {
    let mut map = Map::new();
    for _ in 0..random.below(5) {
        let key = (*random.pick(KEYS)).to_owned();
        let value = value(random, depth - 1);
        map.insert(key, value);
    }
    Value::Object(map)
}

/// Mostly lists of things that are alike, as AWS's are.
fn list(random: &mut Random, depth: usize) -> Value {
    let kind = random.below(5);
    let items = (0..random.below(4)).map(|_| match kind {
        0 | 1 => object(random, depth.max(1)),
        2 => scalar(random),
        3 if depth > 1 => list(random, depth - 1),
        _ => value(random, depth - 1),
    });
    Value::Array(items.collect())
}
