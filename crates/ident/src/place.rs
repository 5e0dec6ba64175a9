use crate::{NameError, text_name};

fn is_place(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
}

/// A partition of AWS, such as `aws`, `aws-cn` or `aws-us-gov`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition(String);

impl Partition {
    /// Reads a partition name: lower-case letters, digits and hyphens. Which partitions exist is data, not form.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if is_place(text) {
            Ok(Partition(text.to_owned()))
        } else {
            Err(NameError::new(text, "a partition such as aws"))
        }
    }

    /// The commercial partition.
    pub fn aws() -> Self {
        Partition("aws".to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_name!(Partition);

/// A Region, such as `us-east-1`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(String);

impl Region {
    /// Reads a Region name: lower-case letters, digits and hyphens. Which Regions exist is data, not form.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if is_place(text) {
            Ok(Region(text.to_owned()))
        } else {
            Err(NameError::new(text, "a Region such as us-east-1"))
        }
    }

    /// `us-east-1`, where AWS's global services of the commercial partition live.
    pub fn us_east_1() -> Self {
        Region("us-east-1".to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_name!(Region);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_lower_case_words() {
        assert!(Region::parse("ap-southeast-1").is_ok());
        for bad in ["", "US-EAST-1", "us east", "1us", "us/east"] {
            assert!(Region::parse(bad).is_err(), "{bad:?}");
        }
    }
}
