//! Room on paper for the steps that move keys through their lives.

use crate::documents::html::escape;
use crate::documents::procedure::Paper;
use crate::documents::procedure::boxes;
use crate::documents::procedure::tick;
use crate::documents::procedure::time;
use crate::domain::script::Step;

impl Paper<'_> {
    /// What is ticked and filled in at such a step.
    pub(super) fn of_a_life(&self, number: u32, step: &Step) -> String {
        if let Step::Identify(identify) = step {
            let typed = identify.by.iter().map(|id| {
                let name = self.script.name_of(id.as_str());
                tick(&format!(
                    "{name} typed its name, and words of its fingerprint"
                ))
            });
            return format!(
                "<p class=\"ticks\">{}</p><p>First digits of its longest check value {}</p>",
                typed.collect::<String>(),
                boxes(16, 4)
            );
        }
        let acts = self.acts.get(&number).map_or(&[][..], Vec::as_slice);
        let rows = acts.iter().map(|(name, lines)| {
            format!(
                "<p>At {}:</p><pre>{}</pre><p>The provider answered:</p><p class=\"write\"></p>",
                escape(name),
                escape(&lines.join("\n"))
            )
        });
        format!(
            "{}<p>Done at {} (UTC)</p>",
            rows.collect::<String>(),
            time()
        )
    }
}
