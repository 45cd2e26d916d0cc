//! Keys that no ceremony makes, and keys that stay apart: by region and by tenant.

use crate::domain::finding::DECLARED;
use crate::domain::finding::Finding;
use crate::domain::finding::REGION;
use crate::domain::finding::SEPARATION;
use crate::domain::finding::TENANT;
use crate::domain::room::Room;
use crate::domain::script::Declare;
use crate::domain::script::Given;
use crate::domain::script::Key;
use crate::domain::script::Step;

impl<'a> Room<'a> {
    pub(super) fn declare(&mut self, step: &'a Declare) {
        self.acts(&step.by);
        self.acts(&step.seen_by);
        if step.by.value == step.seen_by.value {
            let message = format!("{} looks, and is the one who looks, too", step.by.value);
            self.add(
                Finding::new(&SEPARATION, step.seen_by.place, message)
                    .hint("let somebody else look, too"),
            );
        }
        if !self.known_key(&step.key) {
            return;
        }
        self.asked_for.insert(step.key.value.as_str());
        let described = self.script.keys.get(step.key.as_str());
        if described.is_some_and(|key| key.model.is_none()) {
            let message = format!("nothing says who manages key {}", step.key.value);
            self.add(Finding::new(&DECLARED, step.key.place, message).hint(
                "write `model: {choice: provider|cmk|byok|hyok, because: …, reviewed-until: DATE}`",
            ));
        }
    }

    /// Keys and data where they may lie, and no tenant's key with another one.
    pub(super) fn isolation(&mut self) {
        let script = self.script;
        for (label, key) in &script.keys {
            self.regions(label.as_str(), key);
        }
        self.tenants_of_inputs();
        let tenants: Vec<(&str, &str, &Given)> = script
            .given
            .iter()
            .filter_map(|(label, given)| {
                let tenant = script.keys.get(label.as_str())?.tenant.as_ref()?;
                Some((label.as_str(), tenant.as_str(), &given.value))
            })
            .collect();
        for (at, (label, tenant, given)) in tenants.iter().enumerate() {
            for (other, others, before) in tenants.iter().take(at) {
                let set = given.share_set.id.value == before.share_set.id.value;
                let same = set || given.check_values.value == before.check_values.value;
                if !same || tenant == others {
                    continue;
                }
                let what = if set { "share set" } else { "material" };
                let place = script.given.get(*label).map(|given| given.place);
                let message = format!(
                    "key {label} of tenant {tenant} has the {what} of key {other} of tenant {others}"
                );
                if let Some(place) = place {
                    self.add(
                        Finding::new(&TENANT, place, message)
                            .hint("make a key of its own for each tenant"),
                    );
                }
            }
        }
    }

    fn regions(&mut self, label: &str, key: &Key) {
        let Some(regions) = &key.regions else { return };
        let Some(only) = &regions.only else { return };
        for (what, region) in (regions.data.iter().map(|region| ("data of key", region)))
            .chain(regions.key.iter().map(|region| ("key", region)))
        {
            if !only.iter().any(|known| known.as_str() == region.as_str()) {
                let message = format!(
                    "{what} {label} lies in {}, which `only` leaves out",
                    region.value
                );
                self.add(
                    Finding::new(&REGION, region.place, message)
                        .hint("move it, or let whoever answers for it allow the region in `only`"),
                );
            }
        }
    }

    fn tenants_of_inputs(&mut self) {
        let script = self.script;
        for step in &script.steps {
            let Step::Wrap(wrap) = &step.value else {
                continue;
            };
            let of = |tenant: Option<
                &'a crate::domain::script::At<crate::domain::script::Line>,
            >| { tenant.map(|tenant| tenant.as_str()) };
            let key = script.keys.get(wrap.key.as_str());
            let key = of(key.and_then(|key| key.tenant.as_ref()));
            let input = script.inputs.get(wrap.r#for.as_str());
            let input = of(input.and_then(|input| input.tenant.as_ref()));
            if let (Some(key), Some(input)) = (key, input)
                && key != input
            {
                let message = format!(
                    "key {} of tenant {key} is wrapped for {}, which belongs to tenant {input}",
                    wrap.key.value, wrap.r#for.value
                );
                self.add(
                    Finding::new(&TENANT, wrap.r#for.place, message)
                        .hint("make a key of its own for each tenant"),
                );
            }
        }
    }
}
