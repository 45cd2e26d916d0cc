//! What a log has more than once: the same delivered again, or two that cannot both be true.
//!
//! An entry is the same as another one when everything that is read of it is the same, whatever it came packed
//! in. One id with another content is no repetition: whoever writes a line with the id of another one must not
//! hide it by that.

use std::collections::BTreeMap;
use std::collections::HashSet;

use sha2::Digest as _;
use sha2::Sha256;

use crate::domain::log_event::LogEvent;

/// What was delivered already.
#[derive(Debug, Default)]
pub(super) struct Delivered {
    /// Positions of the changes with an id.
    by_id: BTreeMap<String, Vec<usize>>,
    /// The first half of SHA-256 of what tells one use from others.
    uses: HashSet<u128>,
    /// Uses that were counted without looking.
    pub(super) unheld: u64,
}

/// So many uses are told apart, in less than 30 MB; more are counted as they come.
const HELD: usize = 900_000;

impl Delivered {
    /// Keeps a change unless it is known; whether it was new. Of two ways to write the same one it is always the
    /// same that is kept, whichever comes first.
    pub(super) fn keep(&mut self, event: LogEvent, all: &mut Vec<LogEvent>, skew: i64) -> bool {
        let known = self.by_id.entry(id(&event)).or_default();
        for at in known.iter() {
            let Some(other) = all.get_mut(*at) else {
                continue;
            };
            if same(other, &event, skew) {
                if (event.at, event.sha256) < (other.at, other.sha256) {
                    *other = event;
                }
                return false;
            }
        }
        known.push(all.len());
        all.push(event);
        true
    }

    /// Whether a use was not delivered before.
    pub(super) fn is_new(&mut self, event: &LogEvent) -> bool {
        let name = name(event);
        if self.uses.len() >= HELD {
            let new = !self.uses.contains(&name);
            self.unheld += u64::from(new);
            return new;
        }
        self.uses.insert(name)
    }

    /// Changes with one id that do not tell the same, by their positions.
    pub(super) fn contradictions(&self) -> impl Iterator<Item = &[usize]> {
        let all = self.by_id.values().map(Vec::as_slice);
        all.filter(|of_one| of_one.len() > 1)
    }
}

/// What the provider never gives twice. Google Cloud's `insertId` tells entries of one moment apart
/// (cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry); without an id, the bytes do.
fn id(event: &LogEvent) -> String {
    match &event.event_id {
        Some(id) if event.provider == "google-kms" => format!("{id} {}", event.at),
        Some(id) => id.clone(),
        None => event.sha256.to_string(),
    }
}

/// Whether two entries tell the same. Each audit device of Vault writes a request at its own moment, and keeps texts
/// as an HMAC with a key of its own.
fn same(one: &LogEvent, other: &LogEvent, skew: i64) -> bool {
    let LogEvent {
        provider,
        name,
        action,
        outcome,
        at,
        key,
        version,
        material,
        principal,
        by_service,
        source_ip,
        request_id,
        event_id: _,
        account,
        region,
        ceremony,
        says,
        sha256: _,
    } = one;
    let devices = provider == "vault";
    let at = if devices {
        at.seconds_since(other.at).abs() <= skew
    } else {
        *at == other.at
    };
    let told = |says: &BTreeMap<String, String>| -> BTreeMap<String, String> {
        let hidden = |text: &str| devices && text.starts_with("hmac-sha256:");
        let all = says.iter().filter(|(_, value)| !hidden(value));
        all.map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    at && told(says) == told(&other.says)
        && (provider, name, action, outcome)
            == (&other.provider, &other.name, &other.action, &other.outcome)
        && (key, version, material) == (&other.key, &other.version, &other.material)
        && (principal, by_service, source_ip)
            == (&other.principal, &other.by_service, &other.source_ip)
        && (request_id, account, region, ceremony)
            == (
                &other.request_id,
                &other.account,
                &other.region,
                &other.ceremony,
            )
}

/// In which facts entries differ, in the words of people.
pub(super) fn differing(one: &LogEvent, other: &LogEvent) -> Vec<&'static str> {
    let told = [
        (
            "what was done",
            one.name == other.name && one.action == other.action,
        ),
        ("what came of it", one.outcome == other.outcome),
        ("when", one.at == other.at),
        (
            "the key",
            (&one.key, &one.version) == (&other.key, &other.version),
        ),
        ("who", one.principal == other.principal),
    ];
    let differing: Vec<&str> = told
        .into_iter()
        .filter_map(|(what, same)| (!same).then_some(what))
        .collect();
    if differing.is_empty() {
        vec!["what else the call said"]
    } else {
        differing
    }
}

