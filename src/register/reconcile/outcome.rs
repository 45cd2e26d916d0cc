//! Decides what of a log and the records fits, and says what does not.

use std::collections::BTreeMap;

use crate::domain::log_event::Action;
use crate::domain::log_event::LogEvent;
use crate::domain::log_event::LogOutcome;
use crate::domain::record::Digest;
use crate::domain::record::InLog;
use crate::domain::record::LogCounts;
use crate::domain::record::LogFinding;
use crate::domain::record::LogFindingKind;
use crate::domain::record::Moment;
use crate::domain::record::Strength;
use crate::domain::record::hex;
use crate::register::Register;
use crate::register::due::day;
use crate::register::people::Person;
use crate::register::reconcile::Settings;
use crate::register::reconcile::claims::Act;
use crate::register::reconcile::claims::Claim;
use crate::register::reconcile::closed::OutOfUse;
use crate::register::reconcile::known::Known;
use crate::register::reconcile::known::person_of;
use crate::register::reconcile::matching::Matches;
use crate::register::reconcile::matching::Told;
use crate::register::reconcile::matching::is_same_key;
use crate::register::reconcile::matching::matched;
use crate::register::reconcile::matching::within;
use crate::register::reconcile::mismatch::differences;
use crate::register::reconcile::uses::Uses;
use crate::register::reconcile::words;

/// What is being decided.
pub(super) struct Deciding<'a> {
    pub(super) register: &'a Register,
    pub(super) settings: &'a Settings<'a>,
    pub(super) known: &'a Known,
    pub(super) claims: &'a [Told<'a>],
    pub(super) events: &'a [LogEvent],
    period: (Option<Moment>, Option<Moment>),
    matches: Matches,
    pub(super) decided: Decided,
}

/// What was decided.
#[derive(Debug, Default)]
pub(super) struct Decided {
    pub(super) seen: Vec<InLog>,
    pub(super) findings: Vec<LogFinding>,
    pub(super) not_covered: Vec<(String, Claim)>,
    pub(super) counts: LogCounts,
}

