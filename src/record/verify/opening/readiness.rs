//! What the script pins of program and HSM, against what was there at the start.

use crate::domain::progress::number;
use crate::domain::record::Digest;
use crate::domain::record::Mode;
use crate::domain::record::Open;
use crate::domain::record::ReadinessResult;
use crate::domain::retire::stops;
use crate::domain::script::Script;
use crate::record::verify::opening::LINE;
use crate::record::verify::tally::Tally;

/// Holds what the script pins against the first entry: what differs must be said to.
pub(super) fn check(script: &Script, open: &Open, tally: &mut Tally) {
    if open.mode == Mode::Rehearsal {
        return;
    }
    let facts = open.token.as_ref().map(|hsm| &hsm.facts);
    let text = |digest: Digest| digest.to_string();
    let pinned = [
        (
            "program",
            script.tool_sha256.as_ref().map(|at| text(at.value)),
            open.tool.sha256.map(text),
        ),
        (
            "module",
            script.token.module_sha256.as_ref().map(|at| text(at.value)),
            facts.map(|facts| text(facts.module_sha256)),
        ),
        (
            "firmware",
            script.token.firmware.as_ref().map(ToString::to_string),
            facts.map(|facts| facts.firmware_version.clone()),
        ),
        (
            "medium",
            script.record_medium.as_ref().map(ToString::to_string),
            open.readiness
                .iter()
                .find(|look| look.name == "medium" && look.result == ReadinessResult::Holds)
                .map(|look| look.found.clone()),
        ),
    ];
    for (name, wanted, found) in pinned {
        let told = open
            .readiness
            .iter()
            .any(|look| look.name == name && look.result == ReadinessResult::Fails);
        if wanted.is_some() && wanted != found && !told {
            tally.wrong(
                LINE,
                format!(
                    "the script wants the {name} {}; the record names {}, and does not say that it is another",
                    wanted.unwrap_or_default(),
                    found.as_deref().unwrap_or("none")
                ),
            );
        }
    }
    for stop in stops(script).iter().filter(|stop| !stop.needed.is_empty()) {
        let name = stop.readiness();
        let mut looks = open.readiness.iter();
        if !looks.any(|look| look.name == name && look.result == ReadinessResult::Fails) {
            tally.wrong(
                LINE,
                format!(
                    "step {} stops {}, which is still needed, and the record does not say so: {}",
                    number(stop.index),
                    stop.key,
                    stop.needed.join("; ")
                ),
            );
        }
    }
    let failed = open
        .readiness
        .iter()
        .filter(|look| look.result == ReadinessResult::Fails);
    for look in failed {
        tally.note(format!(
            "not ready at the start: {}: {}",
            look.name, look.found
        ));
    }
}
