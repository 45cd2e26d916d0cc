//! The times in which a provider key was out of use, by the records.

use std::collections::BTreeMap;

use crate::domain::lifecycle::State;
use crate::domain::log_event::LogEvent;
use crate::domain::record::Digest;
use crate::domain::record::Moment;
use crate::domain::record::RecordLine;
use crate::register::reconcile::claims::Act;
use crate::register::reconcile::known::folded;
use crate::register::reconcile::known::one_version;
use crate::register::reconcile::known::parts;
use crate::register::reconcile::matching::Told;

/// A time in which nothing should have been done with a key.
#[derive(Clone, Debug)]
struct Closed {
    version: Option<String>,
    from: Moment,
    to: Option<Moment>,
    line: RecordLine,
    state: State,
}

/// Use of a key in such a time.
#[derive(Clone, Debug)]
pub(super) struct UsedAfter {
    pub(super) key: String,
    pub(super) key_id: String,
    pub(super) principal: Option<String>,
    pub(super) times: u64,
    pub(super) at: Moment,
    pub(super) event: Digest,
    /// The last one, and its entry.
    pub(super) last: (Moment, Digest),
    pub(super) line: RecordLine,
    pub(super) state: State,
    pub(super) since: Moment,
}

/// All such times, and what was done in them.
#[derive(Debug, Default)]
pub(super) struct OutOfUse {
    times: BTreeMap<String, Vec<Closed>>,
    used: BTreeMap<(String, RecordLine), UsedAfter>,
}

impl OutOfUse {
    pub(super) fn of(claims: &[Told<'_>]) -> Self {
        let mut by_key: BTreeMap<String, Vec<&Told<'_>>> = BTreeMap::new();
        for told in claims {
            if let Some(id) = &told.claim.key_id {
                by_key.entry(folded(parts(id).0)).or_default().push(told);
            }
        }
        let mut times: BTreeMap<String, Vec<Closed>> = BTreeMap::new();
        for (id, mut claims) in by_key {
            claims.sort_by_key(|told| (told.claim.rests_on.at, told.claim.rests_on.line));
            for (at, told) in claims.iter().enumerate() {
                let Some(state) = out_of_use(told.claim.act) else {
                    continue;
                };
                let version = version(told);
                let opens = |later: &&&Told<'_>| {
                    matches!(later.claim.act, Act::Import | Act::Activate | Act::Enable)
                        && match (version, self::version(later)) {
                            (Some(one), Some(other)) => one == other,
                            // Another version of the key opens for itself alone.
                            (Some(_), None) => later.key == told.key,
                            (None, Some(_) | None) => true,
                        }
                };
                let mut later = claims.iter().skip(at + 1);
                times.entry(id.clone()).or_default().push(Closed {
                    version: version.map(str::to_owned),
                    from: told.claim.until,
                    to: later.find(opens).map(|told| told.claim.from),
                    line: told.claim.line(),
                    state,
                });
            }
        }
        Self {
            times,
            used: BTreeMap::new(),
        }
    }

    /// Looks at one use.
    pub(super) fn used(&mut self, label: &str, key_id: &str, event: &LogEvent, skew: i64) {
        let times = self.times.get(&folded(parts(key_id).0));
        let times = times.map_or(&[][..], Vec::as_slice);
        let closed = times.iter().find(|closed| {
            one_version(closed.version.as_deref(), event.version.as_deref())
                && event.at.seconds_since(closed.from) > skew
                && closed.to.is_none_or(|to| to.seconds_since(event.at) > skew)
        });
        let Some(closed) = closed else { return };
        let used = self
            .used
            .entry((key_id.to_owned(), closed.line))
            .or_insert_with(|| UsedAfter {
                key: label.to_owned(),
                key_id: key_id.to_owned(),
                principal: event.principal.clone(),
                times: 0,
                at: event.at,
                event: event.sha256,
                last: (event.at, event.sha256),
                line: closed.line,
                state: closed.state,
                since: closed.from,
            });
        used.times += 1;
        used.last = used.last.max((event.at, event.sha256));
        if (event.at, event.sha256) < (used.at, used.event) {
            (used.at, used.event) = (event.at, event.sha256);
            used.principal.clone_from(&event.principal);
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &UsedAfter> {
        self.used.values()
    }
}

fn version<'a>(told: &Told<'a>) -> Option<&'a str> {
    parts(told.claim.key_id.as_deref()?).1
}

const fn out_of_use(act: Act) -> Option<State> {
    match act {
        Act::Disable => Some(State::Suspended),
        Act::Delete | Act::Gone => Some(State::Destroyed),
        Act::Fetch
        | Act::Import
        | Act::Rotate
        | Act::Activate
        | Act::Enable
        | Act::ProcessOnly
        | Act::ScheduleDeletion
        | Act::CancelDeletion
        | Act::Withdraw => None,
    }
}
