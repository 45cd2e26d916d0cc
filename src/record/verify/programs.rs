//! The programs that wrote the record, and the HSM's module: which they were, and whether the auditor
//! trusts them.

use std::collections::BTreeSet;

use crate::domain::record::Digest;
use crate::domain::record::Entry;
use crate::domain::record::Event;
use crate::domain::record::Open;
use crate::domain::record::Tool;
use crate::record::verify::check::Check;
use crate::record::verify::check::Standing;
use crate::record::verify::tally::Tally;

pub(super) fn check(
    open: &Open,
    entries: &[Entry],
    trusted: Option<&BTreeSet<Digest>>,
    tally: &mut Tally,
) {
    let mut programs = vec![of_tool(1, &open.tool)];
    for entry in entries {
        if let Event::Resumed(resumed) = &entry.event
            && resumed.tool != open.tool
        {
            programs.push(of_tool(entry.seq + 1, &resumed.tool));
        }
    }
    if let Some(hsm) = &open.token {
        programs.push(Program {
            line: 1,
            name: format!("the module {}", hsm.facts.module),
            sha256: Some(hsm.facts.module_sha256),
        });
    }
    let named: Vec<String> = programs.iter().map(Program::told).collect();
    let named = format!("written by {}", named.join(", "));
    tally.about(Check::Programs);
    let Some(trusted) = trusted else {
        tally.stands(
            Standing::Unknown,
            format!("{named}; whether these can be trusted is not in a record"),
        );
        return;
    };
    if programs.iter().any(|program| program.sha256.is_none()) {
        tally.stands(
            Standing::Unknown,
            format!("{named}; not every digest could be taken"),
        );
    } else {
        tally.hold(format!("{named}, all of them on your list"));
    }
    for program in &programs {
        if program
            .sha256
            .is_some_and(|sha256| !trusted.contains(&sha256))
        {
            tally.wrong_hint(
                Some(program.line),
                format!("{} is not on your list of programs", program.told()),
                Some("find out where that program came from".to_owned()),
            );
        }
    }
}

struct Program {
    line: u64,
    name: String,
    sha256: Option<Digest>,
}

impl Program {
    fn told(&self) -> String {
        match self.sha256 {
            Some(sha256) => format!("{} (SHA-256 {sha256})", self.name),
            None => self.name.clone(),
        }
    }
}

fn of_tool(line: u64, tool: &Tool) -> Program {
    Program {
        line,
        name: format!("{} {}", tool.name, tool.version),
        sha256: tool.sha256,
    }
}
