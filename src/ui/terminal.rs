//! The people at a terminal, helped by an answers file.

use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use console::Term;
use dialoguer::Input;
use dialoguer::theme::ColorfulTheme;

use crate::domain::record::Mode;
use crate::domain::text::plain;
use crate::engine::desk::Brought;
use crate::engine::desk::ByLine;
use crate::engine::desk::Desk;
use crate::engine::desk::DeskError;
use crate::engine::desk::Go;
use crate::engine::desk::Question;
use crate::engine::desk::Say;
use crate::engine::desk::Wanted;
use crate::engine::desk::Wrong;
use crate::secret::Secret;
use crate::ui::answers::Answers;
use crate::ui::answers::looks_secret;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::private;
use crate::ui::private::OTHERWISE;
use crate::ui::private::Unread;
use crate::ui::text::Tone;
use crate::ui::text::wrapped;

/// Whether a question is on the screen right now; the signal handler asks.
pub static ASKING: AtomicBool = AtomicBool::new(false);

/// Whether people can be asked: both what is typed and what is asked are at a terminal.
pub fn attended() -> bool {
    rustix::termios::isatty(io::stdin()) && rustix::termios::isatty(io::stderr())
}

/// The people at a terminal.
pub struct TerminalDesk {
    printer: Printer,
    style: Style,
    term: Option<Term>,
    answers: Answers,
    mode: Mode,
    /// Where people's ssh-agent is reached.
    agent: Option<PathBuf>,
    /// How far long work has come.
    bar: Option<indicatif::ProgressBar>,
}

impl TerminalDesk {
    /// A desk; without a terminal only the answers speak.
    pub fn new(style: Style, answers: Answers, mode: Mode) -> Self {
        let term = attended().then(Term::stderr);
        Self {
            printer: Printer::talk(style),
            style,
            term,
            answers,
            mode,
            agent: None,
            bar: None,
        }
    }

    /// Lets people sign with the keys in the ssh-agent at that socket.
    #[must_use]
    pub fn with_agent(mut self, socket: Option<PathBuf>) -> Self {
        self.agent = socket;
        self
    }

    fn prepared(&self, question: &Question) -> Option<&str> {
        // In production a person confirms, not a file.
        let by_file = !(question.confirms && self.mode == Mode::Production);
        self.answers.get(&question.id).filter(|_| by_file)
    }

    fn nobody(&self, question: &Question) -> DeskError {
        let from_file = !(question.confirms && self.mode == Mode::Production);
        DeskError::NoTerminal {
            id: question.id.clone(),
            from_file,
        }
    }

    /// Takes a secret off the screen that was typed where it can be seen, and says what that means.
    fn forget(&self, typed: &str) {
        if let Some(term) = &self.term {
            let (_, width) = term.size();
            let rows = typed.len() / usize::from(width).max(1) + 2;
            // What cannot be cleared was seen anyway.
            drop(term.clear_last_lines(rows));
        }
        self.printer.say(&Say::Trouble {
            message: "a secret was typed where a file was asked for; it was on the screen",
            hint: Some(
                "count that key as seen by everybody here; name its file, or leave the answer empty to type it unseen",
            ),
        });
    }

    fn at_terminal<T>(
        &self,
        question: &Question,
        ask: impl FnOnce(&Term, String) -> Result<T, dialoguer::Error>,
    ) -> Result<T, DeskError> {
        let Some(term) = &self.term else {
            return Err(self.nobody(question));
        };
        // The terminal library redraws a prompt in one row; a longer text stands above it.
        let mut prompt = plain(&question.text).into_owned();
        if prompt.chars().count() > ONE_ROW {
            for (tone, line) in wrapped(Tone::Plain, "    ?", &prompt) {
                self.printer.line(tone, &line);
            }
            prompt = question
                .person
                .clone()
                .unwrap_or_else(|| "answer".to_owned());
        }
        ASKING.store(true, Ordering::SeqCst);
        let answer = ask(term, prompt);
        ASKING.store(false, Ordering::SeqCst);
        answer.map_err(|dialoguer::Error::IO(error)| {
            self.printer.line(Tone::Plain, "");
            let id = question.id.clone();
            if error.kind() == io::ErrorKind::Interrupted {
                DeskError::Interrupted { id }
            } else {
                DeskError::Closed { id }
            }
        })
    }

