//! Reads our own source for the tests that hold it to rules.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// The folder of the package.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder`, in order.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every Rust file below `folder`, in order.
pub(crate) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = files(folder);
    files.retain(|path| path.extension().is_some_and(|ending| ending == "rs"));
    files
}

/// The text without comments and without what stands in quotes; lines stay where they are.
pub(crate) fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped(rest, out.chars().next_back());
        if skipped == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let (gone, left) = rest.split_at(skipped);
            out.extend(gone.chars().map(|c| if c == '\n' { c } else { ' ' }));
            rest = left;
        }
    }
    out
}

/// How many bytes a comment, string or character at the beginning of `rest` takes.
fn skipped(rest: &str, before: Option<char>) -> usize {
    let until = |from: usize, end: &str| {
        rest[from..]
            .find(end)
            .map_or(rest.len(), |at| from + at + end.len())
    };
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return until(2, "*/");
    }
    if !before.is_some_and(is_word) {
        let raw = rest.trim_start_matches('b');
        let hashes = raw.strip_prefix('r').map(|raw| {
            let hashes = raw.len() - raw.trim_start_matches('#').len();
            (hashes, raw[hashes..].starts_with('"'))
        });
        if let Some((hashes, true)) = hashes {
            let from = rest.len() - raw.len() + hashes + 2;
            return until(from, &format!("\"{}", "#".repeat(hashes)));
        }
    }
    if rest.starts_with('"') {
        return quoted(rest, '"').unwrap_or(rest.len());
    }
    if let Some(inner) = rest.strip_prefix('\'') {
        // A lifetime has no quote behind its first letter.
        let letter = inner.chars().next().unwrap_or(' ');
        if letter == '\\' || inner[letter.len_utf8()..].starts_with('\'') {
            return quoted(rest, '\'').unwrap_or(1);
        }
    }
    0
}

/// The length of a quoted text with its quotes.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return Some(at + c.len_utf8());
        }
    }
    None
}

/// Whether the character can be part of a name.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How many bytes to the end of the bracket that `text` begins with.
pub(crate) fn bracket(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at + c.len_utf8();
        }
    }
    text.len()
}

#[test]
fn comments_and_quoted_text_are_no_code() {
    let text = "a /* b */ c // d\n\"e \\\" f\" g r#\"h \" i\"# 'j' '\\'' &'k l br\"m\" b'n' for";
    let words: Vec<String> = code(text).split_whitespace().map(str::to_owned).collect();
    assert_eq!(words, ["a", "c", "g", "&'k", "l", "b", "for"]);
    assert_eq!(code("a\n/* b\nc */\nd").lines().count(), 4);
}
