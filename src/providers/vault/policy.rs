//! Policies of Vault and OpenBao: which paths they name, and which of several names counts.
//!
//! Source: Vault documentation, "Policies" (policy syntax, priority rules, templated policies,
//! parameter constraints). Read 2026-11. OpenBao's page says the same.

use std::cmp::Reverse;

use serde_json::Map;
use serde_json::Value;

/// What a policy says of one path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Rule {
    /// The path, which may end in a star and have pluses as segments.
    pattern: String,
    /// Whether something in it is known only when somebody asks.
    varies: bool,
    /// What may be done there.
    capabilities: Vec<String>,
    /// Fields that narrow it, and depend on what is asked.
    narrows: Vec<String>,
}

/// What rules together let somebody do at a path.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Allowed<'a> {
    /// The rules that count, each with its capabilities.
    pub(super) by: Vec<&'a Rule>,
}

impl Rule {
    /// Whether it lets somebody do one of these.
    pub(super) fn allows(&self, any: &[&str]) -> bool {
        self.capabilities
            .iter()
            .any(|it| any.contains(&it.as_str()))
    }

    /// The path that it is for.
    pub(super) fn path(&self) -> &str {
        &self.pattern
    }

    /// A path below `folder`, which ends with a slash, that stands for all those for which the rule is;
    /// none if it is for none.
    pub(super) fn below(&self, folder: &str) -> Option<String> {
        let (pattern, is_prefix) = self.parts();
        let mut wanted = pattern.split('/').peekable();
        for here in folder.trim_end_matches('/').split('/') {
            let segment = wanted.next()?;
            if wanted.peek().is_none() && is_prefix {
                let fits = segment == "+" || here.starts_with(segment);
                return fits.then(|| format!("{folder}{ANY}"));
            }
            if segment != "+" && segment != here {
                return None;
            }
        }
        wanted.peek()?;
        let rest = wanted.map(|segment| if segment == "+" { ANY } else { segment });
        let mut path = folder.to_owned() + &rest.collect::<Vec<_>>().join("/");
        if is_prefix && !pattern.ends_with("/+") {
            path.push_str(ANY);
        }
        Some(path)
    }

    /// The pattern without its star, and whether it has one.
    fn parts(&self) -> (&str, bool) {
        match self.pattern.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (self.pattern.as_str(), false),
        }
    }

    /// What it depends on.
    pub(super) fn only(&self) -> Vec<String> {
        let varies = self
            .varies
            .then(|| "its path has a variable in it".to_owned());
        let narrows = self
            .narrows
            .iter()
            .map(|name| format!("{name} of the policy fits"));
        varies.into_iter().chain(narrows).collect()
    }

    fn denies(&self) -> bool {
        self.capabilities.iter().any(|it| it == "deny")
    }

    fn fits(&self, path: &str) -> bool {
        let (pattern, is_prefix) = self.parts();
        let mut wanted = pattern.split('/').peekable();
        let mut found = path.split('/');
        while let Some(segment) = wanted.next() {
            let Some(here) = found.next() else {
                return false;
            };
            if wanted.peek().is_none() && is_prefix {
                return segment == "+" || here.starts_with(segment);
            }
            if segment != "+" && segment != here {
                return false;
            }
        }
        found.next().is_none()
    }

    /// The greater one counts, by the five rules of the page.
    fn priority(&self) -> (usize, bool, Reverse<usize>, usize, &str) {
        let pattern = self.pattern.as_str();
        let pluses = pattern.split('/').filter(|segment| *segment == "+").count();
        let plus = pattern.find("/+").map(|at| at + 1);
        let plus = plus.or_else(|| pattern.starts_with('+').then_some(0));
        let is_prefix = pattern.ends_with('*');
        let star = is_prefix.then(|| pattern.len() - 1);
        let first = plus.into_iter().chain(star).min().unwrap_or(usize::MAX);
        (first, !is_prefix, Reverse(pluses), pattern.len(), pattern)
    }
}

