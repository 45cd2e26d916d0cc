//! Keeps the arrows between modules pointing down.

use std::fs;
use std::path::Path;

use crate::source;

/// Module, then what it may use. Lowest layer first.
const MAY_USE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("secret", &[]),
    ("domain", &["error"]),
    ("crypto", &["domain", "error", "secret"]),
    ("custody", &["crypto", "domain", "error", "secret"]),
    ("pkcs11", &["crypto", "domain", "error", "secret"]),
    ("record", &["crypto", "domain", "error", "secret"]),
    ("providers", &["crypto", "domain", "error", "secret"]),
    ("documents", &["crypto", "domain", "error", "record"]),
    (
        "engine",
        &[
            "crypto",
            "custody",
            "domain",
            "error",
            "pkcs11",
            "providers",
            "record",
            "secret",
        ],
    ),
    ("register", &["domain", "engine", "error", "record"]),
    ("ui", &["domain", "engine", "error", "record", "secret"]),
    (
        "cli",
        &[
            "crypto",
            "custody",
            "documents",
            "domain",
            "engine",
            "error",
            "pkcs11",
            "providers",
            "record",
            "register",
            "secret",
            "ui",
        ],
    ),
    ("manual", &[]),
];

#[test]
fn modules_use_only_lower_layers() {
    let src = source::root().join("src");
    let mut wrong = Vec::new();
    for file in source::rust_files(&src) {
        let path = file.strip_prefix(&src).unwrap();
        let Some(here) = module(path) else { continue };
        let text = fs::read_to_string(&file).unwrap();
        let top = path.components().count() == 1;
        for what in wrong_edges(&here, top, &text) {
            wrong.push(format!("src/{}: {what}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_points_down() {
    for (place, (name, uses)) in MAY_USE.iter().enumerate() {
        let lower: Vec<&str> = MAY_USE[..place].iter().map(|(name, _)| *name).collect();
        for used in *uses {
            assert!(lower.contains(used), "{name} -> {used}");
        }
    }
}

#[test]
fn a_wrong_edge_is_found() {
    for (here, top, text) in [
        ("domain", false, "use crate::engine::run::run;\n"),
        ("domain", false, "fn f() { crate::cli::main(); }\n"),
        ("crypto", false, "use crate::{domain, error};\n"),
        ("custody", true, "use super::engine::run;\n"),
        ("custody", false, "use super::super::engine::run;\n"),
        ("nowhere", false, "\n"),
        (
            "domain",
            false,
            "#[cfg(test)]\nmod tests { use crate::cli; }\nuse crate::ui::text;\n",
        ),
    ] {
        assert_eq!(wrong_edges(here, top, text).len(), 1, "{here}: {text}");
    }
}

#[test]
fn a_right_edge_a_link_and_a_test_are_left_alone() {
    for (here, text) in [
        ("engine", "use crate::custody::share::deal;\n"),
        ("domain", "use crate::domain::text::list;\n"),
        ("domain", "//! See [`crate::engine`].\n"),
        ("domain", "const A: &str = \"crate::cli\";\n"),
        ("domain", "pub(crate) fn f() {}\npub(super) fn g() {}\n"),
        ("domain", "#[cfg(test)]\nmod tests { use crate::cli; }\n"),
        (
            "domain",
            "#[cfg(test)]\npub(crate) fn f() { crate::cli::main() }\n",
        ),
        ("domain", "#[cfg(test)]\nuse crate::cli;\n"),
    ] {
        assert_eq!(wrong_edges(here, false, text), [""; 0], "{here}: {text}");
    }
}

/// The top module that a file of `src` belongs to; none for the two roots.
fn module(path: &Path) -> Option<String> {
    let first = path.iter().next()?.to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!["lib", "main"].contains(&name)).then(|| name.to_owned())
}

/// What in `text`, a file of module `here`, goes where it may not; `top` for `src/here.rs` itself.
fn wrong_edges(here: &str, top: bool, text: &str) -> Vec<String> {
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == here) else {
        return vec![format!("{here} has no row in MAY_USE")];
    };
    let code = without_tests(source::code(text));
    let mut wrong: Vec<String> = named_after(&code, "crate::")
        .into_iter()
        .filter(|used| used != here && !allowed.contains(&used.as_str()))
        .map(|used| match used.as_str() {
            "" => "one `use crate::module::…` a line, please: groups hide edges".to_owned(),
            used => format!("{here} may not use `{used}`"),
        })
        .collect();
    let up = if top { "super::" } else { "super::super::" };
    if !named_after(&code, up).is_empty() {
        wrong.push(format!("{here} reaches another module by `{up}`"));
    }
    wrong
}

/// The names that follow `prefix`; an empty one for a group.
fn named_after(code: &str, prefix: &str) -> Vec<String> {
    code.match_indices(prefix)
        .filter(|(at, _)| !code[..*at].ends_with(source::is_word))
        .map(|(at, _)| {
            let rest = &code[at + prefix.len()..];
            rest.chars().take_while(|c| source::is_word(*c)).collect()
        })
        .collect()
}

/// The code without what is compiled for tests only.
fn without_tests(mut code: String) -> String {
    const TEST: &str = "#[cfg(test)]";
    while let Some(at) = code.find(TEST) {
        let rest = &code[at..];
        let body = rest
            .find('{')
            .map(|open| open + source::bracket(&rest[open..]));
        let line = rest.find(';').map(|end| end + 1);
        let end = match (body, line) {
            (Some(body), Some(line)) if rest.find('{') < rest.find(';') => body.max(line.min(body)),
            (_, Some(line)) => line,
            (Some(body), None) => body,
            (None, None) => rest.len(),
        };
        code.replace_range(at..at + end, "");
    }
    code
}
