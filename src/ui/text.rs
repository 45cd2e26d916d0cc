//! How things are put on a screen or into a transcript: lines of at most 80 columns.

use crate::domain::text::plain;
use crate::engine::desk::Say;

/// How wide a line may be.
const WIDTH: usize = 80;
/// Where the text of a line begins, after marks and step numbers.
const INDENT: usize = 7;
/// How wide the name of a fact is.
const NAME: usize = 16;

/// How a line is coloured, where there is colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tone {
    /// Bold.
    Title,
    /// Bold.
    Step,
    /// As it is.
    Plain,
    /// Green.
    Good,
    /// Red.
    Trouble,
    /// Dim.
    Quiet,
}

/// The lines for something that is shown.
pub fn lines(say: &Say<'_>, marks: bool) -> Vec<(Tone, String)> {
    let mark = |sign: &str, word: &str| {
        if marks {
            format!("{sign:>5}")
        } else {
            format!("{word:>5}")
        }
    };
    match say {
        Say::Title(text) => wrapped(Tone::Title, "", text),
        Say::Step {
            number,
            total,
            sentence,
        } => {
            let mut lines = vec![(Tone::Plain, String::new())];
            lines.extend(wrapped(
                Tone::Step,
                &format!("{number:>2}/{total}"),
                sentence,
            ));
            lines
        }
        Say::Fact { name, value } => {
            let value = plain(value);
            let name = plain(name);
            let mut lines = Vec::new();
            let mut text = format!("{:INDENT$}{name:<NAME$} ", "");
            let start = INDENT + NAME + 1;
            if name.chars().count() > NAME {
                lines.push((Tone::Plain, text.trim_end().to_owned()));
                text = " ".repeat(start);
            }
            for part in words(&value, WIDTH - start) {
                text.push_str(&part);
                lines.push((Tone::Plain, text));
                text = " ".repeat(start);
            }
            lines
        }
        Say::Note(text) => wrapped(Tone::Quiet, "", text),
        Say::Good(text) => wrapped(Tone::Good, &mark("✓", "ok:"), text),
        Say::Trouble { message, hint } => {
            let mut lines = wrapped(Tone::Trouble, &mark("✗", "no:"), message);
            if let Some(hint) = hint {
                lines.extend(wrapped(Tone::Plain, &mark("→", "do:"), hint));
            }
            lines
        }
        Say::Aloud(text) => text
            .lines()
            .flat_map(|line| words(&plain(line), WIDTH - INDENT - 2))
            .map(|line| {
                (
                    Tone::Plain,
                    format!("{:INDENT$}{} {line}", "", if marks { "│" } else { ">" }),
                )
            })
            .collect(),
    }
}

/// A text behind a mark, wrapped and indented.
pub fn wrapped(tone: Tone, mark: &str, text: &str) -> Vec<(Tone, String)> {
    let indent = if tone == Tone::Title { 0 } else { INDENT };
    words(&plain(text), WIDTH - indent)
        .into_iter()
        .enumerate()
        .map(|(row, line)| {
            let mark = if row == 0 { mark } else { "" };
            let gap = if indent == 0 {
                String::new()
            } else {
                format!("{mark:<indent$}")
            };
            (tone, format!("{gap}{line}").trim_end().to_owned())
        })
        .collect()
}

/// Text in lines of at most `width` columns, broken between words; a longer word stays whole, so
/// that a digest or a path can be copied.
pub fn words(text: &str, width: usize) -> Vec<String> {
    if text.len() <= width && !text.starts_with(' ') {
        return vec![text.to_owned()];
    }
    let mut lines = vec![String::new()];
    let mut wide = 0;
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        let more = word.chars().count();
        if line.is_empty() {
            line.push_str(word);
            wide = more;
        } else if wide + 1 + more <= width {
            line.push(' ');
            line.push_str(word);
            wide += 1 + more;
        } else {
            lines.push(word.to_owned());
            wide = more;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_wrap_under_their_own_text() {
        let sentence =
            "Ana Ruiz, Ben Osei, Cho Park, Dee Marsh, Eli Stern and Fay Lind sign in and sit down.";
        let lines = lines(
            &Say::Step {
                number: 1,
                total: 13,
                sentence,
            },
            true,
        );
        let text: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
        assert_eq!(
            text,
            [
                "",
                " 1/13  Ana Ruiz, Ben Osei, Cho Park, Dee Marsh, Eli Stern and Fay Lind sign in",
                "       and sit down."
            ]
        );
    }

    #[test]
    fn foreign_text_cannot_reach_the_terminal_as_control_sequences() {
        for say in [
            Say::Note("\u{1b}[2J"),
            Say::Good("\u{1b}[2J"),
            Say::Fact {
                name: "\u{1b}[2J",
                value: "\u{1b}]0;x\u{7}",
            },
            Say::Trouble {
                message: "\u{1b}c",
                hint: Some("\u{9b}2J"),
            },
            Say::Aloud("\u{1b}[2J"),
        ] {
            for (_, line) in lines(&say, true) {
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}
