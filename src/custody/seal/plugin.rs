//! age plugins: other programs that seal to hardware, and open with it.
//!
//! Which of them may run, and who answers what they ask, is said by whoever asks for the sealing.

use std::sync::mpsc;
use std::thread;

use age::Callbacks;
use age::secrecy::SecretString;

use crate::custody::error::ShareError;
use crate::custody::seal::passphrase;
use crate::secret::Secret;
use crate::secret::wipe_stack;

/// The plugins that may run, and the person in front of them.
pub trait Plugins {
    /// Refuses a plugin that may not run; asked before it is started.
    fn may_run(&mut self, plugin: &str) -> Result<(), ShareError>;

    /// Shows what the plugin says.
    fn show(&mut self, text: &str);

    /// Asks for one of two; nothing if nobody answers.
    fn choose(&mut self, text: &str, yes: &str, no: Option<&str>) -> Option<bool>;

    /// Asks for something that others may see.
    fn line(&mut self, text: &str) -> Option<String>;

    /// Asks for something that nobody may see, such as the PIN of a card.
    fn secret(&mut self, text: &str) -> Option<Secret>;
}

/// No plugin may run.
pub struct NoPlugins;

impl Plugins for NoPlugins {
    fn may_run(&mut self, plugin: &str) -> Result<(), ShareError> {
        Err(ShareError::PluginRefused {
            plugin: plugin.to_owned(),
            why: "no plugin is run here".to_owned(),
        })
    }

    fn show(&mut self, _text: &str) {}

    fn choose(&mut self, _text: &str, _yes: &str, _no: Option<&str>) -> Option<bool> {
        None
    }

    fn line(&mut self, _text: &str) -> Option<String> {
        None
    }

    fn secret(&mut self, _text: &str) -> Option<Secret> {
        None
    }
}

/// What a plugin's side asks of the person's.
enum Asked {
    Show(String),
    Choose(String, String, Option<String>, mpsc::Sender<Option<bool>>),
    Line(String, mpsc::Sender<Option<String>>),
    Secret(String, mpsc::Sender<Option<Secret>>),
    Done,
}

/// The plugin's side: the age library calls it from a thread of its own.
#[derive(Clone)]
pub(super) struct Caller(mpsc::Sender<Asked>);

impl Caller {
    fn ask<T>(&self, asked: impl FnOnce(mpsc::Sender<Option<T>>) -> Asked) -> Option<T> {
        let (reply, answer) = mpsc::channel();
        self.0.send(asked(reply)).ok()?;
        answer.recv().ok().flatten()
    }
}

impl Callbacks for Caller {
    fn display_message(&self, message: &str) {
        // Nobody listens any more: the work is done.
        drop(self.0.send(Asked::Show(message.to_owned())));
    }

    fn confirm(&self, message: &str, yes: &str, no: Option<&str>) -> Option<bool> {
        let no = no.map(ToOwned::to_owned);
        self.ask(|reply| Asked::Choose(message.to_owned(), yes.to_owned(), no, reply))
    }

    fn request_public_string(&self, description: &str) -> Option<String> {
        self.ask(|reply| Asked::Line(description.to_owned(), reply))
    }

    fn request_passphrase(&self, description: &str) -> Option<SecretString> {
        let secret = self.ask(|reply| Asked::Secret(description.to_owned(), reply))?;
        passphrase::text(&secret)
    }
}

/// Does `work` in a thread while this one answers what plugins ask. Nothing if the thread died.
pub(super) fn attended<T: Send>(
    plugins: &mut dyn Plugins,
    work: impl FnOnce(Caller) -> T + Send,
) -> Option<T> {
    let (sender, asked) = mpsc::channel();
    thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let done = work(Caller(sender.clone()));
            wipe_stack();
            // A copy of the sender outlives the work by a moment, so its end is said.
            drop(sender.send(Asked::Done));
            done
        });
        for asked in asked {
            // Whoever asked may have gone; then the answer is of no use.
            match asked {
                Asked::Show(text) => plugins.show(&text),
                Asked::Choose(text, yes, no, reply) => {
                    let _ = reply.send(plugins.choose(&text, &yes, no.as_deref()));
                }
                Asked::Line(text, reply) => {
                    drop(reply.send(plugins.line(&text)));
                }
                Asked::Secret(text, reply) => {
                    drop(reply.send(plugins.secret(&text)));
                }
                Asked::Done => break,
            }
        }
        worker.join().ok()
    })
}
