//! The providers, played by `tests/data/providers/cloud.py`: the commands that a ceremony wrote are run as
//! they are, beside what it wrapped, and answers are fetched with the tools' own calls.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use keyrite::crypto::test_pairs::TestPair;
use serde_json::Value;

use crate::common::python;
use crate::common::repository;
use crate::whole_life::stage::Stage;

/// The tools, and the size of the provider's wrapping key.
const TOOLS: [(&str, usize); 2] = [("aws", 4096), ("az", 3072)];

impl Stage {
    /// Puts the providers' tools on a path of their own.
    pub(crate) fn has_clouds(&self) {
        let bin = self.path("bin");
        fs::create_dir(&bin).unwrap();
        fs::create_dir(self.path("cloud")).unwrap();
        let program = repository("tests/data/providers/cloud.py");
        let python = python().get_program().to_owned();
        for (tool, bits) in TOOLS {
            let private = self.path(&format!("cloud/{tool}.der"));
            fs::write(private, TestPair::of(bits).unwrap().pkcs8()).unwrap();
            let script = format!(
                "#!/bin/sh\nexec '{}' '{}' {tool} \"$@\"\n",
                python.to_str().unwrap(),
                program.display()
            );
            fs::write(bin.join(tool), script).unwrap();
            let all = fs::Permissions::from_mode(0o755);
            fs::set_permissions(bin.join(tool), all).unwrap();
        }
    }

    /// Carries what a ceremony wrapped to where the tools are, and runs one of its commands there; what
    /// the provider answered.
    #[track_caller]
    pub(crate) fn uploads(&self, day: &str, package: &str, command: &str) -> String {
        let from = self.path(package);
        let to = self.path(&format!("uploads/{package}"));
        fs::create_dir_all(&to).unwrap();
        for file in fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
        let line = format!("sh {}", to.join(command).display());
        let said = self.at_the_clouds(day, &line);
        // What asks a question keeps the answer beside it.
        fs::read_to_string(to.join("answered.json")).unwrap_or(said)
    }

    /// What a tool prints.
    #[track_caller]
    pub(crate) fn at_the_clouds(&self, day: &str, line: &str) -> String {
        let path = env::var("PATH").unwrap();
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(self.path(""))
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("CLOUD", self.path("cloud"))
            .env("CLOUD_TIME", format!("{day}T15:00:00+00:00"))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Holds answers against a ceremony, and records on a day what comes of it; the verdict.
    #[track_caller]
    pub(crate) fn confirms(
        &self,
        day: &str,
        name: &str,
        of: &str,
        provider: &str,
        answers: &[(&str, String)],
    ) -> String {
        let mut line = format!("confirm {of} --provider {provider} --out new-{name} --format json");
        for (file, answer) in answers {
            fs::write(self.path(file), answer).unwrap();
            line.push_str(&format!(" --answer {file}"));
        }
        let (exit, told) = self.asks(&line);
        let told: Value = serde_json::from_str(&told).unwrap();
        let verdict = told["verdict"].as_str().unwrap().to_owned();
        assert_eq!(exit, i32::from(verdict != "arrived"), "{told:#}");
        let script = fs::read_to_string(self.path(&format!("new-{name}/script.yaml"))).unwrap();
        let begins = script.find("ceremony: ").unwrap();
        let ends = begins + script[begins..].find('\n').unwrap();
        let script = [&script[..begins], "ceremony: ", name, &script[ends..]].concat();
        self.hold(day, name, &script, &[]);
        verdict
    }
}
