//! Text from elsewhere: what may not stand in it, and how it is shown without harm.

use std::borrow::Cow;

/// Whether a character can change how the text around it is read or shown: controls other than
/// newline, bidirectional formatting, invisible joiners and fillers, private use, non-characters.
///
/// Sources: Unicode 16 §23 (format characters); CVE-2021-42574 for the bidirectional ones.
pub fn is_deceptive(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e01ef}' | '\u{f0000}'..='\u{10ffff}')
}

/// The text with every deceptive character written as `\u{…}`, on one line.
pub fn plain(text: &str) -> Cow<'_, str> {
    // Most is plain ASCII, and told at a glance.
    let is_ascii = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_ascii || !text.chars().any(|c| c == '\n' || is_deceptive(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c == '\n' || is_deceptive(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Text of this program, which keeps its lines: deceptive characters in it came from elsewhere, and are
/// written as JSON writes them, so that JSON stays what it is.
pub fn spelt(text: &str) -> Cow<'_, str> {
    let strange = |c: char| !matches!(c, '\n' | '\t') && is_deceptive(c);
    let is_ascii = text
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t'));
    if is_ascii || !text.contains(strange) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if strange(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => "nobody".to_owned(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// The candidate that a misspelt word was probably meant to be.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(word.len()) / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_bidi_marks_are_spelt_out() {
        assert_eq!(
            plain("a\u{1b}[2Jb\u{202e}c\nd"),
            "a\\u{1b}[2Jb\\u{202e}c\\u{a}d"
        );
        assert_eq!(plain("Zoë O’Neill"), "Zoë O’Neill");
    }

    #[test]
    fn json_stays_what_it_is_when_deceptive_characters_are_spelt() {
        let value = serde_json::json!({"a\u{202e}": "b\u{9b}2J\u{7f}\n\t\u{e0001}\u{1b}é"});
        let text = format!("{value:#}\n");
        let shown = spelt(&text);
        assert!(
            !shown.contains(|c: char| c != '\n' && is_deceptive(c)),
            "{shown}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
        assert_eq!(spelt("one\n\ttwo é\n"), "one\n\ttwo é\n");
    }

    #[test]
    fn a_misspelt_word_finds_its_neighbour_and_a_strange_one_does_not() {
        let words = ["generate", "split", "seal"];
        assert_eq!(nearest("generat", words), Some("generate"));
        assert_eq!(nearest("slpit", words), Some("split"));
        assert_eq!(nearest("unwrap", words), None);
    }
}
