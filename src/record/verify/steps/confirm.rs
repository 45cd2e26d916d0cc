//! A provider's answer: read again from the files that were kept, and judged again.

use crate::domain::arrival::Expected;
use crate::domain::arrival::Fact;
use crate::domain::arrival::Told;
use crate::domain::arrival::judge;
use crate::domain::record::Confirmed;
use crate::domain::record::Did;
use crate::domain::record::Mode;
use crate::domain::record::Purpose;
use crate::domain::record::Step as StepEntry;
use crate::domain::script::Confirm;
use crate::record::verify::steps::Walk;

impl Walk<'_, '_> {
    pub(super) fn confirm(&mut self, wanted: &Confirm, entry: &StepEntry) {
        let Did::Confirm(found) = &entry.did else {
            return;
        };
        let label = wanted.key.as_str();
        self.same("that the key is", &found.key, label);
        self.same(
            "that it was wrapped for",
            &found.r#for,
            wanted.r#for.as_str(),
        );
        self.same("that it was fetched by", &found.by, wanted.by.as_str());
        let seen_by = wanted.seen_by.as_str();
        self.same("that it was seen by", &found.seen_by, seen_by);
        let script = self.script;
        let described = script.keys.get(label).map(|key| key.r#type.value);
        let wrapped = script.wrapped.get(label);
        let expected = described
            .zip(wrapped)
            .and_then(|(kind, wrapped)| wrapped.expected(wanted.r#for.as_str(), kind));
        let Some((wrapped, expected)) = wrapped.zip(expected) else {
            self.wrong(format!("the script describes no wrap of key {label}"));
            return;
        };
        if found.record != wrapped.record.value {
            self.wrong("it is held against another record than the script names");
        }
        self.same("that the provider is", &found.provider, &expected.provider);
        let id = found.key_id.as_deref().unwrap_or_default();
        let key_id = expected.key_id.as_deref().unwrap_or_default();
        self.same("that the key there is", id, key_id);
        // A rehearsal may have a stand-in in the place of the provider.
        if self.open.mode != Mode::Rehearsal {
            let paths: Vec<&str> = found.answers.iter().map(|it| it.path.as_str()).collect();
            self.same_people("that it was read from", &paths, &wanted.answers);
        }
        let same = found.answers.iter().map(|file| file.sha256);
        let mut kept = entry.artifacts.iter();
        let all_kept = kept.clone().all(|made| made.purpose == Purpose::Answer);
        if !all_kept || !same.eq(kept.by_ref().map(|made| made.sha256)) {
            self.wrong("the answers that were read are not those that were kept");
        }
        self.judged(found, &expected, entry);
    }

    /// The facts are what the files say, and the verdict follows from them.
    fn judged(&mut self, found: &Confirmed, expected: &Expected, entry: &StepEntry) {
        let recorded: Vec<Told> = found.facts.iter().filter_map(Fact::told).collect();
        let (facts, verdict) = judge(expected, &recorded);
        if facts != found.facts || verdict != found.verdict {
            self.wrong(format!(
                "what was answered of key {} comes to another verdict than the record says",
                found.key
            ));
        }
        let reader = self.dossier.answer_reader;
        let Some(reader) = reader.filter(|_| !found.answers.is_empty()) else {
            return;
        };
        let mut files = Vec::new();
        for (file, made) in found.answers.iter().zip(&entry.artifacts) {
            let seen = self.dossier.files.get(&made.path);
            // That one is missing is told where all files are looked at.
            let Some(bytes) = seen.and_then(|seen| seen.content.clone()) else {
                return;
            };
            files.push((file.path.clone(), bytes));
        }
        let same = match reader(expected, &files) {
            Ok(told) => judge(expected, &told) == (found.facts.clone(), found.verdict),
            Err(_) => false,
        };
        if !same {
            self.wrong(format!(
                "the answers of key {} do not say what the record says of them",
                found.key
            ));
        }
    }
}
