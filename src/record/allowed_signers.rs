//! OpenSSH's list of allowed signers: who may sign with which key, for what and when.
//!
//! # Source
//!
//! `man ssh-keygen`, ALLOWED SIGNERS, and `man ssh_config`, PATTERNS. Stricter than ssh-keygen in
//! this: every line must be valid, not only those of the person asked for; times need their `Z`,
//! because without it they mean another moment on another machine; certificates and control characters
//! are refused.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::record::error::RecordError;
use crate::record::signing::PublicKey;

/// A list of allowed signers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AllowedSigners {
    signers: Vec<Signer>,
    /// Of the text that it was read from.
    sha256: Option<Digest>,
}

/// One line of the list.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Signer {
    principals: Patterns,
    /// Every namespace, if there is no such option.
    namespaces: Option<Patterns>,
    valid_after: Option<Moment>,
    valid_before: Option<Moment>,
    key: PublicKey,
}

impl AllowedSigners {
    /// Reads the whole file.
    pub fn parse(text: &str) -> Result<Self, RecordError> {
        let mut signers = Vec::new();
        for (number, line) in (1..).zip(text.split('\n')) {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let refuse = |what| RecordError::Signers { line: number, what };
            // OpenSSH ends a line at some of them.
            if line.contains(|c: char| c.is_ascii_control() && c != '\t') {
                return Err(refuse("it has a control character"));
            }
            let line = line.trim_start_matches(BLANKS);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            signers.push(Signer::parse(line).map_err(refuse)?);
        }
        Ok(Self {
            signers,
            sha256: Some(Digest::of(text.as_bytes())),
        })
    }

    /// The keys with which `principal` may sign for `namespace` at that moment.
    pub fn keys_for(&self, principal: &str, namespace: &str, at: Moment) -> Vec<PublicKey> {
        self.signers
            .iter()
            .filter(|signer| signer.allows(principal, namespace, at))
            .map(|signer| signer.key.clone())
            .collect()
    }

    /// SHA-256 of the list; none of one that nobody wrote.
    pub fn sha256(&self) -> Option<Digest> {
        self.sha256
    }

    /// How many lines name a key.
    pub fn len(&self) -> usize {
        self.signers.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.signers.is_empty()
    }

    /// Whether some key is for a time only.
    pub fn has_times(&self) -> bool {
        let times = |signer: &Signer| signer.valid_after.is_some() || signer.valid_before.is_some();
        self.signers.iter().any(times)
    }
}

/// Writes a list: one line for each person, with the namespaces that the key is for.
///
/// # Errors
///
/// [`RecordError::Unwritable`] for a name that OpenSSH would read as a pattern, an option or a comment.
pub fn render(people: &[(&str, &PublicKey, &[&str])]) -> Result<String, RecordError> {
    let mut text = String::new();
    for (id, key, namespaces) in people {
        if let Some(name) = std::iter::once(id)
            .chain(*namespaces)
            .find(|name| !plain(name))
        {
            return Err(RecordError::Unwritable {
                name: (*name).to_owned(),
            });
        }
        let list = namespaces.join(",");
        text += id;
        if !list.is_empty() {
            text += &[" namespaces=\"", &list, "\""].concat();
        }
        text += &[
            " ",
            &key.to_line(),
            "
",
        ]
        .concat();
    }
    Ok(text)
}

impl Signer {
    fn parse(line: &str) -> Result<Self, &'static str> {
        let (principals, rest) = principals(line)?;
        let (options, key) = if is_key_type(rest) {
            ("", rest)
        } else {
            let end = end_of_options(rest)?;
            let (options, key) = rest.split_at_checked(end).ok_or("the key is missing")?;
            (options, key.trim_start_matches(BLANKS))
        };
        let mut signer = Self {
            principals: Patterns::parse(&principals)?,
            namespaces: None,
            valid_after: None,
            valid_before: None,
            key: read_key(key)?,
        };
        signer.read_options(options)?;
        Ok(signer)
    }

    fn read_options(&mut self, mut rest: &str) -> Result<(), &'static str> {
        while !rest.is_empty() {
            let name_end = rest
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                .unwrap_or(rest.len());
            let (name, after) = rest
                .split_at_checked(name_end)
                .ok_or("an option is broken")?;
            let name = name.to_ascii_lowercase();
            rest = match name.as_str() {
                "cert-authority" => return Err("certificates are not supported"),
                "namespaces" => {
                    let (value, after) = quoted(after)?;
                    let list = Patterns::parse(&value)?;
                    once(&mut self.namespaces, list)?;
                    after
                }
                "valid-after" => {
                    let (value, after) = quoted(after)?;
                    once(&mut self.valid_after, time(&value)?)?;
                    after
                }
                "valid-before" => {
                    let (value, after) = quoted(after)?;
                    once(&mut self.valid_before, time(&value)?)?;
                    after
                }
                _ => return Err("there is an unknown option"),
            };
            rest = match rest.strip_prefix(',') {
                Some("") => return Err("an option is missing behind a comma"),
                Some(more) => more,
                None if rest.is_empty() => rest,
                None => return Err("options are not separated by commas"),
            };
        }
        if let (Some(after), Some(before)) = (self.valid_after, self.valid_before)
            && before <= after
        {
            return Err("the key is valid at no time");
        }
        Ok(())
    }

    fn allows(&self, principal: &str, namespace: &str, at: Moment) -> bool {
        self.principals.allow(principal)
            && self
                .namespaces
                .as_ref()
                .is_none_or(|list| list.allow(namespace))
            && self.valid_after.is_none_or(|after| at >= after)
            && self.valid_before.is_none_or(|before| at <= before)
    }
}

