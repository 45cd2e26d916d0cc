//! What providers answered of keys that were wrapped for them.

use crate::domain::arrival::Fact;
use crate::domain::arrival::Matter;
use crate::domain::arrival::Verdict;
use crate::domain::arrival::check_value;
use crate::domain::record::Confirmed;
use crate::register::Rests;
use crate::register::about::Answered;
use crate::register::deviations::Deviation;
use crate::register::fold::Fold;
use crate::register::keys::ForImport;
use crate::register::keys::Material;

impl Fold<'_> {
    /// An answer belongs to the wrap of the record that it was held against, if that record says of the
    /// wrap what the script of the answer says.
    pub(super) fn answered(&mut self, confirmed: &Confirmed, rests: &Rests) {
        let mut ceremonies = self.register.ceremonies.iter();
        let wrapped_in = ceremonies
            .find(|ceremony| ceremony.record == confirmed.record)
            .map(|ceremony| ceremony.folder.clone());
        let material = self.known.get(confirmed.record, &confirmed.key);
        let material = material.and_then(|at| self.materials.get_mut(at));
        let why = match (&wrapped_in, &material) {
            (Some(folder), Some(material)) => otherwise(material, folder, confirmed),
            (None, _) | (_, None) => Some("that record is not here".to_owned()),
        };
        if let (Some(wrapped_in), Some(material), None) = (wrapped_in, material, &why) {
            material.about.answers.push(Answered {
                r#for: confirmed.r#for.clone(),
                wrapped_in,
                verdict: confirmed.verdict,
                by_challenge: by_challenge(&confirmed.facts),
                rests_on: rests.clone(),
            });
        }
        if let Some(why) = why {
            let what = format!(
                "what {} answered of key {} is held against record {}…, and counts for nothing: {why}",
                confirmed.provider,
                confirmed.key,
                confirmed.record.short()
            );
            let deviation = Deviation::new("answer", what, rests);
            self.register.deviations.push(deviation);
        }
    }
}

/// What the record that wrapped a key says otherwise than the ceremony that held an answer against it.
fn otherwise(material: &Material, folder: &str, confirmed: &Confirmed) -> Option<String> {
    let mut imports = material.imports.iter();
    let Some(import) = imports
        .rfind(|import| import.input == confirmed.r#for && *import.wrapped.ceremony == *folder)
    else {
        return Some(format!("it wrapped no such key for {}", confirmed.r#for));
    };
    if import.provider != confirmed.provider {
        return Some(format!("it wrapped the key for {}", import.provider));
    }
    // Each key of a list has an id of its own, which the record does not name.
    if let Some(id) = &confirmed.key_id
        && import.key_id.as_ref() != Some(id)
    {
        return Some(format!("it names no key {id}"));
    }
    let mut facts = confirmed.facts.iter();
    let fact = facts.find(|fact| !same(material, import, fact))?;
    Some(format!("it has another {}, or none", fact.matter.title()))
}

/// Whether what a fact says was recorded of the material is what was recorded.
fn same(material: &Material, import: &ForImport, fact: &Fact) -> bool {
    let recorded = match fact.matter {
        Matter::PublicKey | Matter::Ekcv | Matter::Kcv => {
            check_value(fact.matter, &material.check_values).cloned()
        }
        Matter::Challenge => import.challenge.map(|answer| answer.to_string()),
        Matter::KeyId
        | Matter::KeyType
        | Matter::Origin
        | Matter::State
        | Matter::MaterialId
        | Matter::Ends
        | Matter::ImportJob
        | Matter::ImportedAt
        | Matter::MadeThere
        | Matter::Protection => return true,
    };
    recorded == fact.ours
}

fn by_challenge(facts: &[Fact]) -> bool {
    let mut proofs = facts.iter().filter(|fact| fact.verdict == Verdict::Arrived);
    proofs.all(|fact| fact.matter == Matter::Challenge)
}
