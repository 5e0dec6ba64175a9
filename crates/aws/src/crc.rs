//! The cyclic redundancy checks of S3's checksums and of event streams, all with reflected bits and inverted registers.

/// The table of a polynomial, bits reversed. One of fewer than 64 bits stands in the low ones.
const fn table(polynomial: u64) -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ polynomial } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

static CRC32: [u64; 256] = table(0xedb8_8320);
static CRC32C: [u64; 256] = table(0x82f6_3b78);
static CRC64NVME: [u64; 256] = table(0x9a6c_9329_ac4b_c9b5);

/// `ones` is a register full of ones, as wide as the polynomial.
fn crc(table: &[u64; 256], ones: u64, bytes: &[u8]) -> u64 {
    ones ^ bytes.iter().fold(ones, |crc, byte| crc >> 8 ^ table[usize::from(crc.to_le_bytes()[0] ^ byte)])
}

/// CRC-32, as in Ethernet and zip.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    crc(&CRC32, u64::from(u32::MAX), bytes) as u32
}

/// CRC-32C, Castagnoli's.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    crc(&CRC32C, u64::from(u32::MAX), bytes) as u32
}

/// CRC-64/NVME.
pub(crate) fn crc64nvme(bytes: &[u8]) -> u64 {
    crc(&CRC64NVME, u64::MAX, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values_of_the_catalogue() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc64nvme(b"123456789"), 0xae8b_1486_0a79_9888);
        assert_eq!(crc32(b""), 0);
    }
}