    /// Does something on the screen for one person, headed by whom it is for and what is asked.
    fn alone<T>(
        &self,
        question: &Question,
        act: impl FnOnce(&str) -> Result<T, Unread>,
    ) -> Result<T, DeskError> {
        let id = question.id.clone();
        if self.term.is_none() {
            let from_file = false;
            return Err(DeskError::NoTerminal { id, from_file });
        }
        let heading = question.person.as_deref().map_or_else(
            || question.text.clone(),
            |person| format!("For {person} only. {}", question.text),
        );
        ASKING.store(true, Ordering::SeqCst);
        let done = act(&heading);
        ASKING.store(false, Ordering::SeqCst);
        done.map_err(|unread| match unread {
            Unread::Interrupted => DeskError::Interrupted { id },
            Unread::Otherwise => DeskError::Otherwise { id },
            Unread::Closed => DeskError::Closed { id },
        })
    }

    /// Asks once; `!` alone is no answer.
    fn typed(&self, question: &Question, hint: &str) -> Result<String, DeskError> {
        let answer = if self.style.bare() {
            self.line(question, hint)?
        } else {
            self.at_terminal(question, |term, text| {
                Input::<String>::with_theme(&ColorfulTheme::default())
                    .with_prompt(format!("{text}{hint}"))
                    .allow_empty(true)
                    .interact_text_on(term)
            })?
        };
        if answer.trim() == OTHERWISE {
            let id = question.id.clone();
            return Err(DeskError::Otherwise { id });
        }
        Ok(answer)
    }

    /// Asks once, and reads one line as the terminal hands it over.
    fn line(&self, question: &Question, hint: &str) -> Result<String, DeskError> {
        if self.term.is_none() {
            return Err(self.nobody(question));
        }
        self.printer
            .raw(&format!("{}{hint} ", plain(&question.text)));
        ASKING.store(true, Ordering::SeqCst);
        let line = read_line();
        ASKING.store(false, Ordering::SeqCst);
        line.ok_or_else(|| {
            self.printer.raw("\n");
            DeskError::Closed {
                id: question.id.clone(),
            }
        })
    }
}

/// The sign that turns while something is worked on.
static SPINS: Mutex<Option<indicatif::ProgressBar>> = Mutex::new(None);

fn spins() -> MutexGuard<'static, Option<indicatif::ProgressBar>> {
    SPINS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes lines beside the sign that turns, if one does.
pub fn aside(write: impl FnOnce()) {
    match &*spins() {
        Some(spinner) => spinner.suspend(write),
        None => write(),
    }
}

/// One line of standard input, and not a byte of the next: what follows may be a secret.
fn read_line() -> Option<String> {
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        match rustix::io::read(io::stdin(), &mut byte) {
            Ok(1) if byte == *b"\n" => break,
            Ok(1) => line.extend(byte),
            Err(rustix::io::Errno::INTR) => {}
            Ok(_) | Err(_) => return None,
        }
    }
    Some(String::from_utf8_lossy(&line).into_owned())
}

/// What is typed in place of a file where ssh-agent holds the key; `./agent` is a file.
const AGENT: &str = "agent";

/// Does something on the screen for one person.
fn privately<T>(
    question: &Question,
    work: impl FnOnce(&str) -> Result<T, Unread>,
) -> Result<T, DeskError> {
    let heading = question.person.as_deref().map_or_else(
        || question.text.clone(),
        |person| format!("For {person} only. {}", question.text),
    );
    let id = question.id.clone();
    ASKING.store(true, Ordering::SeqCst);
    let done = work(&heading);
    ASKING.store(false, Ordering::SeqCst);
    done.map_err(|unread| match unread {
        Unread::Interrupted => DeskError::Interrupted { id },
        Unread::Otherwise => DeskError::Otherwise { id },
        Unread::Closed => DeskError::Closed { id },
    })
}

/// The longest prompt that leaves room for an answer in a row of 80 columns.
const ONE_ROW: usize = 60;

impl Desk for TerminalDesk {
    fn say(&mut self, say: Say<'_>) {
        self.printer.say(&say);
    }

    fn ask(&mut self, question: &Question) -> Result<String, DeskError> {
        if let Some(answer) = self.prepared(question) {
            let answer = answer.to_owned();
            self.printer.say(&Say::Note(&format!(
                "{} {answer} (from the answers file)",
                question.text
            )));
            return Ok(answer);
        }
        loop {
            let answer = self.typed(question, "")?;
            if !looks_secret(&answer) {
                return Ok(answer);
            }
            self.forget(&answer);
        }
    }

    fn confirm(&mut self, question: &Question) -> Result<bool, DeskError> {
        if let Some(answer) = self.prepared(question) {
            let yes = answer == "yes";
            self.printer.say(&Say::Note(&format!(
                "{} {answer} (from the answers file)",
                question.text
            )));
            return Ok(yes);
        }
        loop {
            match self.typed(question, " (yes or no)")?.trim() {
                "y" | "Y" | "yes" => return Ok(true),
                "n" | "N" | "no" => return Ok(false),
                _ => {}
            }
        }
    }

