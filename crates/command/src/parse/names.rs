//! Names of the API as names of the command line.

/// The option name of a member, such as `db-instance-identifier` for `DBInstanceIdentifier`. The rule is botocore's: a
/// hyphen before every capital that begins a word, plural acronyms such as `ARNs` kept whole.
pub fn option_name(member: &str) -> String {
    if member.contains('-') {
        return member.to_owned();
    }
    let characters: Vec<char> = member.chars().collect();
    let plural = plural_acronym(&characters);
    let kept = characters.len() - plural;
    let mut separated = Vec::with_capacity(characters.len() + 8);
    separated.extend_from_slice(characters.get(..kept).unwrap_or_default());
    if plural > 0 {
        separated.push('-');
        separated.extend(characters.iter().skip(kept).map(char::to_ascii_lowercase));
    }
    let words = split_after_lower(&split_before_word(&separated));
    words.into_iter().collect::<String>().to_lowercase()
}

/// The length of two or more capitals and an `s` at the end of the name.
fn plural_acronym(characters: &[char]) -> usize {
    let Some(('s', before)) = characters.split_last().map(|(last, before)| (*last, before)) else { return 0 };
    let capitals = before.iter().rev().take_while(|c| c.is_ascii_uppercase()).count();
    if capitals >= 2 { capitals + 1 } else { 0 }
}

/// A hyphen between any character and a capital that is followed by small letters: `(.)([A-Z][a-z]+)`.
fn split_before_word(characters: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(characters.len() + 8);
    let mut position = 0;
    while let Some(&c) = characters.get(position) {
        let capital = characters.get(position + 1).is_some_and(char::is_ascii_uppercase);
        let small = characters.get(position + 2).is_some_and(char::is_ascii_lowercase);
        if capital && small && c != '\n' {
            out.push(c);
            out.push('-');
            out.extend(characters.get(position + 1));
            position += 2;
            let word = characters.iter().skip(position).take_while(|c| c.is_ascii_lowercase());
            let length = word.clone().count();
            out.extend(word);
            position += length;
        } else {
            out.push(c);
            position += 1;
        }
    }
    out
}

/// A hyphen between a small letter or digit and a capital: `([a-z0-9])([A-Z])`.
fn split_after_lower(characters: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(characters.len() + 8);
    let mut position = 0;
    while let Some(&c) = characters.get(position) {
        out.push(c);
        position += 1;
        let lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        if let Some(next) = characters.get(position).filter(|next| lower && next.is_ascii_uppercase()) {
            out.push('-');
            out.push(*next);
            position += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::option_name;

    #[test]
    fn names_follow_botocore() {
        for (member, expected) in [
            ("DBInstanceIdentifier", "db-instance-identifier"),
            ("TopicArn", "topic-arn"),
            ("VolumeARNs", "volume-arns"),
            ("instanceIDs", "instance-ids"),
            ("s3Bucket", "s3-bucket"),
            ("EnableIOOptimization", "enable-io-optimization"),
            ("KMSKeyId", "kms-key-id"),
            ("name", "name"),
            ("IPv6", "i-pv6"),
            ("EC2InstanceId", "ec2-instance-id"),
            ("cidrBlockA", "cidr-block-a"),
            ("x-amz", "x-amz"),
            ("", ""),
        ] {
            assert_eq!(option_name(member), expected, "{member}");
        }
    }
}