/// What all the rules of somebody let him do at a path: the rules of the path that fits best, and those
/// that may fit it, by who asks. One that denies ends it.
pub(super) fn at<'a>(rules: &[&'a Rule], path: &str) -> Allowed<'a> {
    let fit = |varies: bool| {
        let all = rules.iter().copied();
        all.filter(move |rule| rule.varies == varies && rule.fits(path))
    };
    let best = fit(false).max_by_key(|rule| rule.priority());
    let same = |rule: &&Rule| best.is_some_and(|best| best.pattern == rule.pattern);
    let certain: Vec<&Rule> = fit(false).filter(same).collect();
    let certain = if certain.iter().any(|rule| rule.denies()) {
        Vec::new()
    } else {
        certain
    };
    let maybe = fit(true).filter(|rule| !rule.denies());
    Allowed {
        by: certain.into_iter().chain(maybe).collect(),
    }
}

/// The rules of a policy, in HCL or JSON; why it cannot be read, where it cannot.
pub(super) fn rules(text: &str) -> Result<Vec<Rule>, String> {
    let blocks = if text.trim_start().starts_with('{') {
        json(text)?
    } else {
        Hcl::of(text).blocks()?
    };
    blocks.iter().map(|(path, body)| rule(path, body)).collect()
}

fn rule(path: &str, body: &Map<String, Value>) -> Result<Rule, String> {
    if path.contains(ANY) {
        return Err(format!(
            "the path {path:?} has a character that no path has"
        ));
    }
    let mut pattern = String::new();
    let mut varies = false;
    let mut rest = path.trim_start_matches('/');
    while let Some((before, variable)) = rest.split_once("{{") {
        let (_, after) = variable
            .split_once("}}")
            .ok_or_else(|| format!("the path {path:?} has a variable without end"))?;
        pattern.push_str(before);
        pattern.push('+');
        varies = true;
        rest = after;
    }
    pattern.push_str(rest);
    // What stands beside a variable in its segment is not compared.
    let segments = pattern
        .split('/')
        .map(|segment| match varies && segment.contains('+') {
            true if segment.ends_with('*') => "+*",
            true => "+",
            false => segment,
        });
    let pattern = segments.collect::<Vec<_>>().join("/");
    let words = |name: &str| match body.get(name) {
        None => Ok(Vec::new()),
        Some(Value::Array(all)) => {
            let all: Option<Vec<String>> =
                all.iter().map(|it| Some(it.as_str()?.to_owned())).collect();
            all.ok_or_else(|| format!("{name} of {path:?} is no list of texts"))
        }
        Some(_) => Err(format!("{name} of {path:?} is no list of texts")),
    };
    let mut capabilities = words("capabilities")?;
    // The form before capabilities.
    let old = match body.get("policy").and_then(Value::as_str) {
        Some("deny") => &["deny"][..],
        Some("read") => &["list", "read"],
        Some("write") => &["create", "delete", "list", "read", "update"],
        Some("sudo") => &["create", "delete", "list", "read", "sudo", "update"],
        Some(_) | None => &[],
    };
    capabilities.extend(old.iter().map(|&it| it.to_owned()));
    let narrows = NARROW.iter().filter(|name| body.contains_key(**name));
    Ok(Rule {
        pattern,
        varies,
        capabilities,
        narrows: narrows.map(|&name| name.to_owned()).collect(),
    })
}

/// What stands for any part of a path: no policy names it.
pub(super) const ANY: &str = "\0";

/// Fields that narrow what a rule allows.
const NARROW: &[&str] = &[
    "allowed_parameters",
    "control_group",
    "denied_parameters",
    "max_wrapping_ttl",
    "mfa_methods",
    "min_wrapping_ttl",
    "required_parameters",
];

/// Paths, each with what is said of it.
type Blocks = Vec<(String, Map<String, Value>)>;

