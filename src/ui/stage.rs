//! A rehearsal on a stage: everything that is said and answered, shown and kept as a transcript.

use crate::engine::desk::Brought;
use crate::engine::desk::Desk;
use crate::engine::desk::DeskError;
use crate::engine::desk::Go;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::desk::Wanted;
use crate::engine::desk::Wrong;
use crate::engine::rehearsal::Cast;
use crate::engine::rehearsal::Stage;
use crate::secret::Secret;
use crate::ui::printer::Printer;
use crate::ui::text::Tone;
use crate::ui::text::lines;
use crate::ui::text::wrapped;

/// What stands in a transcript for something that changes from run to run.
const VARIES: &str = "(varies)";

/// A watched rehearsal.
pub struct Transcript {
    printer: Option<Printer>,
    lines: Vec<String>,
    varying: Vec<String>,
}

impl Transcript {
    /// Shows what happens through `printer`, if there is one, and keeps it.
    pub fn new(printer: Option<Printer>) -> Self {
        Self {
            printer,
            lines: Vec::new(),
            varying: Vec::new(),
        }
    }

    /// The text, with `(varies)` for what changes from run to run: made to be compared.
    pub fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        for value in &self.varying {
            text = text.replace(value, VARIES);
        }
        text.push('\n');
        text
    }

    fn put(&mut self, tone: Tone, line: &str) {
        if let Some(printer) = self.printer {
            printer.line(tone, line);
        }
        self.lines.push(line.to_owned());
    }

    fn say(&mut self, say: &Say<'_>) {
        if let Some(printer) = self.printer {
            printer.say(say);
        }
        self.lines
            .extend(lines(say, true).into_iter().map(|(_, line)| line));
    }

    fn answered(&mut self, question: &Question, answer: &str) {
        for (tone, line) in wrapped(Tone::Quiet, "    ?", &question.text) {
            self.put(tone, &line);
        }
        for (tone, line) in wrapped(Tone::Plain, "    »", answer) {
            self.put(tone, &line);
        }
    }
}

impl Stage for Transcript {
    fn desk<'d>(&'d mut self, cast: &'d mut Cast) -> Box<dyn Desk + 'd> {
        Box::new(Watched {
            transcript: self,
            cast,
            typed: None,
        })
    }
}

struct Watched<'d> {
    transcript: &'d mut Transcript,
    cast: &'d mut Cast,
    /// The paper that is being typed from.
    typed: Option<String>,
}

impl Desk for Watched<'_> {
    fn say(&mut self, say: Say<'_>) {
        self.transcript.say(&say);
    }

    fn ask(&mut self, question: &Question) -> Result<String, DeskError> {
        let answer = self.cast.ask(question)?;
        let shown = self.cast.shown(question, &answer);
        self.transcript.answered(question, &shown);
        Ok(answer)
    }

    fn confirm(&mut self, question: &Question) -> Result<bool, DeskError> {
        let answer = self.cast.confirm(question)?;
        self.transcript
            .answered(question, if answer { "yes" } else { "no" });
        Ok(answer)
    }

    fn go(&mut self, number: u32) -> Result<Go, DeskError> {
        self.cast.go(number)
    }

    fn bring(&mut self, question: &Question, wanted: Wanted) -> Result<Brought, DeskError> {
        let brought = self.cast.bring(question, wanted)?;
        let person = question.person.as_deref().unwrap_or("somebody");
        let what = match wanted {
            Wanted::Identity => "identity",
            Wanted::SigningKey => "signing key",
        };
        self.transcript
            .answered(question, &format!("[{person} only: a stand-in {what}]"));
        Ok(brought)
    }

    fn secret(&mut self, question: &Question) -> Result<Secret, DeskError> {
        let secret = self.cast.secret(question)?;
        let person = question.person.as_deref().unwrap_or("somebody");
        self.transcript
            .answered(question, &format!("[{person} only: typed unseen]"));
        Ok(secret)
    }

    fn has_private_screen(&self) -> bool {
        self.cast.has_private_screen()
    }

    fn show_alone(&mut self, question: &Question, text: &Secret) -> Result<(), DeskError> {
        self.cast.show_alone(question, text)?;
        let person = question.person.as_deref().unwrap_or("somebody");
        self.transcript
            .answered(question, &format!("[{person} only: shown and copied]"));
        Ok(())
    }

    fn type_alone(
        &mut self,
        question: &Question,
        wants: &str,
        wrong: Option<&Wrong>,
    ) -> Result<Secret, DeskError> {
        let line = self.cast.type_alone(question, wants, wrong)?;
        let person = question.person.as_deref().unwrap_or("somebody");
        // One entry for all lines of a paper.
        if self.typed.as_ref() != Some(&question.id) {
            self.typed = Some(question.id.clone());
            self.transcript
                .answered(question, &format!("[{person} only: typed from paper]"));
        }
        Ok(line)
    }

    fn working(&mut self, what: &str, work: &mut dyn FnMut()) {
        self.transcript.say(&Say::Note(&format!("{what} …")));
        work();
    }

    fn patient(&self) -> bool {
        self.cast.patient()
    }

    fn varies(&mut self, text: &str) {
        self.transcript.varying.push(text.to_owned());
    }
}