    fn go(&mut self, number: u32) -> Result<Go, DeskError> {
        let question = Question::confirmation(
            format!("{number}/go"),
            "Enter: do it · !: exception · h: halt · a: abort",
        );
        if self.term.is_none() && self.mode != Mode::Production {
            return Ok(Go::On);
        }
        loop {
            let answer = match self.ask(&question) {
                Err(DeskError::Otherwise { .. }) => return Ok(Go::Exception),
                answer => answer?,
            };
            match answer.trim() {
                "" | "go" => return Ok(Go::On),
                "x" => return Ok(Go::Exception),
                "h" => return Ok(Go::Halt),
                "a" => return Ok(Go::Abort),
                _ => {}
            }
        }
    }

    fn bring(&mut self, question: &Question, wanted: Wanted) -> Result<Brought, DeskError> {
        if wanted == Wanted::SigningKey && self.agent.is_some() && self.term.is_some() {
            let told = format!("`{AGENT}` in place of a file: the key in your ssh-agent");
            self.printer.say(&Say::Note(&told));
        }
        let path = self.ask(question)?;
        let path = path.trim();
        if wanted == Wanted::SigningKey && path == AGENT {
            return Ok(Brought::Agent(self.agent.clone()));
        }
        if !path.is_empty() {
            return Ok(Brought::File(PathBuf::from(path)));
        }
        match wanted {
            Wanted::Identity => Ok(Brought::Bytes(self.secret(question)?)),
            Wanted::SigningKey => Ok(Brought::Later),
        }
    }

    fn secret(&mut self, question: &Question) -> Result<Secret, DeskError> {
        self.alone(question, private::read)
    }

    fn type_in(&mut self, question: &Question, lines: &mut dyn ByLine) -> Result<(), DeskError> {
        if self.term.is_none() {
            return Err(self.nobody(question));
        }
        privately(question, |heading| private::lines(heading, lines))
    }

    fn reveal(&mut self, question: &Question, text: &Secret) -> Result<(), DeskError> {
        let Some(term) = &self.term else {
            return Err(self.nobody(question));
        };
        if self.style.bare() {
            return Err(DeskError::NoScreen);
        }
        let (have, wide) = term.size();
        let (have, wide) = (usize::from(have), usize::from(wide));
        let (rows, columns) = private::space(text);
        if rows > have || columns > wide {
            return Err(DeskError::SmallScreen {
                rows,
                columns,
                have,
                wide,
            });
        }
        privately(question, |heading| private::reveal(heading, text))
    }

    fn has_private_screen(&self) -> bool {
        self.term.is_some() && !self.style.bare()
    }

    fn show_alone(&mut self, question: &Question, text: &Secret) -> Result<(), DeskError> {
        self.alone(question, |heading| private::show_text(heading, text))
    }

    fn type_alone(
        &mut self,
        question: &Question,
        wants: &str,
        wrong: Option<&Wrong>,
    ) -> Result<Secret, DeskError> {
        self.alone(question, |heading| {
            let wrong = wrong.map(|wrong| (wrong.message.as_str(), wrong.hint.as_deref()));
            private::read_seen(heading, wants, wrong)
        })
    }

    fn working(&mut self, what: &str, work: &mut dyn FnMut()) {
        if self.term.is_none() || self.style.bare() {
            self.printer.say(&Say::Note(&format!("{what} …")));
            work();
            return;
        }
        let spinner = indicatif::ProgressBar::new_spinner()
            .with_message(plain(what).into_owned())
            .with_style(indicatif::ProgressStyle::default_spinner());
        if let Ok(style) = indicatif::ProgressStyle::with_template("     {spinner} {msg} {elapsed}")
        {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(Duration::from_millis(120));
        *spins() = Some(spinner.clone());
        work();
        *spins() = None;
        spinner.finish_and_clear();
    }

    fn progress(&mut self, done: u64, total: u64) {
        if self.term.is_none() || self.style.bare() {
            return;
        }
        if done >= total {
            if let Some(bar) = self.bar.take() {
                bar.finish_and_clear();
            }
            return;
        }
        let bar = self.bar.get_or_insert_with(|| {
            let bar = indicatif::ProgressBar::new(total);
            let template = "     {bar:30} {pos} of {len} · {per_sec} · {eta} left";
            if let Ok(style) = indicatif::ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        });
        bar.set_position(done);
    }

    fn patient(&self) -> bool {
        self.term.is_some()
    }
}
