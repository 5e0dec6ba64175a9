//! The cyclic redundancy checks of S3's checksums and of event streams, all with reflected bits and inverted registers.

/// The table of a polynomial of 32 bits, bits reversed.
const fn table_32(polynomial: u32) -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
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

/// The table of a polynomial of 64 bits, bits reversed.
const fn table_64(polynomial: u64) -> [u64; 256] {
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

static CRC32: [u32; 256] = table_32(0xedb8_8320);
static CRC32C: [u32; 256] = table_32(0x82f6_3b78);
static CRC64NVME: [u64; 256] = table_64(0x9a6c_9329_ac4b_c9b5);

fn crc_32(table: &[u32; 256], bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| crc >> 8 ^ table[usize::from(crc.to_le_bytes()[0] ^ byte)])
}

/// CRC-32, as in Ethernet and zip.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    crc_32(&CRC32, bytes)
}

/// CRC-32C, Castagnoli's.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    crc_32(&CRC32C, bytes)
}

/// CRC-64/NVME.
pub(crate) fn crc64nvme(bytes: &[u8]) -> u64 {
    !bytes.iter().fold(u64::MAX, |crc, byte| crc >> 8 ^ CRC64NVME[usize::from(crc.to_le_bytes()[0] ^ byte)])
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