/// A list of patterns with `*`, `?` and `!`.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Patterns(Vec<(bool, String)>);

impl Patterns {
    fn parse(list: &str) -> Result<Self, &'static str> {
        let one = |pattern: &str| {
            let (negated, pattern) = match pattern.strip_prefix('!') {
                Some(pattern) => (true, pattern),
                None => (false, pattern),
            };
            if pattern.len() > LONGEST {
                return Err("a pattern has more than 1022 bytes");
            }
            Ok((negated, pattern.to_owned()))
        };
        list.split(',').map(one).collect::<Result<_, _>>().map(Self)
    }

    /// One match is needed; a match of a negated pattern outweighs all others.
    fn allow(&self, text: &str) -> bool {
        let matched = |negated| {
            self.0
                .iter()
                .any(|(no, pattern)| *no == negated && glob(pattern.as_bytes(), text.as_bytes()))
        };
        matched(false) && !matched(true)
    }
}

/// Whether `text` fits `pattern`, in time that grows with the product of their lengths at most.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    // fits[n]: whether the pattern so far fits the first n bytes.
    let mut fits = vec![false; text.len() + 1];
    if let Some(first) = fits.first_mut() {
        *first = true;
    }
    for wanted in pattern {
        let mut before = false;
        let mut any = false;
        for (place, fit) in fits.iter_mut().enumerate() {
            any |= *fit;
            let byte = place.checked_sub(1).and_then(|place| text.get(place));
            let next = match wanted {
                b'*' => any,
                b'?' => before,
                exact => before && byte == Some(exact),
            };
            before = *fit;
            *fit = next;
        }
    }
    fits.last() == Some(&true)
}

/// The first word, which may be quoted, and what follows it.
fn principals(line: &str) -> Result<(String, &str), &'static str> {
    let (word, rest) = match line.strip_prefix('"') {
        Some(inner) => inner.split_once('"').ok_or("a quote is not closed")?,
        None => line.split_once(BLANKS).ok_or("the key is missing")?,
    };
    if word.is_empty() || word.contains('"') {
        return Err("the names are broken");
    }
    Ok((word.to_owned(), rest.trim_start_matches(BLANKS)))
}

/// Where the options end: at the first blank outside quotes.
fn end_of_options(text: &str) -> Result<usize, &'static str> {
    let mut inside = false;
    let mut before = None;
    for (place, c) in text.char_indices() {
        if !inside && BLANKS.contains(&c) {
            return Ok(place);
        }
        // As in a value, a backslash means something before a quote alone, even where another stands before it.
        inside ^= c == '"' && before != Some('\\');
        before = Some(c);
    }
    Err(if inside {
        "a quote is not closed"
    } else {
        "the key is missing"
    })
}

/// The value behind `=`, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), &'static str> {
    let text = text
        .strip_prefix("=\"")
        .ok_or("a value is not in double quotes")?;
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((place, c)) = characters.next() {
        match c {
            '"' => {
                let rest = text.get(place + 1..).unwrap_or_default();
                return Ok((value, rest));
            }
            // OpenSSH knows this one escape; a backslash before anything else stands for itself.
            '\\' if text
                .get(place + 1..)
                .is_some_and(|rest| rest.starts_with('"')) =>
            {
                value.push('"');
                characters.next();
            }
            _ => value.push(c),
        }
    }
    Err("a quote is not closed")
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), &'static str> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err("an option stands twice"),
    }
}