impl<'a> Deciding<'a> {
    pub(super) fn new(
        register: &'a Register,
        settings: &'a Settings<'a>,
        known: &'a Known,
        claims: &'a [Told<'a>],
        events: &'a [LogEvent],
        period: (Option<Moment>, Option<Moment>),
    ) -> Self {
        Self {
            register,
            settings,
            known,
            claims,
            events,
            period,
            matches: matched(claims, events, settings.skew),
            decided: Decided::default(),
        }
    }

    /// Every change is explained, or a finding.
    pub(super) fn changes(&mut self) {
        let mut strangers: BTreeMap<&str, Vec<&LogEvent>> = BTreeMap::new();
        let mut rights: BTreeMap<(Option<&str>, &str), Vec<&LogEvent>> = BTreeMap::new();
        for (at, event) in self.events.iter().enumerate() {
            let tie = self.matches.of_event.get(&at).copied();
            let told = tie.and_then(|tie| Some((self.claims.get(tie.claim)?, tie.by)));
            if let Some((told, by)) = told {
                self.borne_out(told, event, by);
                continue;
            }
            let LogOutcome::Done = event.outcome else {
                self.failed(event);
                continue;
            };
            if event.action == Action::FetchParameters {
                // It changes nothing, and whoever fetched them may have fetched them again.
                self.decided.counts.reads += 1;
                continue;
            }
            if event.by_service && self.expected_of_the_service(event) {
                self.decided.counts.by_service += 1;
                continue;
            }
            let name = event.key.as_deref().unwrap_or_default();
            let known = self.known.find(name, event.version.as_deref(), event.at);
            match (known, event.action) {
                (Some(key), _) => {
                    let follows = self.makes_the_key(event) || self.allows_the_deletion(event);
                    if follows || self.reviewed(event) {
                        self.decided.counts.explained += 1;
                    } else {
                        let (label, id) = (key.label.clone(), key.key_id.clone());
                        self.unexplained(event, Some(&label), &id);
                    }
                }
                (None, Action::Import | Action::DeleteMaterial) => {
                    self.unexplained(event, None, name);
                }
                (None, Action::SetAccess) if name.is_empty() => {
                    let by = (event.principal.as_deref(), event.name.as_str());
                    rights.entry(by).or_default().push(event);
                }
                // A key ring, an import job: no key was changed.
                (None, _) if name.is_empty() => self.decided.counts.reads += 1,
                (None, _) => strangers.entry(name).or_default().push(event),
            }
        }
        for (name, events) in strangers {
            self.stranger(name, &events);
        }
        for events in rights.values() {
            self.of_rights(events);
        }
    }

    fn borne_out(&mut self, told: &Told<'_>, event: &LogEvent, by: Strength) {
        self.decided.counts.explained += 1;
        let claim = told.claim;
        let differs = differences(claim, event, by, self.settings.skew);
        for one in &differs {
            let what = format!(
                "the {} of {} differs in {}: the log says {}, the record of {} says {}",
                claim.act.words(),
                self.words_of(told.key, claim.key_id.as_deref()),
                one.field,
                one.log,
                claim.ceremony,
                one.record
            );
            let next = "find out which of the two is true at the provider now; if it is the log, treat what was done as not what the ceremony approved";
            let mut finding = self.about(
                LogFindingKind::Mismatch,
                event,
                (!told.key.is_empty()).then_some(told.key),
                &event.sha256.to_string(),
                one.field,
            );
            finding.line = Some(claim.line());
            finding.what = what;
            next.clone_into(&mut finding.next);
            self.decided.findings.push(finding);
        }
        if let Some(left) = self.left(event.principal.as_deref(), event.at) {
            let what = format!(
                "{left} {} {} on {}, as recorded, and had left before",
                words::did(event.action),
                self.words_of(told.key, claim.key_id.as_deref()),
                event.at
            );
            let subject = event.sha256.to_string();
            let key = (!told.key.is_empty()).then_some(told.key);
            let mut finding = self.about(LogFindingKind::ByLeaver, event, key, &subject, "did");
            finding.line = Some(claim.line());
            finding.what = what;
            LEAVER.clone_into(&mut finding.next);
            self.decided.findings.push(finding);
        }
        if differs.is_empty() {
            // What took somebody out of a policy is told with the key whose policy it was, where there is one.
            let name = event.key.as_deref().unwrap_or_default();
            let known = self.known.find(name, event.version.as_deref(), event.at);
            let label = known.map_or("all keys there", |known| known.label.as_str());
            let key = if told.key.is_empty() { label } else { told.key };
            self.decided.seen.push(InLog {
                key: key.to_owned(),
                what: claim.act.words().to_owned(),
                line: claim.line(),
                at: event.at,
                event: event.sha256,
                principal: event.principal.clone(),
                by,
            });
        }
    }

    /// An attempt that failed before, or instead of, what a record tells is no more than that.
    fn failed(&mut self, event: &LogEvent) {
        let skew = self.settings.skew;
        let mut meant = self.claims.iter().enumerate().filter(|(_, told)| {
            told.claim.act.fits(event.action, &event.provider)
                && is_same_key(told.claim, event)
                && within(told.claim, event.at, skew)
        });
        // What somebody else did as recorded does not explain what this one tried.
        if meant.any(|(at, _)| {
            let mut done_by = self.done_by(at).peekable();
            done_by.peek().is_none() || done_by.any(|who| who == event.principal.as_deref())
        }) {
            self.decided.counts.retried += 1;
            return;
        }
        let name = event.key.as_deref().unwrap_or_default();
        let known = self.known.find(name, event.version.as_deref(), event.at);
        let Some(key) = known else {
            self.decided.counts.reads += 1;
            return;
        };
        let LogOutcome::Failed(why) = &event.outcome else {
            return;
        };
        let subject = event.sha256.to_string();
        let mut finding = self.about(
            LogFindingKind::Failed,
            event,
            Some(&key.label),
            &subject,
            "failed",
        );
        finding.key_id = Some(key.key_id.clone());
        finding.what = format!(
            "{} tried {} on {} on {}, and was refused: {why}",
            who(event),
            event.name,
            self.words_of(&key.label, Some(&key.key_id)),
            event.at
        );
        "ask what it was for, and see that the right to it stays refused"
            .clone_into(&mut finding.next);
        self.decided.findings.push(finding);
    }

    /// Who did what bears a claim out.
    fn done_by(&self, claim: usize) -> impl Iterator<Item = Option<&str>> {
        let ties = self.matches.of_event.iter();
        let events = ties.filter(move |(_, tie)| tie.claim == claim);
        events.filter_map(|(at, _)| Some(self.events.get(*at)?.principal.as_deref()))
    }

    pub(super) fn unexplained(&mut self, event: &LogEvent, label: Option<&str>, id: &str) {
        let subject = event.sha256.to_string();
        // Of rights that name no key, it is known where they were changed.
        let kind = if label.is_some() || event.key.is_none() {
            LogFindingKind::Unexplained
        } else {
            LogFindingKind::UnknownKey
        };
        let mut finding = self.about(kind, event, label, &subject, "unexplained");
        if !id.is_empty() {
            finding.key_id = Some(id.to_owned());
        }
        let by = if event.by_service {
            "the provider by itself".to_owned()
        } else {
            self.left(event.principal.as_deref(), event.at)
                .map_or_else(|| who(event), |left| format!("{left}, who had left,"))
        };
        finding.what = format!(
            "{by} {} {} on {}, and no ceremony tells of it ({})",
            words::did(event.action),
            self.words_of(label.unwrap_or_default(), Some(id)),
            event.at,
            event.name
        );
        words::next(event.action).clone_into(&mut finding.next);
        self.decided.findings.push(finding);
    }

    /// What records tell, and the log does not.
    pub(super) fn missing(&mut self) {
        let (from, to) = self.period;
        let skew = self.settings.skew;
        for (at, told) in self.claims.iter().enumerate() {
            if !told.required || self.matches.borne_out.contains(&at) {
                continue;
            }
            let claim = told.claim;
            let covered = from.is_some_and(|from| claim.from.seconds_since(from) >= -skew)
                && to.is_some_and(|to| to.seconds_since(claim.until) >= -skew);
            if !covered {
                self.decided.counts.not_covered += 1;
                let label = told.key.to_owned();
                self.decided.not_covered.push((label, claim.clone()));
                continue;
            }
            let line = claim.line();
            let id = claim.key_id.as_deref().unwrap_or_default();
            let subject = format!("{}:{}:{:?}:{id}", line.record, line.line, claim.act);
            let mut finding = self.finding(LogFindingKind::Missing, &subject);
            finding.key = Some(told.key.to_owned());
            finding.key_id.clone_from(&claim.key_id);
            finding.line = Some(line);
            finding.what = format!(
                "the record of {} tells of the {} of {} between {} and {}, and the log does not show it",
                claim.ceremony,
                claim.act.words(),
                self.words_of(told.key, claim.key_id.as_deref()),
                claim.from,
                claim.until
            );
            let next = match claim.act {
                Act::Import => {
                    "ask who uploaded the wrapped key, and look at the provider whether it is there; if so, the log is not whole: ask for it from another place"
                }
                Act::Fetch
                | Act::Rotate
                | Act::Activate
                | Act::Enable
                | Act::Disable
                | Act::ProcessOnly
                | Act::ScheduleDeletion
                | Act::CancelDeletion
                | Act::Delete
                | Act::Gone
                | Act::Withdraw => {
                    "look at the provider in which state the key is; if it is as recorded, the log is not whole, if not, nothing was done"
                }
            };
            next.clone_into(&mut finding.next);
            self.decided.findings.push(finding);
        }
    }

    /// Use by people who left, and of keys that are out of use by the records.
    pub(super) fn uses(&mut self, uses: &Uses, out_of_use: &OutOfUse) {
        for row in uses.rows() {
            if let Some(left) = self.left(Some(&row.principal), row.last) {
                // Use after somebody explained what was before is another finding.
                let subject = format!("{}:{}:{}", row.key_id, row.principal, row.last_event);
                let mut finding = self.finding(LogFindingKind::ByLeaver, &subject);
                finding.key = Some(row.key.clone());
                finding.key_id = Some(row.key_id.clone());
                finding.principal = Some(row.principal.clone());
                finding.at = Some(row.last);
                finding.what = format!(
                    "{left} used {} after leaving, the last time on {} ({} decryptions, {} encryptions in this log)",
                    self.words_of(&row.key, Some(&row.key_id)),
                    row.last,
                    row.decrypts,
                    row.encrypts
                );
                LEAVER.clone_into(&mut finding.next);
                self.decided.findings.push(finding);
            }
        }
        for used in out_of_use.all() {
            let line = used.line;
            let (_, last) = used.last;
            let subject = format!("{}:{}:{}:{last}", used.key_id, line.record, line.line);
            let mut finding = self.finding(LogFindingKind::UsedAfter, &subject);
            finding.key = Some(used.key.clone());
            finding.key_id = Some(used.key_id.clone());
            finding.principal.clone_from(&used.principal);
            finding.at = Some(used.at);
            finding.event = Some(used.event);
            finding.line = Some(line);
            finding.what = format!(
                "{} used {} on {} (uses in this time: {}); by the records it is {} there since {}",
                used.principal.as_deref().unwrap_or(NOBODY),
                self.words_of(&used.key, Some(&used.key_id)),
                used.at,
                used.times,
                used.state,
                used.since
            );
            "look at the provider in which state the key is: what the record says was done there was not, or was undone"
                .clone_into(&mut finding.next);
            self.decided.findings.push(finding);
        }
    }

    /// Keys that the provider lists and no record knows.
    pub(super) fn orphans(&mut self, names: &[String]) {
        let now = self.period.1;
        for name in names {
            let at = now.unwrap_or_else(|| Moment::new(jiff::Timestamp::MAX));
            if self.known.find(name, None, at).is_some() {
                continue;
            }
            let mut finding = self.finding(LogFindingKind::Orphan, name);
            finding.key_id = Some(name.clone());
            finding.what = format!("the provider has key {name}, and no record knows it");
            STRANGER.clone_into(&mut finding.next);
            self.decided.findings.push(finding);
        }
    }

    pub(super) fn end(mut self) -> Decided {
        let decided = &mut self.decided;
        decided.findings.sort_by(|one, other| {
            (one.kind, one.at, &one.id).cmp(&(other.kind, other.at, &other.id))
        });
        decided.findings.dedup_by(|one, other| one.id == other.id);
        decided
            .seen
            .sort_by_key(|seen| (seen.at, seen.line, seen.event));
        self.decided
    }

    /// Somebody who had left by then, by his name.
    fn left(&self, principal: Option<&str>, at: Moment) -> Option<String> {
        let principal = principal?;
        let person = person_of(self.register, self.settings.provider, principal)?;
        let known: &Person = self.register.people.all.get(person)?;
        known
            .gone_on(day(at))
            .then(|| format!("{} ({principal})", known.name))
    }

    /// The key, in words; its name at the provider only where the label is not enough.
    fn words_of(&self, label: &str, id: Option<&str>) -> String {
        match (label.is_empty(), id) {
            (false, Some(id)) if !self.known.is_one(label) => format!("key {label} ({id})"),
            (false, Some(_)) => format!("key {label}"),
            (false, None) => format!("key {label}"),
            (true, Some(id)) if !id.is_empty() => format!("key {id}"),
            (true, _) => "a key".to_owned(),
        }
    }

    pub(super) fn about(
        &self,
        kind: LogFindingKind,
        event: &LogEvent,
        label: Option<&str>,
        subject: &str,
        more: &str,
    ) -> LogFinding {
        let mut finding = self.finding(kind, &format!("{subject}:{more}"));
        finding.key = label.map(str::to_owned);
        finding.key_id.clone_from(&event.key);
        finding.at = Some(event.at);
        finding.event = Some(event.sha256);
        finding.principal.clone_from(&event.principal);
        finding
    }

    /// The id follows from what is found alone: it is the same whenever it is found again.
    fn finding(&self, kind: LogFindingKind, subject: &str) -> LogFinding {
        let name = format!("{}\n{}\n{subject}", kind.name(), self.settings.provider);
        let Digest(digest) = Digest::of(name.as_bytes());
        LogFinding {
            id: hex(digest.get(..8).unwrap_or_default()),
            kind,
            key: None,
            key_id: None,
            at: None,
            event: None,
            principal: None,
            line: None,
            what: String::new(),
            next: String::new(),
        }
    }
}

const NOBODY: &str = "somebody whom the log does not name";
const LEAVER: &str = "take the principal out of every policy, show it by an access review, and rotate the key if more than its use was open";
pub(super) const STRANGER: &str =
    "ask who made it and what it protects; enter it with `declare`, or have it deleted";

pub(super) fn who(event: &LogEvent) -> String {
    event.principal.clone().unwrap_or_else(|| NOBODY.to_owned())
}
