//! `keyrite token`

use serde_json::Value;
use serde_json::json;

use crate::cli::arguments::Format;
use crate::cli::arguments::TokenAction;
use crate::cli::arguments::TokenArgs;
use crate::cli::fail;
use crate::cli::hsm;
use crate::cli::token_show;
use crate::domain::text::list;
use crate::engine::error::EngineError;
use crate::engine::token::access::Loaded;
use crate::engine::token::access::load;
use crate::error::Exit;
use crate::pkcs11::locate;
use crate::pkcs11::locate::Listed;
use crate::pkcs11::raw::ModuleInfo;
use crate::ui::printer::Printer;
use crate::ui::printer::Style;
use crate::ui::text::Tone;

pub(super) fn token(arguments: &TokenArgs, style: Style) -> Exit {
    match arguments.what {
        TokenAction::List => match look(arguments, style) {
            Ok(seen) => {
                let out = Printer::results(style);
                match arguments.format {
                    Format::Json => out.raw(&format!("{:#}\n", seen.in_json())),
                    Format::Text => seen.tell(out),
                }
                Exit::Done
            }
            Err(error) => fail(&error, style),
        },
        TokenAction::Show => token_show::show(arguments, style),
    }
}

/// What is to be seen through a module without logging in.
struct Seen {
    loaded: Loaded,
    info: ModuleInfo,
    tokens: Vec<Listed>,
}

fn look(arguments: &TokenArgs, style: Style) -> Result<Seen, EngineError> {
    let (uri, access) = hsm::token(arguments.token.as_deref(), &arguments.hsm, style)?;
    let loaded = load(&access)?;
    Ok(Seen {
        info: loaded.module.info()?,
        tokens: locate::fitting(&loaded.module, &uri.token)?,
        loaded,
    })
}

impl Seen {
    fn tell(&self, out: Printer) {
        let line = |name: &str, value: &str| {
            out.line(Tone::Plain, &format!("  {name:<13} {value}"));
        };
        out.line(
            Tone::Title,
            &format!("Module {}", self.loaded.path.display()),
        );
        line("SHA-256", &self.loaded.digest.to_string());
        let ModuleInfo {
            cryptoki,
            manufacturer,
            description,
            version,
        } = &self.info;
        line(
            "library",
            &format!("{description} {version}, by {manufacturer}; PKCS#11 {cryptoki}"),
        );
        if self.tokens.is_empty() {
            out.line(Tone::Plain, "");
            out.line(Tone::Trouble, "No slot has a token in it.");
        }
        for listed in &self.tokens {
            out.line(Tone::Plain, "");
            match &listed.token {
                Err(error) => {
                    out.line(Tone::Trouble, "A token that cannot be read");
                    line("slot", &listed.description);
                    line("because", &error.to_string());
                }
                Ok(info) => {
                    let title = if info.label.is_empty() {
                        "Token without a label".to_owned()
                    } else {
                        format!("Token {}", info.label)
                    };
                    out.line(Tone::Title, &title);
                    line("serial", &info.serial);
                    line("made by", &format!("{}, {}", info.manufacturer, info.model));
                    line(
                        "versions",
                        &format!("firmware {}, hardware {}", info.firmware, info.hardware),
                    );
                    line("slot", &listed.description);
                    line("state", &list(&locate::state(info)));
                }
            }
        }
    }

    fn in_json(&self) -> Value {
        let tokens: Vec<Value> = self
            .tokens
            .iter()
            .map(|listed| match &listed.token {
                Err(error) => json!({"slot": listed.description, "error": error.to_string()}),
                Ok(info) => json!({
                    "slot": listed.description,
                    "label": info.label,
                    "serial": info.serial,
                    "manufacturer": info.manufacturer,
                    "model": info.model,
                    "firmware-version": info.firmware,
                    "hardware-version": info.hardware,
                    "state": locate::state(info),
                    "flags": info.flags,
                    "pin-bytes": [info.pin_min, info.pin_max],
                }),
            })
            .collect();
        json!({
            "module": self.loaded.path,
            "module-sha256": self.loaded.digest,
            "library": self.info.description,
            "library-version": self.info.version,
            "library-manufacturer": self.info.manufacturer,
            "cryptoki-version": self.info.cryptoki,
            "tokens": tokens,
        })
    }
}
