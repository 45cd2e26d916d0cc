//! What providers' logs say to a claim about a key.

use crate::domain::record::LogFindingKind;
use crate::domain::record::RecordLine;
use crate::register::Register;
use crate::register::Rests;
use crate::register::due::Due;
use crate::register::due::Kind;
use crate::register::due::day;
use crate::register::keys::Material;
use crate::register::proof::Point;
use crate::register::proof::Standing;
use crate::register::reconcile::claims::Act;
use crate::register::reconcile::claims::Claim;
use crate::register::reconcile::state::KnownFinding;

/// For each of these acts: a log showed it, or a log that covers its time did not. Where nobody looked, nothing
/// is said.
pub(in crate::register) fn by_log(
    register: &Register,
    material: &Material,
    acts: &[Act],
    which: impl Fn(&Claim) -> bool,
) -> Vec<Point> {
    let claims = material.about.at_providers.iter();
    let mut points = Vec::new();
    for claim in claims.filter(|claim| acts.contains(&claim.act) && which(claim)) {
        let line = claim.line();
        let act = claim.act.words();
        let provider = &claim.provider;
        let findings = register.logs.findings.values();
        let against: Vec<&KnownFinding> = findings
            .filter(|known| known.finding.line == Some(line) && contradicts(known))
            .collect();
        for known in &against {
            let mut what = format!("the log of {provider}: {}", known.finding.what);
            let mut rests_on = vec![known.rests_on.clone()];
            if let Some(explained) = &known.explained {
                what += &format!("; {} explained it: {}", explained.by, explained.because);
                rests_on.push(explained.rests_on.clone());
            }
            points.push(Point {
                what,
                // What somebody said of it does not make the log show it.
                standing: if known.explained.is_some() {
                    Standing::Unknown
                } else {
                    Standing::Contradicted
                },
                rests_on,
            });
        }
        let logged = material.about.logged.iter();
        let shown: Vec<&(_, Rests)> = logged.filter(|(seen, _)| seen.line == line).collect();
        for (seen, rests) in &shown {
            let who = seen.principal.as_deref().unwrap_or("somebody");
            points.push(Point {
                what: format!(
                    "the log of {provider} shows the {act} on {} by {who}, tied to the record by {}",
                    seen.at,
                    seen.by.words()
                ),
                standing: Standing::Shown,
                rests_on: vec![rests.clone()],
            });
        }
    }
    // A key that was destroyed, and used afterwards.
    if acts.contains(&Act::Delete) {
        let lines: Vec<RecordLine> = material
            .about
            .at_providers
            .iter()
            .map(Claim::line)
            .collect();
        let used = register.logs.findings.values().filter(|known| {
            known.finding.kind == LogFindingKind::UsedAfter
                && known.finding.line.is_some_and(|line| lines.contains(&line))
        });
        for known in used {
            points.push(Point {
                what: format!("a log: {}", known.finding.what),
                standing: Standing::Contradicted,
                rests_on: vec![known.rests_on.clone()],
            });
        }
    }
    points
}

fn contradicts(known: &KnownFinding) -> bool {
    match known.finding.kind {
        LogFindingKind::Mismatch | LogFindingKind::Missing => true,
        LogFindingKind::TwoStories
        | LogFindingKind::UsedAfter
        | LogFindingKind::Unexplained
        | LogFindingKind::UnknownKey
        | LogFindingKind::Orphan
        | LogFindingKind::ByLeaver
        | LogFindingKind::Failed => false,
    }
}

impl Due {
    /// What a log told is explained on the day on which it is recorded.
    pub(in crate::register) fn of_finding(known: &KnownFinding) -> Self {
        Self {
            by: day(known.rests_on.at),
            kind: Kind::LogFinding,
            key: known.finding.key.clone(),
            who: None,
            what: format!(
                "somebody explains {}: {}",
                known.finding.words(),
                known.finding.next
            ),
            overdue: false,
            rests_on: vec![known.rests_on.clone()],
        }
    }
}
