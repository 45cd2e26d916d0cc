//! Steps about the people themselves, and what a provider says of them.

use crate::domain::record::Did;
use crate::domain::record::Digest;
use crate::domain::record::Mode;
use crate::domain::record::Purpose;
use crate::domain::record::Step as StepEntry;
use crate::domain::script::AccessReview;
use crate::domain::script::Acknowledge;
use crate::domain::script::Join;
use crate::domain::script::Leave;
use crate::domain::script::MovePerson;
use crate::domain::script::Role;
use crate::domain::script::Withdraw;
use crate::record::verify::steps::Walk;

impl Walk<'_, '_> {
    pub(super) fn join(&mut self, wanted: &Join, did: &Did) {
        let Did::Join(joined) = did else {
            return;
        };
        self.same("that it was", &joined.person, wanted.person.as_str());
        self.same_people("that the roles are", &joined.roles, &names(&wanted.roles));
        self.same("that it was for", &joined.because, wanted.because.as_str());
        self.same(
            "that it was seen by",
            &joined.seen_by,
            wanted.seen_by.as_str(),
        );
        let script = self.script;
        let described = script.people.get(wanted.person.as_str());
        let site = described.and_then(|it| it.site.as_ref());
        let manager = described.and_then(|it| it.manager.as_ref());
        self.same_text("that the site is", joined.site.as_ref(), site);
        self.same_text("that the manager is", joined.manager.as_ref(), manager);
    }

    pub(super) fn acknowledge(&mut self, wanted: &Acknowledge, did: &Did) {
        let Did::Acknowledge(acknowledged) = did else {
            return;
        };
        let text = wanted.text.as_str();
        self.same("that this was read aloud:", &acknowledged.text, text);
        if acknowledged.sha256 != Digest::of(acknowledged.text.as_bytes()) {
            self.wrong("the digest of the text that was acknowledged is another text's");
        }
        let version = wanted.version.as_str();
        self.same("that the version is", &acknowledged.version, version);
        self.same(
            "that it holds for so many seconds:",
            &acknowledged.valid_for.to_string(),
            &wanted.holds_for().seconds.to_string(),
        );
        let answers = acknowledged.answers.iter();
        let people: Vec<&str> = answers.map(|answer| answer.person.as_str()).collect();
        self.same_people("that it was answered by", &people, &wanted.by);
        for answer in acknowledged.answers.iter().filter(|answer| !answer.agrees) {
            self.tally.note(format!(
                "{} did not acknowledge version {version} (line {}): {}",
                answer.person,
                self.here.line,
                answer.words.as_deref().unwrap_or("no words")
            ));
        }
    }

    pub(super) fn move_person(&mut self, wanted: &MovePerson, did: &Did) {
        let Did::MovePerson(moved) = did else {
            return;
        };
        self.same("that it was", &moved.person, wanted.person.as_str());
        self.same_text(
            "that the site is",
            moved.site.as_ref(),
            wanted.site.as_ref(),
        );
        let manager = wanted.manager.as_ref();
        self.same_text("that the manager is", moved.manager.as_ref(), manager);
        let roles = wanted.roles.as_ref().map(|roles| names(roles));
        if moved.roles.is_some() != roles.is_some() {
            self.wrong("the record and the script do not both say which roles it is about");
        }
        let found = moved.roles.clone().unwrap_or_default();
        self.same_people("that the roles are", &found, &roles.unwrap_or_default());
        self.same("that it was for", &moved.because, wanted.because.as_str());
        self.same(
            "that it was seen by",
            &moved.seen_by,
            wanted.seen_by.as_str(),
        );
    }

    pub(super) fn leave(&mut self, wanted: &Leave, did: &Did) {
        let Did::Leave(left) = did else {
            return;
        };
        self.same("that it was", &left.person, wanted.person.as_str());
        self.same("that it was on", &left.on, &wanted.on.value.0.to_string());
        self.same("that it was for", &left.because, wanted.because.as_str());
        self.same(
            "that it was seen by",
            &left.seen_by,
            wanted.seen_by.as_str(),
        );
        let found = left.opens.iter().map(|it| (it.what, it.of.as_str()));
        let script = wanted.opens.iter().map(|it| (it.what, it.of.as_str()));
        if !found.eq(script) {
            self.wrong("the record and the script differ in what is to be taken away");
        }
    }

    pub(super) fn withdraw(&mut self, wanted: &Withdraw, did: &Did) {
        let Did::Withdraw(withdrawn) = did else {
            return;
        };
        self.same("that it was of", &withdrawn.person, wanted.person.as_str());
        let what = wanted.what.value.name();
        self.same("that it was a", withdrawn.what.name(), what);
        self.same("that it was", &withdrawn.of, wanted.of.as_str());
        self.same("that it was done so:", &withdrawn.how, wanted.how.as_str());
        self.same("that it was done by", &withdrawn.by, wanted.by.as_str());
        let seen_by = wanted.seen_by.as_str();
        self.same("that it was seen by", &withdrawn.seen_by, seen_by);
    }

    pub(super) fn access_review(&mut self, wanted: &AccessReview, entry: &StepEntry) {
        let Did::AccessReview(reviewed) = &entry.did else {
            return;
        };
        self.same("that the key is", &reviewed.key, wanted.key.as_str());
        let provider = wanted.provider.as_str();
        self.same("that the provider is", &reviewed.provider, provider);
        let key_id = wanted.key_id.as_str();
        self.same("that the key there is", &reviewed.key_id, key_id);
        let taken_on = wanted.taken_on.value.0.to_string();
        self.same("that it was fetched on", &reviewed.taken_on, &taken_on);
        self.same("that it was fetched by", &reviewed.by, wanted.by.as_str());
        let seen_by = wanted.seen_by.as_str();
        self.same("that it was seen by", &reviewed.seen_by, seen_by);
        // A rehearsal has a stand-in in the place of the provider.
        if self.open.mode != Mode::Rehearsal {
            let paths: Vec<&str> = reviewed.files.iter().map(|it| it.path.as_str()).collect();
            self.same_people("that it was read from", &paths, &wanted.files);
        }
        let same = reviewed.files.iter().map(|file| file.sha256);
        let kept = entry.artifacts.iter();
        let all_kept = kept.clone().all(|made| made.purpose == Purpose::Snapshot);
        if !all_kept || !same.eq(kept.map(|made| made.sha256)) {
            self.wrong("the files that were read are not those that were kept");
        }
        for principal in &reviewed.principals {
            let id = principal.id.as_str();
            let person = wanted.whose(self.script, id).map(str::to_owned);
            let whose = format!("that {id} belongs to");
            self.same_text(&whose, principal.person.as_ref(), person.as_ref());
            let service = wanted.services.get(id);
            let what = format!("that {id} is for");
            self.same_text(&what, principal.service.as_ref(), service);
        }
    }

    /// Holds one fact that may be missing against the script.
    fn same_text<W: std::fmt::Display>(
        &mut self,
        name: &str,
        found: Option<&String>,
        wanted: Option<&W>,
    ) {
        let wanted = wanted.map_or_else(String::new, ToString::to_string);
        self.same(name, found.map_or("", String::as_str), &wanted);
    }
}

fn names(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.name()).collect()
}
