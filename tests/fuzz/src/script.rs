//! Whatever is said to be a script: `check`, `diff` and `print` end, and say what they say in every form.
//!
//! A script that was read is the same as itself, and nothing of it becomes a part of the page.

use std::collections::BTreeMap;

use jiff::civil::date;
use keyrite::documents::procedure::Paper;
use keyrite::domain::diff;
use keyrite::domain::diff::Side;
use keyrite::domain::estimate;
use keyrite::domain::parse::is_organisation;
use keyrite::domain::parse::parse_organisation;
use keyrite::domain::parse::tree;
use keyrite::domain::say::say;
use keyrite::domain::script::Script;
use keyrite::engine::lint;
use keyrite::ui::report;
use keyrite::ui::report::Report;

use super::fixtures;

/// See the module.
pub fn run(input: &[u8]) {
    if is_organisation(input)
        && let Err(finding) = parse_organisation(input)
    {
        assert!(!finding.message.is_empty());
    }
    let today = date(2026, 11, 22);
    let (findings, access, steps) = match lint::check(input, today) {
        Ok(checked) => {
            shown(&checked.script, input);
            let steps = checked.script.steps.len();
            // What stands against it may be that there is nothing to say.
            if checked.findings.is_empty() {
                for step in &checked.script.steps {
                    assert!(!say(&checked.script, &step.value).is_empty());
                }
            }
            (checked.findings, checked.access, Some(steps))
        }
        Err(finding) => (vec![*finding], Vec::new(), None),
    };
    for finding in &findings {
        assert!(!finding.message.is_empty());
    }
    let reports = [Report {
        path: "script.yaml".to_owned(),
        findings,
        access,
        steps,
        notes: Vec::new(),
    }];
    assert!(report::json(&reports).is_object());
    assert!(report::sarif(&reports).is_object());
    let page = report::junit(&reports);
    assert!(!page.contains(|c: char| c.is_control() && c != '\n'));
}

fn shown(script: &Script, bytes: &[u8]) {
    let page = Paper {
        script,
        bytes,
        fingerprints: BTreeMap::default(),
        acts: BTreeMap::default(),
        large: false,
        reader: None,
    }
    .render();
    assert!(!page.contains("<script"));
    assert!(page.ends_with("</html>\n"));
    let tree = tree(bytes).expect("what was read");
    let side = Side {
        script,
        tree: &tree,
    };
    assert_eq!(diff::scripts(side, side).len(), 0);
    assert!(!estimate::summary(script).is_empty());
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let folders = ["scripts", "../../ceremonies"];
    folders
        .into_iter()
        .flat_map(fixtures::below)
        .filter(|(path, _)| path.extension().is_some_and(|end| end == "yaml"))
        .map(|(_, bytes)| bytes)
        .collect()
}