/// `YYYYMMDDZ`, `YYYYMMDDHHMMZ` or `YYYYMMDDHHMMSSZ`.
fn time(text: &str) -> Result<Moment, &'static str> {
    const WRONG: &str = "a time is not like 20261122Z or 202611221405Z";
    let digits = text
        .strip_suffix(['Z', 'z'])
        .ok_or("a time without Z depends on the machine's time zone")?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WRONG);
    }
    let full = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return Err(WRONG),
    };
    // A leap second is read in two ways; what is before 1970, OpenSSH does not take.
    if full.ends_with("60") {
        return Err(WRONG);
    }
    let civil = DateTime::strptime("%Y%m%d%H%M%S", &full).map_err(|_| WRONG)?;
    let zoned = civil.to_zoned(TimeZone::UTC).map_err(|_| WRONG)?;
    if zoned.timestamp().as_second() <= 0 {
        return Err(WRONG);
    }
    Ok(Moment::new(zoned.timestamp()))
}

fn read_key(text: &str) -> Result<PublicKey, &'static str> {
    if text.is_empty() {
        return Err("the key is missing");
    }
    PublicKey::parse(text).map_err(|error| {
        if matches!(error, RecordError::KeyType { .. }) {
            "keys of this type are not accepted"
        } else if matches!(error, RecordError::ShortKey { .. }) {
            "the RSA key has less than 3072 bits"
        } else if matches!(error, RecordError::WeakKey { .. }) {
            "the Ed25519 key is weak"
        } else {
            "the key is broken"
        }
    })
}

/// Whether the text goes on with a key, not with options.
fn is_key_type(text: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"]
        .iter()
        .any(|start| text.starts_with(start))
}

/// A name that is nothing but itself in such a list.
fn plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._@+-".contains(c))
}

const BLANKS: [char; 2] = [' ', '\t'];