fn json(text: &str) -> Result<Blocks, String> {
    let whole =
        crate::providers::json::strict(text.as_bytes()).map_err(|error| error.to_string())?;
    let lists = match whole.get("path") {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_object).collect(),
        Some(Value::Object(one)) => vec![one],
        Some(_) | None => return Err("it has no paths".to_owned()),
    };
    let mut blocks = Vec::new();
    for (path, body) in lists.into_iter().flatten() {
        let bodies = match body {
            Value::Object(one) => vec![one.clone()],
            Value::Array(all) => all.iter().filter_map(Value::as_object).cloned().collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(format!("what it says of {path:?} is no object"));
            }
        };
        blocks.extend(bodies.into_iter().map(|body| (path.clone(), body)));
    }
    Ok(blocks)
}

/// As much of HCL as policies are written in: blocks with labels, attributes, texts, numbers, words,
/// lists, objects and comments.
struct Hcl<'a> {
    rest: &'a str,
    depth: u32,
}

/// No policy nests deeper.
const DEEPEST: u32 = 16;

impl<'a> Hcl<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            rest: text,
            depth: 0,
        }
    }

    fn blocks(&mut self) -> Result<Blocks, String> {
        let mut all = Vec::new();
        loop {
            self.skip()?;
            if self.rest.is_empty() {
                return Ok(all);
            }
            let name = self.name()?;
            self.skip()?;
            if self.rest.starts_with('"') {
                let label = self.text()?;
                self.skip()?;
                let body = self.object()?;
                if name == "path" {
                    all.push((label, body));
                }
            } else {
                // `name = "…"` at the top names the policy, and allows nothing.
                self.take('=')?;
                self.value()?;
            }
        }
    }

    /// What stands between braces.
    fn object(&mut self) -> Result<Map<String, Value>, String> {
        self.take('{')?;
        self.deeper()?;
        let mut map = Map::new();
        loop {
            self.skip()?;
            if self.took('}') {
                self.depth -= 1;
                return Ok(map);
            }
            let name = if self.rest.starts_with('"') {
                self.text()?
            } else {
                self.name()?
            };
            self.skip()?;
            let is_attribute = self.took('=') || self.took(':');
            let value = if is_attribute {
                self.value()?
            } else {
                Value::Object(self.object()?)
            };
            if map.insert(name.clone(), value).is_some() {
                return Err(format!("{name} comes twice"));
            }
            self.skip()?;
            self.took(',');
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        self.skip()?;
        match self.rest.chars().next() {
            Some('"') => Ok(Value::String(self.text()?)),
            Some('{') => Ok(Value::Object(self.object()?)),
            Some('[') => {
                self.take('[')?;
                self.deeper()?;
                let mut all = Vec::new();
                loop {
                    self.skip()?;
                    if self.took(']') {
                        self.depth -= 1;
                        return Ok(Value::Array(all));
                    }
                    all.push(self.value()?);
                    self.skip()?;
                    self.took(',');
                }
            }
            Some(_) => Ok(Value::String(self.name()?)),
            None => Err(self.unexpected()),
        }
    }

    /// A name, a number or a word without quotes.
    fn name(&mut self) -> Result<String, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let end = self.rest.find(|c| !plain(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Err(self.unexpected());
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    /// A text in quotes.
    fn text(&mut self) -> Result<String, String> {
        self.take('"')?;
        let mut text = String::new();
        let mut all = self.rest.char_indices();
        while let Some((at, c)) = all.next() {
            match c {
                '"' => {
                    self.rest = self.rest.get(at + 1..).unwrap_or_default();
                    return Ok(text);
                }
                '\\' => match all.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, c @ ('"' | '\\'))) => text.push(c),
                    Some(_) | None => {
                        return Err("a text has an escape that is not understood".to_owned());
                    }
                },
                '\n' => return Err("a text does not end on its line".to_owned()),
                c => text.push(c),
            }
        }
        Err("a text has no end".to_owned())
    }

    /// Blanks and comments.
    fn skip(&mut self) -> Result<(), String> {
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.starts_with('#') || self.rest.starts_with("//") {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.rest = self.rest.get(end..).unwrap_or_default();
            } else if let Some(comment) = self.rest.strip_prefix("/*") {
                let (_, rest) = comment
                    .split_once("*/")
                    .ok_or_else(|| "a comment has no end".to_owned())?;
                self.rest = rest;
            } else {
                return Ok(());
            }
        }
    }

    fn took(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        if let Some(rest) = rest {
            self.rest = rest;
        }
        rest.is_some()
    }

    fn take(&mut self, c: char) -> Result<(), String> {
        if self.took(c) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        Ok(())
    }

    fn unexpected(&self) -> String {
        match self.rest.chars().next() {
            Some(c) => format!("{c:?} stands where it is not understood"),
            None => "it ends too early".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The patterns of a policy that count at a path.
    fn by(policy: &str, path: &str) -> Vec<String> {
        let rules = rules(policy).unwrap();
        let all: Vec<&Rule> = rules.iter().collect();
        let found = at(&all, path).by;
        found.iter().map(|rule| rule.pattern.clone()).collect()
    }

    fn path(pattern: &str, can: &str) -> String {
        format!("path \"{pattern}\" {{ capabilities = [\"{can}\"] }}\n")
    }

    /// Those of the page.
    #[test]
    fn a_path_fits_whole_by_prefix_and_by_segment() {
        for (pattern, fits, fits_not) in [
            (
                "secret/foo",
                &["secret/foo"][..],
                &["secret/food", "secret/foo/bar"][..],
            ),
            (
                "secret/bar/*",
                &["secret/bar/zip", "secret/bar/zip/zap"],
                &["secret/bars/zip"],
            ),
            (
                "secret/zip-*",
                &["secret/zip-zap", "secret/zip-zap/zong"],
                &["secret/zip/zap"],
            ),
            (
                "secret/+/teamb",
                &["secret/a/teamb"],
                &["secret/a/b/teamb", "secret/teamb"],
            ),
            (
                "secret/+/+/teamb",
                &["secret/foo/bar/teamb"],
                &["secret/foo/teamb"],
            ),
            ("*", &["transit/decrypt/payments"], &[]),
            (
                "transit/+/pay*",
                &["transit/sign/payments/sha2-256"],
                &["transit/sign/x"],
            ),
            ("a/+*", &["a/b/c"], &["b/c"]),
        ] {
            let policy = path(pattern, "update");
            for path in fits {
                assert_eq!(by(&policy, path), [pattern], "{path}");
            }
            for path in fits_not {
                assert_eq!(by(&policy, path), [""; 0], "{path}");
            }
        }
    }

    #[test]
    fn of_several_paths_that_fit_the_one_of_the_five_rules_counts() {
        for (lower, higher, asked) in [
            // The first wildcard stands earlier.
            ("secret/+/team", "secret/foo/*", "secret/foo/team"),
            ("secret/*", "secret/foo*", "secret/foobar"),
            // It ends in a star.
            ("secret/+/*", "secret/+/team", "secret/foo/team"),
            // It has more segments of any name; the example of the page.
            ("secret/+/+/foo/*", "secret/*", "secret/a/b/foo/c"),
            // It is shorter.
            ("secret/+/te*", "secret/+/team*", "secret/a/teams"),
            (
                "transit/*",
                "transit/decrypt/payments",
                "transit/decrypt/payments",
            ),
        ] {
            for policy in [
                path(lower, "update") + &path(higher, "read"),
                path(higher, "read") + &path(lower, "update"),
            ] {
                assert_eq!(by(&policy, asked), [higher], "{lower}");
            }
        }
    }

    #[test]
    fn a_rule_stands_for_what_it_has_below_a_folder() {
        for (pattern, below) in [
            ("t/sign/k/sha1", Some("t/sign/k/sha1")),
            ("t/sign/k/+", Some("t/sign/k/\0")),
            ("t/sign/k/+/a", Some("t/sign/k/\0/a")),
            ("t/sign/k/sha*", Some("t/sign/k/sha\0")),
            ("t/sign/k/*", Some("t/sign/k/\0")),
            ("t/sign/k/+*", Some("t/sign/k/\0")),
            ("+/+/k/sha1", Some("t/sign/k/sha1")),
            ("t/sign/+/sha1", Some("t/sign/k/sha1")),
            ("t/si*", Some("t/sign/k/\0")),
            ("t/+*", Some("t/sign/k/\0")),
            ("*", Some("t/sign/k/\0")),
            ("t/sign/k", None),
            ("t/sign/+", None),
            ("t/sign/other/sha1", None),
            ("t/sign/other*", None),
            ("t/verify/+/sha1", None),
            ("t", None),
        ] {
            let rules = rules(&path(pattern, "update")).unwrap();
            let found = rules[0].below("t/sign/k/");
            assert_eq!(found.as_deref(), below, "{pattern}");
            assert!(found.is_none_or(|path| rules[0].fits(&path)), "{pattern}");
        }
    }

    #[test]
    fn the_same_path_adds_up_and_a_denial_ends_it() {
        let twice = path("a/b", "read") + &path("a/b", "update");
        assert_eq!(by(&twice, "a/b").len(), 2);
        assert_eq!(by(&(twice + &path("a/b", "deny")), "a/b").len(), 0);
        // One for a wider path is not asked.
        assert_eq!(
            by(&(path("a/b", "read") + &path("a/*", "deny")), "a/b").len(),
            1
        );
    }

    #[test]
    fn policies_are_read_as_people_write_them() {
        let policy = r#"
            # A comment.
            name = "deploy"
            path "/transit/decrypt/payments" { // another
                capabilities = [ "update", ] /* and
                one more */
                allowed_parameters = { "ciphertext" = [], "*" = ["a", 1, true] }
                min_wrapping_ttl = "1s"
            }
            path "secret/{{identity.entity.id}}/x" { capabilities = ["read"] }
            path "old" { policy = "write" }
        "#;
        let read = rules(policy).unwrap();
        assert_eq!(read[0].pattern, "transit/decrypt/payments");
        assert_eq!(
            read[0].only(),
            [
                "allowed_parameters of the policy fits",
                "min_wrapping_ttl of the policy fits"
            ]
        );
        assert_eq!(read[1].pattern, "secret/+/x");
        assert_eq!(read[1].only(), ["its path has a variable in it"]);
        assert!(read[2].allows(&["delete"]) && !read[2].allows(&["sudo"]));
        let json = r#"{"path": {"transit/*": {"capabilities": ["update"]}}}"#;
        assert_eq!(by(json, "transit/decrypt/x"), ["transit/*"]);
        let json =
            r#"{"path": [{"a": [{"capabilities": ["read"]}]}, {"b": {"capabilities": ["read"]}}]}"#;
        assert_eq!(rules(json).unwrap().len(), 2);
    }

    #[test]
    fn what_is_not_understood_is_told_and_never_skipped() {
        let deep = format!("path \"a\" {{ x = {}", "[".repeat(100_000));
        for (policy, words) in [
            (
                "path \"a\" { capabilities = \"read\" }",
                "is no list of texts",
            ),
            (
                "path \"a\" { capabilities = [[\"read\"]] }",
                "is no list of texts",
            ),
            ("path \"a\" { capabilities = [\"read\"]", "ends too early"),
            ("path \"a\" [", "'['"),
            ("path a {}", "'a'"),
            ("path \"a", "a text has no end"),
            ("path \"a\n\" {}", "does not end on its line"),
            ("path \"\\q\" {}", "an escape"),
            ("path \"a{{b\" {}", "a variable without end"),
            ("path \"a/\0\" {}", "a character that no path has"),
            ("path \"a\" { b = 1 b = 2 }", "comes twice"),
            ("/* x", "a comment has no end"),
            ("path \"a\" { x = <<EOF\n}", "'<'"),
            ("{\"path\": 7}", "it has no paths"),
            ("{\"path\": {\"a\": 7}}", "is no object"),
            ("{\"path\": {\"a\": {}, \"a\": {}}}", "comes twice"),
            (deep.as_str(), "nested too deeply"),
        ] {
            let error = rules(policy).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
