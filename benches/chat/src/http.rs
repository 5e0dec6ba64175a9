//! As much of HTTP/1.1 as both sides need: messages with a length, over connections that are kept open.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One message that was read: its first line, its body, and whether the connection stays open.
pub struct Read {
    pub first: String,
    pub body: Vec<u8>,
    pub kept: bool,
}

/// Reads one message; what follows it stays in the buffer. `None` at the end of the connection.
pub async fn read(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<Option<Read>> {
    let mut looked = 0;
    let end = loop {
        let from = looked.max(3) - 3;
        if let Some(found) = buffer[from..].windows(4).position(|window| window == b"\r\n\r\n") {
            break from + found + 4;
        }
        looked = buffer.len();
        if socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let header = |name: &str| {
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    let length: usize = header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(length);
    if header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        // Some servers send even two bytes in pieces.
        let mut at = end;
        loop {
            let line = loop {
                if let Some(found) = buffer[at..].windows(2).position(|window| window == b"\r\n") {
                    break found;
                }
                if socket.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
            };
            let size = std::str::from_utf8(&buffer[at..at + line]).ok().and_then(|text| usize::from_str_radix(text.trim(), 16).ok());
            let size = size.ok_or(std::io::ErrorKind::InvalidData)?;
            at += line + 2;
            while buffer.len() < at + size + 2 {
                if socket.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
            }
            body.extend_from_slice(&buffer[at..at + size]);
            at += size + 2;
            if size == 0 {
                buffer.drain(..at);
                break;
            }
        }
    } else {
        while buffer.len() < end + length {
            if socket.read_buf(buffer).await? == 0 {
                return Ok(None);
            }
        }
        body.extend_from_slice(&buffer[end..end + length]);
        buffer.drain(..end + length);
    }
    let first = head.lines().next().unwrap_or_default().to_owned();
    let kept = !header("connection").is_some_and(|word| word.eq_ignore_ascii_case("close"));
    Ok(Some(Read { first, body, kept }))
}

/// Writes a message whose head has no length yet.
pub async fn write(socket: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<()> {
    let mut bytes = Vec::with_capacity(head.len() + body.len() + 64);
    bytes.extend_from_slice(head.as_bytes());
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    socket.write_all(&bytes).await
}
