//! Steps about a provider's log: what was found is what the file says that was kept.

use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::FINDINGS_FORMAT;
use crate::domain::record::Mode;
use crate::domain::record::Purpose;
use crate::domain::record::Step as StepEntry;
use crate::domain::script::Explain;
use crate::domain::script::Reconcile;
use crate::record::verify::steps::Walk;

impl Walk<'_, '_> {
    pub(super) fn reconcile(&mut self, wanted: &Reconcile, entry: &StepEntry) {
        let Did::Reconcile(reconciled) = &entry.did else {
            return;
        };
        let says = &reconciled.says;
        self.same("that its format is", &says.format, FINDINGS_FORMAT);
        let provider = wanted.provider.as_str();
        self.same("that the provider is", &says.provider, provider);
        self.same("that it was done by", &reconciled.by, wanted.by.as_str());
        let seen_by = wanted.seen_by.as_str();
        self.same("that it was seen by", &reconciled.seen_by, seen_by);
        let kept: Vec<Digest> = entry
            .artifacts
            .iter()
            .filter(|made| made.purpose == Purpose::Findings)
            .map(|made| made.sha256)
            .collect();
        // A rehearsal has a stand-in in the place of a log.
        let expected = if self.open.mode == Mode::Rehearsal {
            Vec::new()
        } else {
            vec![Digest::of(&says.bytes())]
        };
        let read: Vec<Digest> = reconciled.findings.iter().map(|it| it.sha256).collect();
        if read != expected || kept != expected || kept.len() != entry.artifacts.len() {
            self.wrong("what is recorded of the log is not what the file says that was kept");
        }
        if let Some(file) = &reconciled.findings {
            let path = wanted.findings.as_str();
            self.same("that the findings are in", &file.path, path);
        }
        for finding in &says.findings {
            self.tally.note(format!(
                "finding {} (line {}): {}",
                finding.id, self.here.line, finding.what
            ));
        }
    }

    pub(super) fn explain(&mut self, wanted: &Explain, did: &Did) {
        let Did::Explain(explained) = did else {
            return;
        };
        let finding = wanted.finding.as_str();
        self.same("that the finding is", &explained.finding, finding);
        let because = wanted.because.as_str();
        self.same("that it was for", &explained.because, because);
        self.same("that it was told by", &explained.by, wanted.by.as_str());
        let seen_by = wanted.seen_by.as_str();
        self.same("that it was seen by", &explained.seen_by, seen_by);
    }
}
