//! Findings that several entries of a log make together.

use std::collections::BTreeSet;

use crate::domain::log_event::LogEvent;
use crate::domain::record::Digest;
use crate::domain::record::LogFindingKind;
use crate::domain::text::list;
use crate::register::reconcile::delivered::differing;
use crate::register::reconcile::outcome::Deciding;
use crate::register::reconcile::outcome::STRANGER;
use crate::register::reconcile::outcome::who;
use crate::register::reconcile::words;

impl Deciding<'_> {
    /// A key that no record knows was changed: told once, however often.
    pub(super) fn stranger(&mut self, name: &str, events: &[&LogEvent]) {
        let Some(first) = events.first() else { return };
        let acts: BTreeSet<&str> = events.iter().map(|event| event.name.as_str()).collect();
        let acts: Vec<&str> = acts.into_iter().collect();
        // Whatever happens to it after somebody explained it is another finding.
        let more = last(events).to_string();
        let mut finding = self.about(LogFindingKind::UnknownKey, first, None, name, &more);
        finding.what = format!(
            "no record knows key {name}, and it was changed ({})",
            list(&acts)
        );
        STRANGER.clone_into(&mut finding.next);
        self.decided.findings.push(finding);
    }

    /// Somebody changed the same rights, which name no key, once or many times: one finding.
    pub(super) fn of_rights(&mut self, events: &[&LogEvent]) {
        let (Some(first), Some(end)) = (events.first(), events.last()) else {
            return;
        };
        if events.len() == 1 {
            self.unexplained(first, None, EVERYWHERE);
            return;
        }
        let subject = last(events).to_string();
        let kind = LogFindingKind::Unexplained;
        let mut finding = self.about(kind, first, None, &subject, "unexplained");
        finding.key_id = Some(EVERYWHERE.to_owned());
        finding.what = format!(
            "{} {} key {EVERYWHERE} {} times from {} to {}, and no ceremony tells of it ({})",
            who(first),
            words::did(first.action),
            events.len(),
            first.at,
            end.at,
            first.name
        );
        words::next(first.action).clone_into(&mut finding.next);
        self.decided.findings.push(finding);
    }

    /// Entries with one id that do not tell the same: at most one of them is the provider's.
    pub(super) fn two_stories(&mut self, all: Vec<Vec<LogEvent>>) {
        for mut events in all {
            events.sort_by_key(|event| (event.at, event.sha256));
            let (Some(first), Some(second)) = (events.first(), events.get(1)) else {
                continue;
            };
            let told: Vec<String> = events
                .iter()
                .take(SHOWN)
                .map(|event| format!("{} by {} on {}", event.name, who(event), event.at))
                .collect();
            let subject: Vec<String> = events.iter().map(|it| it.sha256.to_string()).collect();
            let name = first.key.as_deref().unwrap_or_default();
            let known = self.known.find(name, first.version.as_deref(), first.at);
            let label = known.map(|key| key.label.clone());
            let mut finding = self.about(
                LogFindingKind::TwoStories,
                first,
                label.as_deref(),
                &subject.join(" "),
                "id",
            );
            finding.what = format!(
                "the log has {} entries with the id {}, and they differ in {}: {}",
                events.len(),
                first.event_id.as_deref().unwrap_or_default(),
                list(&differing(first, second)),
                list(&told)
            );
            "the provider gives an id once: fetch this entry from the provider itself, find out which file was changed and by whom, and trust nothing else from there"
                .clone_into(&mut finding.next);
            self.decided.findings.push(finding);
        }
    }
}

/// So many entries of one id are shown; the rest is counted.
const SHOWN: usize = 3;

/// Where rights are that name no key.
const EVERYWHERE: &str = "all keys there";

/// The entry that was written last.
fn last(events: &[&LogEvent]) -> Digest {
    let last = events.iter().map(|event| (event.at, event.sha256)).max();
    last.map_or_else(|| Digest::of(b""), |(_, sha256)| sha256)
}
