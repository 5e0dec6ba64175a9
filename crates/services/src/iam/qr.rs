//! QR codes as PNG files: one bit a pixel, uncompressed, which is all that a code of a few hundred characters needs.

use qrcode::{Color, EcLevel, QrCode};

/// Pixels of a module, and modules of the quiet zone around. Source: ISO/IEC 18004, which asks for four.
const SCALE: usize = 4;
const QUIET: usize = 4;

/// The checksum of PNG's chunks. Source: RFC 2083, appendix 15.
fn crc(parts: &[&[u8]]) -> u32 {
    let mut crc = u32::MAX;
    for byte in parts.iter().flat_map(|part| part.iter()) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (0_u32.wrapping_sub(crc & 1)));
        }
    }
    !crc
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    out.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(kind);
    out.extend(data);
    out.extend(crc(&[kind, data]).to_be_bytes());
}

/// zlib's form with stored blocks. Sources: RFC 1950 and RFC 1951, 3.2.4.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = data.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    out.extend(((b << 16) | a).to_be_bytes());
    out
}

/// The text as a QR code: how many modules a side has with the quiet zone around, and the dark ones as the `d` of a path of
/// SVG; `None` when it is too long for one.
pub fn svg_path(text: &str) -> Option<(usize, String)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let modules = code.width();
    let mut path = String::new();
    for (place, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        path.push_str(&format!("M{} {}h1v1h-1z", place % modules + QUIET, place / modules + QUIET));
    }
    Some((modules + 2 * QUIET, path))
}

/// The text as a QR code in a PNG file; `None` when it is too long for one.
pub(super) fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let modules = code.width();
    let side = (modules + 2 * QUIET) * SCALE;
    let dark = |x: usize, y: usize| {
        let place = |at: usize| (at / SCALE).checked_sub(QUIET).filter(|at| *at < modules);
        place(x).zip(place(y)).is_some_and(|at| code[at] == Color::Dark)
    };
    let mut rows = Vec::with_capacity(side * (1 + side.div_ceil(8)));
    for y in 0..side {
        rows.push(0);
        for start in (0..side).step_by(8) {
            // A set bit is white, also past the end of the row.
            let bits = (0..8).fold(0_u8, |bits, bit| (bits << 1) | u8::from(!dark(start + bit, y)));
            rows.push(bits);
        }
    }
    let side = u32::try_from(side).ok()?.to_be_bytes();
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    // One bit of grey a pixel, no interlacing.
    chunk(&mut out, b"IHDR", &[side.as_slice(), &side, &[1, 0, 0, 0, 0]].concat());
    chunk(&mut out, b"IDAT", &stored(&rows));
    chunk(&mut out, b"IEND", &[]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_png() {
        // The chunk that ends every PNG file.
        assert_eq!(crc(&[b"IEND"]), 0xae42_6082);
        // Adler-32 of `Wikipedia`, after one stored block.
        assert_eq!(stored(b"Wikipedia").get(7 + 9..), Some(&[0x11, 0xe6, 0x03, 0x98][..]));
    }

    #[test]
    fn a_code_is_a_square_png() {
        let file = png("otpauth://totp/a@444455556666?secret=ABC").unwrap();
        assert_eq!(&file[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(file[16..20], file[20..24]);
        assert!(png(&"x".repeat(10_000)).is_none());
    }
}