/// A number for a use: the same where the same use is delivered again.
fn name(event: &LogEvent) -> u128 {
    let mut hash = Sha256::new();
    let mut add = |text: Option<&str>| {
        // The length goes before the text, so that two texts are never taken for one.
        let text = text.unwrap_or_default();
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    };
    add(Some(&id(event)));
    add(Some(&event.name));
    add(event.key.as_deref());
    add(event.version.as_deref());
    add(event.principal.as_deref());
    if event.provider != "vault" {
        add(Some(&event.at.to_string()));
    }
    let digest: [u8; 32] = hash.finalize().into();
    let half = digest.first_chunk().copied().unwrap_or_default();
    u128::from_be_bytes(half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::log_event::Action;
    use crate::domain::log_event::LogOutcome;
    use crate::domain::record::Digest;
    use crate::domain::record::Moment;

    fn event(provider: &str, id: &str, bytes: &str) -> LogEvent {
        LogEvent {
            provider: provider.to_owned(),
            name: "DisableKey".to_owned(),
            action: Action::Disable,
            outcome: LogOutcome::Done,
            at: Moment::new(jiff::Timestamp::from_second(1_000_000).unwrap()),
            key: Some("a/1".to_owned()),
            version: None,
            material: None,
            principal: Some("ana".to_owned()),
            by_service: false,
            source_ip: None,
            request_id: None,
            event_id: Some(id.to_owned()),
            account: None,
            region: None,
            ceremony: None,
            says: BTreeMap::new(),
            sha256: Digest::of(bytes.as_bytes()),
        }
    }

    fn kept(all: Vec<LogEvent>) -> (Vec<LogEvent>, usize) {
        let (mut delivered, mut kept) = (Delivered::default(), Vec::new());
        for event in all {
            delivered.keep(event, &mut kept, 60);
        }
        let contradictions = delivered.contradictions().count();
        (kept, contradictions)
    }

    #[test]
    fn what_is_written_in_two_ways_is_one_whichever_comes_first() {
        let (one, other) = (
            event("aws-kms", "e1", "bucket"),
            event("aws-kms", "e1", "lake"),
        );
        let there = kept(vec![one.clone(), other.clone()]);
        let back = kept(vec![other, one]);
        assert_eq!(there, back);
        assert_eq!((there.0.len(), there.1), (1, 0));
    }

    #[test]
    fn one_id_with_any_other_content_hides_nothing() {
        type Change = fn(&mut LogEvent);
        let changes: [(&str, Change); 6] = [
            ("what was done", |it| it.name = "EnableKey".to_owned()),
            ("what came of it", |it| {
                it.outcome = LogOutcome::Failed("AccessDenied".to_owned());
            }),
            ("when", |it| it.at = it.at.plus_seconds(1)),
            ("the key", |it| it.key = Some("a/2".to_owned())),
            ("who", |it| it.principal = None),
            ("what else the call said", |it| {
                it.says.insert("valid-to".to_owned(), "never".to_owned());
            }),
        ];
        for (what, change) in changes {
            let real = event("aws-kms", "e1", "real");
            let mut forged = event("aws-kms", "e1", "forged");
            change(&mut forged);
            assert_eq!(differing(&real, &forged), [what]);
            let (kept, contradictions) = kept(vec![forged, real.clone(), real]);
            assert_eq!((kept.len(), contradictions), (2, 1), "{what}");
        }
    }

    #[test]
    fn an_insert_id_counts_for_one_moment_and_devices_of_vault_write_at_their_own() {
        let mut later = event("google-kms", "e1", "later");
        later.at = later.at.plus_seconds(1);
        let (all, contradictions) = kept(vec![event("google-kms", "e1", "first"), later]);
        assert_eq!((all.len(), contradictions), (2, 0));
        let told = |hmac: &str, seconds| {
            let mut event = event("vault", "e1", hmac);
            event.at = event.at.plus_seconds(seconds);
            event
                .says
                .insert("package-digest".to_owned(), format!("hmac-sha256:{hmac}"));
            event
        };
        let (all, contradictions) = kept(vec![told("aa", 0), told("bb", 1)]);
        assert_eq!((all.len(), contradictions), (1, 0));
        let (all, contradictions) = kept(vec![told("aa", 0), told("aa", 61)]);
        assert_eq!((all.len(), contradictions), (2, 1));
    }

    #[test]
    fn a_use_that_is_delivered_again_is_the_same_use_and_two_at_one_moment_are_two() {
        let mut delivered = Delivered::default();
        let one = event("aws-kms", "e1", "bucket");
        assert!(delivered.is_new(&one));
        assert!(!delivered.is_new(&event("aws-kms", "e1", "lake")));
        assert!(delivered.is_new(&event("aws-kms", "e2", "bucket")));
        let mut other = one.clone();
        other.principal = Some("mallory".to_owned());
        assert!(delivered.is_new(&other));
        let (mut first, mut second) = (one.clone(), one);
        (first.event_id, second.event_id) = (None, None);
        second.sha256 = Digest::of(b"other");
        assert!(delivered.is_new(&first) && delivered.is_new(&second) && !delivered.is_new(&first));
        assert_eq!(delivered.unheld, 0);
    }
}