/// OpenSSH takes no longer pattern.
const LONGEST: usize = 1022;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::signing::SigningKey;

    fn key(seed: u8) -> PublicKey {
        SigningKey::from_seed(&[seed; 32]).public()
    }

    fn at(text: &str) -> Moment {
        Moment::new(text.parse().unwrap())
    }

    fn allowed(list: &str, principal: &str, namespace: &str, now: &str) -> bool {
        let text = format!("{list} {}", key(1).to_line());
        let keys = AllowedSigners::parse(&text)
            .unwrap_or_else(|error| panic!("{list}: {error}"))
            .keys_for(principal, namespace, at(now));
        !keys.is_empty()
    }

    const NOW: &str = "2026-11-22T14:05:00Z";

    #[test]
    fn names_are_patterns_and_a_negated_one_outweighs() {
        for (list, name, wanted) in [
            ("ana", "ana", true),
            ("ana", "Ana", false),
            ("ana", "anab", false),
            ("ben,ana", "ana", true),
            ("*@acme", "ana@acme", true),
            ("*@acme,!ana@*", "ana@acme", false),
            ("!ana", "ben", false),
            ("a?a", "ana", true),
            ("a?a", "aa", false),
            ("*", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("\"ana maria\"", "ana maria", true),
        ] {
            assert_eq!(allowed(list, name, "file", NOW), wanted, "{list} {name}");
        }
    }

    #[test]
    fn namespaces_and_times_narrow_a_key() {
        for (options, namespace, wanted) in [
            ("namespaces=\"file\"", "file", true),
            ("NameSpaces=\"file,git\"", "git", true),
            (
                "namespaces=\"ceremony-*@keyrite\"",
                "ceremony-record@keyrite",
                true,
            ),
            ("namespaces=\"file\"", "git", false),
            ("valid-after=\"20261122Z\"", "file", true),
            ("valid-after=\"20261123Z\"", "file", false),
            ("valid-after=\"202611221405Z\"", "file", true),
            ("valid-before=\"20261122140500Z\"", "file", true),
            ("valid-before=\"20261122140459Z\"", "file", false),
            (
                "namespaces=\"file\",valid-before=\"20270101Z\"",
                "file",
                true,
            ),
            ("namespaces=\"a b\"", "a b", true),
            (r#"namespaces="a\"b""#, "a\"b", true),
            (
                r#"namespaces="a\" b",valid-after="20261122Z""#,
                "a\" b",
                true,
            ),
            (r#"namespaces="a\\" b""#, "a\\\" b", true),
            (r#"namespaces="a\b""#, "a\\b", true),
        ] {
            let list = format!("ana {options}");
            assert_eq!(allowed(&list, "ana", namespace, NOW), wanted, "{options}");
        }
    }

    #[test]
    fn a_pattern_may_be_as_long_as_openssh_reads_one() {
        let long = "a".repeat(LONGEST);
        assert!(allowed(&format!("ben,{long}"), &long, "file", NOW));
        assert!(!allowed(&format!("*,!{long}"), &long, "file", NOW));
    }

    #[test]
    fn a_list_says_whether_it_has_times() {
        let key = key(1).to_line();
        for (options, has) in [
            ("", false),
            ("valid-after=\"20261122Z\"", true),
            ("valid-before=\"20261122Z\"", true),
        ] {
            let list = AllowedSigners::parse(&format!("ana {options} {key}")).unwrap();
            assert_eq!(list.has_times(), has, "{options}");
        }
    }

    #[test]
    fn wrong_lines_are_refused_with_their_number() {
        let key = key(1).to_line();
        for (line, what) in [
            ("ana".to_owned(), "the key is missing"),
            ("ana ssh-ed25519 AAAA".to_owned(), "the key is broken"),
            (
                format!("ana cert-authority {key}"),
                "certificates are not supported",
            ),
            (
                format!("ana touch-free {key}"),
                "there is an unknown option",
            ),
            (
                format!("ana namespaces=file {key}"),
                "a value is not in double quotes",
            ),
            (
                format!("ana namespaces=\"file {key}"),
                "a quote is not closed",
            ),
            (format!("\"ana {key}"), "a quote is not closed"),
            (format!("\"\" {key}"), "the names are broken"),
            (format!("an\"a {key}"), "the names are broken"),
            ("ana namespaces=\"file\"".to_owned(), "the key is missing"),
            ("ana namespaces=\"file\" ".to_owned(), "the key is missing"),
            (
                format!("ana namespaces=\"a\";valid-after=\"20261122Z\" {key}"),
                "options are not separated by commas",
            ),
            (
                format!("ana namespaces=\"a\"cert-authority {key}"),
                "options are not separated by commas",
            ),
            (
                format!("ana valid-after=\"2026112214Z\" {key}"),
                "a time is not like 20261122Z or 202611221405Z",
            ),
            (
                format!("ana valid-after=\"2026112a1405Z\" {key}"),
                "a time is not like 20261122Z or 202611221405Z",
            ),
            (
                format!("ana valid-after=\"20261122140560Z\" {key}"),
                "a time is not like 20261122Z or 202611221405Z",
            ),
            (
                format!("ana valid-after=\"19700101Z\" {key}"),
                "a time is not like 20261122Z or 202611221405Z",
            ),
            (format!("*,!ana\r {key}"), "it has a control character"),
            (format!("ana,\0 {key}"), "it has a control character"),
            ("# a\rana".to_owned(), "it has a control character"),
            (
                format!("ana,{} {key}", "a".repeat(1023)),
                "a pattern has more than 1022 bytes",
            ),
            (
                format!("ana namespaces=\"!{}\" {key}", "a".repeat(1023)),
                "a pattern has more than 1022 bytes",
            ),
            (
                format!("ana namespaces=\"a\" \u{a0}{key}"),
                "the key is broken",
            ),
            (
                format!("ana namespaces=\"a\",namespaces=\"b\" {key}"),
                "an option stands twice",
            ),
            (
                format!("ana namespaces=\"a\", {key}"),
                "an option is missing behind a comma",
            ),
            (
                format!("ana valid-after=\"20261122\" {key}"),
                "a time without Z depends on the machine's time zone",
            ),
            (
                format!("ana valid-after=\"20261322Z\" {key}"),
                "a time is not like 20261122Z or 202611221405Z",
            ),
            (
                format!("ana valid-after=\"20261122Z\",valid-before=\"20261122Z\" {key}"),
                "the key is valid at no time",
            ),
        ] {
            let text = format!("# people\n\n  # more\n{line}\n");
            assert_eq!(
                AllowedSigners::parse(&text).unwrap_err(),
                RecordError::Signers { line: 4, what },
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_rendered_reads_back() {
        let (ana, ben) = (key(1), key(2));
        let text = render(&[
            ("ana", &ana, &["ceremony-record@keyrite", "file"]),
            ("ben", &ben, &[]),
        ])
        .unwrap();
        let list = AllowedSigners::parse(&text).unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!(list.sha256(), Some(Digest::of(text.as_bytes())));
        assert!(!list.is_empty() && AllowedSigners::default().is_empty());
        assert_eq!(
            list.keys_for("ana", "file", at(NOW)),
            std::slice::from_ref(&ana)
        );
        assert_eq!(list.keys_for("ben", "anything", at(NOW)), [ben]);
        assert!(list.keys_for("ana", "git", at(NOW)).is_empty());
        for name in ["", "*", "a,b", "a b", "#a", "!a", "a\"", "a\nb"] {
            assert!(render(&[(name, &ana, &[])]).is_err(), "{name}");
            assert!(render(&[("ana", &ana, &[name])]).is_err(), "{name}");
        }
    }
}
