//! What is built into keyrite besides our own source: held to deny.toml and to the manual.
//!
//! cargo-deny takes longer to build than all tests take, so these read its lists themselves, from what
//! cargo says of the tree on Linux; `.ci/supply` runs cargo-deny, with every feature.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::source;

fn read(path: &str) -> String {
    fs::read_to_string(source::root().join(path)).unwrap()
}

/// What cargo says of the tree that is built here.
fn tree() -> &'static Value {
    static TREE: OnceLock<Value> = OnceLock::new();
    TREE.get_or_init(|| {
        let said = Command::new(env!("CARGO"))
            .current_dir(source::root())
            .args(["metadata", "--locked", "--offline", "--format-version=1"])
            .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
            .output()
            .unwrap();
        let why = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{why}");
        serde_json::from_slice(&said.stdout).unwrap()
    })
}

/// Packages by their id.
fn packages() -> BTreeMap<&'static str, &'static Value> {
    let all = tree()["packages"].as_array().unwrap();
    all.iter().map(|it| (text(&it["id"]), it)).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Ids of the packages that are built for keyrite by dependencies of those kinds, without what only
/// `except` needs.
fn reached(kinds: &[Value], except: &str) -> BTreeSet<&'static str> {
    let packages = packages();
    let resolve = &tree()["resolve"];
    let nodes: BTreeMap<&str, &Value> = resolve["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (text(&node["id"]), node))
        .collect();
    let mut reached = BTreeSet::new();
    let mut left = vec![text(&resolve["root"])];
    while let Some(id) = left.pop() {
        if packages[id]["name"] == except || !reached.insert(id) {
            continue;
        }
        let deps = nodes[id]["deps"].as_array().unwrap().iter();
        let wanted = deps.filter(|dep| {
            let mut of = dep["dep_kinds"].as_array().unwrap().iter();
            of.any(|kind| kinds.contains(&kind["kind"]))
        });
        left.extend(wanted.map(|dep| text(&dep["pkg"])));
    }
    reached
}

/// The texts in the list that follows `name = ` in deny.toml.
fn list(name: &str) -> Vec<String> {
    let file = read("deny.toml");
    let list = file.split_once(&format!("\n{name} = [")).unwrap().1;
    let list = list.split_once("\n]").unwrap().0;
    let entries = list.lines().filter_map(|line| line.split('"').nth(1));
    let entries: Vec<String> = entries.map(str::to_owned).collect();
    assert!(!entries.is_empty(), "{name}");
    entries
}

#[test]
fn every_dependency_may_be_had_under_a_permissive_licence() {
    let allowed = list("allow");
    for package in packages().values() {
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(may(licence, &allowed), "{}: {licence}", package["name"]);
    }
}

#[test]
fn an_expression_of_licences_is_read_as_it_is_meant() {
    let allowed = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    for (expression, is) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("MIT/GPL-3.0-only", true),
        ("GPL-3.0-only OR MIT", true),
        ("MIT AND GPL-3.0-only", false),
        ("ISC AND (GPL-3.0-only OR MIT)", true),
        ("(MIT OR GPL-3.0-only) AND BSL-1.0", false),
        ("GPL-3.0-only OR MIT AND ISC", true),
        ("MIT OR ISC AND GPL-3.0-only", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
        ("none", false),
    ] {
        assert_eq!(may(expression, &allowed), is, "{expression}");
    }
}

/// Whether an SPDX expression can be kept with these licences alone.
fn may(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    any(&mut words.as_slice(), allowed)
}

/// Terms joined by OR, which binds less than AND.
fn any(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut result = all(words, allowed);
    while words.first() == Some(&"OR") {
        *words = &words[1..];
        result |= all(words, allowed);
    }
    result
}

fn all(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut result = one(words, allowed);
    while words.first() == Some(&"AND") {
        *words = &words[1..];
        result &= one(words, allowed);
    }
    result
}

fn one(words: &mut &[&str], allowed: &[String]) -> bool {
    let first = words[0];
    *words = &words[1..];
    if first == "(" {
        let result = any(words, allowed);
        *words = &words[1..];
        return result;
    }
    let mut licence = first.to_owned();
    if words.first() == Some(&"WITH") {
        licence = format!("{licence} WITH {}", words[1]);
        *words = &words[2..];
    }
    allowed.contains(&licence)
}

#[test]
fn everything_comes_from_the_registry_with_its_digest_and_nothing_banned() {
    let lock = read("Cargo.lock");
    let banned = list("deny");
    let mut seen = 0;
    for package in lock.split("[[package]]").skip(1) {
        let field = |name: &str| {
            let line = package.lines().find(|line| line.starts_with(name))?;
            line.split('"').nth(1)
        };
        let name = field("name = ").unwrap();
        if name == "keyrite" {
            continue;
        }
        let from = field("source = ");
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        assert_eq!(from, Some(registry), "{name}");
        assert_eq!(field("checksum = ").map(str::len), Some(64), "{name}");
        assert!(!banned.contains(&name.to_owned()), "{name} is banned");
        seen += 1;
    }
    assert!(seen > 200, "{seen}");
}

/// A fuzzer that builds other releases proves nothing about these.
#[test]
fn the_fuzzer_is_locked_to_the_same_releases() {
    let fuzzed = read("tests/fuzz/Cargo.lock");
    let packages = packages();
    for id in reached(&[Value::Null, "build".into()], "") {
        let [name, version] = ["name", "version"].map(|field| &packages[id][field]);
        let entry = format!("name = {name}\nversion = {version}\n");
        assert!(fuzzed.contains(&entry), "{name} {version}");
    }
}

#[test]
fn no_crate_is_there_twice_but_for_age_and_macros() {
    let packages = packages();
    let twice = |except: &str| {
        let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
        for id in reached(&[Value::Null, "build".into()], except) {
            *versions.entry(text(&packages[id]["name"])).or_default() += 1;
        }
        versions.retain(|_, count| *count > 1);
        versions.into_keys().collect::<Vec<_>>()
    };
    let skipped = list("skip");
    let unexplained: Vec<&str> = twice("age")
        .into_iter()
        .filter(|name| {
            !skipped
                .iter()
                .any(|skip| skip.starts_with(&format!("{name}@")))
        })
        .collect();
    assert_eq!(unexplained, [""; 0]);
    // The explanation is needed as long as age brings older ones.
    assert!(twice("").contains(&"p256"));
}

#[test]
fn every_advisory_that_is_passed_over_has_a_day_and_a_reason() {
    let file = read("deny.toml");
    let ignored = file.split_once("\nignore = [").unwrap().1;
    let mut entries = 0;
    for line in ignored.lines().filter(|line| line.contains("id = ")) {
        let reason = line.split_once("reason = \"").unwrap().1;
        let (day, why) = reason.split_once(": ").unwrap();
        assert!(day.parse::<jiff::civil::Date>().is_ok(), "{line}");
        assert!(why.len() > 40, "{line}");
        entries += 1;
    }
    assert!(entries > 0);
}

#[test]
fn every_unsafe_that_is_built_in_is_counted_and_explained() {
    let packages = packages();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for id in reached(&[Value::Null], "") {
        let package = packages[id];
        if package["source"].is_null() {
            continue;
        }
        let folder = Path::new(text(&package["manifest_path"])).parent().unwrap();
        let count: usize = source::rust_files(&folder.join("src"))
            .iter()
            .map(|file| words(&String::from_utf8_lossy(&fs::read(file).unwrap())))
            .sum();
        *found.entry(text(&package["name"]).to_owned()).or_default() += count;
    }
    let all = found.len();
    found.retain(|_, count| *count > 0);

    let page = read("src/manual/supply-chain.md");
    let mut told = BTreeMap::new();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let [_, crates, why, _] = row.split('|').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        assert!(why.trim().len() > 10, "{row}");
        for one in crates.split(", ") {
            let (name, count) = one.trim().rsplit_once(' ').unwrap();
            let name = name.trim_matches('`').to_owned();
            let before = told.insert(name, count.parse::<usize>().unwrap());
            assert_eq!(before, None, "{one}");
        }
    }
    for name in found.keys().chain(told.keys()) {
        assert_eq!(found.get(name), told.get(name), "{name}: found, told");
    }
    let sum: usize = found.values().sum();
    let (some, none) = (found.len(), all - found.len());
    let sum = format!("{sum} times in {some} crates; {none} crates have none");
    assert!(page.contains(&sum), "{sum}");
}

/// How often the word stands in a source, comments at the end of a line left out.
fn words(source: &str) -> usize {
    let lines = source.lines().filter(|line| line.contains("unsafe"));
    lines
        .map(|line| line.split("//").next().unwrap())
        .flat_map(|code| code.split(|c| !source::is_word(c)))
        .filter(|word| *word == "unsafe")
        .count()
}
