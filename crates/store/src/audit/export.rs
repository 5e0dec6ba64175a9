//! The exported form: JSON Lines, one record a line, the signed head last.

use super::{AuditHead, AuditPublicKey, AuditRow, Fault, Finding, Verified, Verifier};
use crate::hex;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};

/// A longer line is not read: a record is at most 1 MiB, and JSON text of it at most six times that.
const MAX_LINE: u64 = 8 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordLine {
    format: u32,
    node: String,
    sequence: u64,
    id: String,
    kind: String,
    previous: String,
    hash: String,
    record: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadLine {
    format: u32,
    node: String,
    sequence: u64,
    hash: String,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Line {
    Record(RecordLine),
    Head(HeadLine),
}

/// Writes records and, at the end, the head. Call it once per page of rows, with the head on the last call only.
///
/// # Errors
/// What the writer says.
pub fn export(to: &mut dyn Write, rows: &[AuditRow], head: Option<&AuditHead>) -> std::io::Result<()> {
    let mut line = |line: Line| -> std::io::Result<()> {
        serde_json::to_writer(&mut *to, &line)?;
        to.write_all(b"\n")
    };
    for row in rows {
        line(Line::Record(RecordLine {
            format: row.format,
            node: row.node.clone(),
            sequence: row.sequence,
            id: row.id.clone(),
            kind: row.kind.clone(),
            previous: hex::encode(&row.previous),
            hash: hex::encode(&row.hash),
            record: row.record.clone(),
        }))?;
    }
    if let Some(head) = head {
        line(Line::Head(HeadLine {
            format: head.format,
            node: head.node.clone(),
            sequence: head.sequence,
            hash: hex::encode(&head.hash),
            signature: hex::encode(&head.signature),
        }))?;
    }
    Ok(())
}

/// Checks an exported file with nothing but the public key.
///
/// # Errors
/// The first record that cannot be trusted, and why. A file without a head line is only in order when it is empty.
pub fn verify_export(mut from: impl BufRead, key: &AuditPublicKey) -> Result<Verified, Finding> {
    let mut verifier = Verifier::new();
    let mut head = None;
    let mut number = 0_u64;
    let mut text = Vec::new();
    loop {
        number = number.saturating_add(1);
        let due = verifier.due();
        let bad = |why: &str| Finding { sequence: due, fault: Fault::Unreadable { line: number, why: why.to_owned() } };
        text.clear();
        let mut limited = std::io::Read::take(&mut from, MAX_LINE);
        limited.read_until(b'\n', &mut text).map_err(|error| bad(&error.to_string()))?;
        if text.is_empty() {
            return verifier.finish(head.as_ref(), key);
        }
        if text.pop() != Some(b'\n') {
            return Err(bad("the line does not end; the file was cut or the line is over 8 MiB"));
        }
        if head.is_some() {
            return Err(bad("something follows the head"));
        }
        let line: Line = serde_json::from_slice(&text).map_err(|error| bad(&error.to_string()))?;
        // One content has one text: then a file can be compared byte by byte, and nothing can hide in spaces or escapes.
        if serde_json::to_vec(&line).ok().as_ref() != Some(&text) {
            return Err(bad("it is not written as an export writes it"));
        }
        match line {
            Line::Record(line) => verifier.record(&read_record(line).ok_or_else(|| bad("a hash is not 64 digits"))?)?,
            Line::Head(line) => head = Some(read_head(line).ok_or_else(|| bad("the head's digits cannot be read"))?),
        }
    }
}

fn read_record(line: RecordLine) -> Option<AuditRow> {
    Some(AuditRow {
        previous: hex::decode_32(&line.previous)?,
        hash: hex::decode_32(&line.hash)?,
        format: line.format,
        node: line.node,
        sequence: line.sequence,
        id: line.id,
        kind: line.kind,
        record: line.record,
    })
}

fn read_head(line: HeadLine) -> Option<AuditHead> {
    Some(AuditHead {
        hash: hex::decode_32(&line.hash)?,
        signature: hex::decode(&line.signature)?,
        format: line.format,
        node: line.node,
        sequence: line.sequence,
    })
}
