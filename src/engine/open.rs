//! The first entry, and the files that let anybody check the rest without this program.

use crate::domain::access::access;
use crate::domain::finding::RULE_SET;
use crate::domain::record::AccessTable;
use crate::domain::record::Digest;
use crate::domain::record::Event;
use crate::domain::record::FORMAT;
use crate::domain::record::Follows;
use crate::domain::record::Given;
use crate::domain::record::Hsm;
use crate::domain::record::Life;
use crate::domain::record::Mode;
use crate::domain::record::ModuleCertificate;
use crate::domain::record::Moment;
use crate::domain::record::Open;
use crate::domain::record::Person;
use crate::domain::record::Readiness;
use crate::domain::record::ScriptApproval;
use crate::domain::record::Tool;
use crate::domain::record::namespace;
use crate::domain::script::Role;
use crate::domain::script::Script;
use crate::domain::token_facts::TokenFacts;
use crate::engine::bench::Keyring;
use crate::engine::inputs::ReadFiles;
use crate::engine::inputs::ReadInput;
use crate::engine::list::List;
use crate::engine::organisation;
use crate::engine::store::ALLOWED_SIGNERS;
use crate::engine::store::VERIFY_PY;
use crate::engine::store::VERIFY_TXT;
use crate::record::allowed_signers;
use crate::record::error::RecordError;

/// How to check the organisation file, where the ceremony rests on one.
const ORGANISATION_BY_HAND: &str = r#"   The organisation file is the one that the record names, and is signed (each
   line must say "OK" or "Good"):

grep -o '"organisation":{[^{]*"sha256":"[0-9a-f]*"' record.jsonl | head -n 1 | sed 's/.*"sha256":"\(.*\)"/\1  organisation.yaml/' | sha256sum -c
(
for sig in approvals/organisation-*.sig; do
  test -e "$sig" || continue
  by=${sig#approvals/organisation-}; by=${by%.sig}
  ssh-keygen -Y verify -f allowed_signers -I "$by" -n organisation@keyrite -s "$sig" < organisation.yaml || exit 1
done
)

"#;

/// The second verifier: the same bytes in every ceremony.
const VERIFIER: &[u8] = include_bytes!("verify.py");

/// Files by their path in the ceremony directory.
pub type Files = Vec<(String, Vec<u8>)>;

/// What a ceremony begins with.
pub struct Opening<'a> {
    /// The script.
    pub script: &'a Script,
    /// What the run is worth.
    pub mode: Mode,
    /// The program.
    pub tool: Tool,
    /// Public keys of the people.
    pub keyring: &'a Keyring,
    /// Import parameters and lists of keys.
    pub brought: &'a ReadFiles,
    /// The HSM, where keys live in one.
    pub token: Option<TokenFacts>,
    /// Keys of earlier ceremonies.
    pub given: Vec<Given>,
    /// Where earlier ceremonies left keys in their lives.
    pub lifecycle: Vec<Life>,
    /// Approvals of the script.
    pub script_approvals: Vec<ScriptApproval>,
    /// What was looked at before the first step.
    pub readiness: Vec<Readiness>,
    /// Last record of the register, where one is kept.
    pub follows: Option<Follows>,
    /// When it begins.
    pub now: Moment,
}

/// The first entry and the files that go with it.
pub fn open(opening: Opening<'_>) -> Result<(Event, Files), RecordError> {
    let Opening {
        script,
        mode,
        tool,
        keyring,
        brought,
        token,
        given,
        lifecycle,
        script_approvals,
        readiness,
        follows,
        now,
    } = opening;
    let namespaces = script.namespaces(mode);
    let keys: Vec<_> = keyring
        .iter()
        .filter_map(|(id, keys)| {
            keys.signs_with
                .as_ref()
                .map(|key| (id.as_str(), key, namespaces.as_slice()))
        })
        .collect();
    let pinned = script
        .within
        .as_deref()
        .map(|within| organisation::pin(within, now));
    let (pinned, beside, signers) = pinned.map_or_else(Default::default, |pinned| {
        (Some(pinned.recorded), pinned.files, pinned.signers)
    });
    let signers = signers
        .iter()
        .map(|(id, key)| (id.as_str(), key, &[namespace::ORGANISATION][..]));
    let keys: Vec<_> = keys.into_iter().chain(signers).collect();
    let allowed_signers = allowed_signers::render(&keys)?.into_bytes();
    let verify_txt = instructions(script, mode).into_bytes();
    let people = script
        .people
        .iter()
        .map(|(id, person)| Person {
            id: id.to_string(),
            name: person.name.to_string(),
            roles: script
                .roles
                .of(id.as_str())
                .into_iter()
                .map(Role::name)
                .map(str::to_owned)
                .collect(),
            signs_with: keyring
                .get(id.as_str())
                .and_then(|keys| keys.signs_with.as_ref())
                .map(crate::record::signing::PublicKey::fingerprint),
        })
        .collect();
    let open =
        Open {
            format: FORMAT.to_owned(),
            ceremony: script.ceremony.to_string(),
            title: script.title.to_string(),
            kind: script.kind.name().to_owned(),
            mode,
            tool,
            rules: Some(RULE_SET),
            allowed_signers: Digest::of(&allowed_signers),
            verify_txt: Digest::of(&verify_txt),
            verify_py: Some(Digest::of(VERIFIER)),
            people,
            script_approvals,
            inputs: brought.inputs.values().map(ReadInput::recorded).collect(),
            token: token.map(|facts| Hsm {
                facts,
                certificate: script.token.certificate.as_ref().map(|certificate| {
                    ModuleCertificate {
                        number: certificate.number.value,
                        level: certificate.level.as_ref().map(|level| level.value),
                        standard: certificate.standard,
                        until: certificate
                            .until
                            .as_ref()
                            .map(|day| day.value.0.to_string()),
                    }
                }),
            }),
            batches: brought.lists.values().map(List::recorded).collect(),
            given,
            lifecycle,
            external: script
                .external
                .iter()
                .map(|(label, external)| external.recorded(label.as_str()))
                .collect(),
            items: script
                .items
                .iter()
                .map(|(name, item)| item.recorded(name.as_str()))
                .collect(),
            organisation: pinned,
            readiness,
            access: Some(AccessTable::of(access(script))),
            follows,
        };
    let mut files = vec![
        (ALLOWED_SIGNERS.to_owned(), allowed_signers),
        (VERIFY_TXT.to_owned(), verify_txt),
        (VERIFY_PY.to_owned(), VERIFIER.to_vec()),
    ];
    files.extend(beside);
    Ok((Event::Open(Box::new(open)), files))
}

/// How to check a ceremony with the tools of any Unix machine.
fn instructions(script: &Script, mode: Mode) -> String {
    let record_namespace = mode.namespace();
    let signatures: Vec<String> = script
        .record_signers()
        .iter()
        .map(|id| {
            format!(
                "ssh-keygen -Y verify -f allowed_signers -I {id} -n {record_namespace} -s signatures/{id}.sig < record.jsonl"
            )
        })
        .collect();
    let quorum: Vec<String> = script
        .policy
        .signatures
        .iter()
        .map(|(role, enough)| {
            let holders: Vec<&str> = script.roles.holders(*role).iter().map(|id| id.as_str()).collect();
            format!(
                "\n   Of {} ({}) {} are enough: other lines\n   of theirs may fail for want of a file, and for nothing else.",
                role.name(),
                holders.join(", "),
                enough.value
            )
        })
        .collect();
    let quorum = quorum.concat();
    let organisation = script.within.as_ref().map_or("", |_| ORGANISATION_BY_HAND);
    let rehearsal = match mode {
        Mode::Rehearsal => {
            "This is a REHEARSAL: throwaway keys, stand-in people and a stand-in provider.\nIt proves nothing but the script.\n\n"
        }
        Mode::Practice => {
            "This is a PRACTICE ceremony: real people, but keys that must not be used.\n\n"
        }
        Mode::Production => "",
    };
    format!(
        r#"How to check this ceremony without keyrite
===========================================

{rehearsal}Work in this folder, on a machine that you trust, with sha256sum and ssh-keygen.
Bring your own copy of allowed_signers: the one here is what the ceremony
itself says, and proves no more than that the record was signed by keys that
it names.

1. Everybody signed the record (each line must say "Good"):{quorum}

{signatures}

2. Nothing in the record was changed, dropped, doubled or moved. Each line
   holds the SHA-256 of the line before as "prev"; the first holds that of
   script.yaml:

(
prev=$(sha256sum < script.yaml | cut -c1-64); n=0
while IFS= read -r line; do
  case "$line" in *",\"prev\":\"$prev\",\"seq\":$n}}") ;; *) printf 'BROKEN: %s\n' "$line"; exit 1 ;; esac
  prev=$(printf %s "$line" | sha256sum | cut -c1-64); n=$((n + 1))
done < record.jsonl && echo "the chain holds"
)

3. The record is closed: its last line is the seal.

tail -n 1 record.jsonl | grep -q '"event":{{"sealed":' && echo "it is sealed"

4. The files are those that the record names (each line must say "OK"; a
   ceremony without files has no lines). Files that an interruption left are
   not looked for:

(
grep -v '"event":{{"orphan":' record.jsonl |
  grep -o '"path":"[^"]*",\("purpose":"[^"]*",\)*"sha256":"[0-9a-f]*"' |
  grep -E '"path":"(artifacts|approvals)/' |
  sed 's/"path":"\([^"]*\)".*"sha256":"\([0-9a-f]*\)"/\2  \1/' |
  while IFS= read -r line; do printf '%s\n' "$line" | sha256sum -c || exit 1; done
)

5. allowed_signers, this file and verify.py are those that the record names:

grep -o '"allowed-signers":"[0-9a-f]*"' record.jsonl | head -n 1 | sed 's/.*:"\(.*\)"/\1  allowed_signers/' | sha256sum -c
grep -o '"verify-txt":"[0-9a-f]*"' record.jsonl | head -n 1 | sed 's/.*:"\(.*\)"/\1  VERIFY.txt/' | sha256sum -c
grep -o '"verify-py":"[0-9a-f]*"' record.jsonl | head -n 1 | sed 's/.*:"\(.*\)"/\1  verify.py/' | sha256sum -c

6. Approvers signed the script before it ran, acts while it ran, and what went
   otherwise than written (each line must say "Good"; what nobody had to sign
   has no lines):

(
for sig in approvals/script-*.sig; do
  test -e "$sig" || continue
  by=${{sig#approvals/script-}}; by=${{by%.sig}}
  ssh-keygen -Y verify -f allowed_signers -I "$by" -n {script_namespace} -s "$sig" < script.yaml || exit 1
done
)

(
for asked in approvals/*.json; do
  test -e "$asked" || continue
  test -e "$asked.sig" || {{ echo "$asked: not signed"; continue; }}
  by=$(sed 's/^{{"by":"\([^"]*\)".*/\1/' "$asked")
  ssh-keygen -Y verify -f allowed_signers -I "$by" -n {approval_namespace} -s "$asked.sig" < "$asked" || exit 1
done
)

(
for told in approvals/*.exception; do
  test -e "$told" || continue
  for sig in "$told".*.sig; do
    by=${{sig#"$told".}}; by=${{by%.sig}}
    ssh-keygen -Y verify -f allowed_signers -I "$by" -n {exception_namespace} -s "$sig" < "$told" || exit 1
  done
done
)

7. Nobody signed a disagreement, or these did; read each in dissent/:

(
for said in dissent/*.json; do
  test -e "$said" || continue
  by=${{said#dissent/}}; by=${{by%.json}}
  ssh-keygen -Y verify -f allowed_signers -I "$by" -n {dissent_namespace} -s "$said.sig" < "$said" || exit 1
  grep -q "$(sha256sum < record.jsonl | cut -c1-64)" "$said" || {{ echo "$said: about another record"; exit 1; }}
done
)

{organisation}8. verify.py does all of this at once, and looks for files that nobody names.
   It needs Python and ssh-keygen; read it first, or use a copy that you trust:

python3 -I verify.py YOUR_ALLOWED_SIGNERS

Then read record.jsonl: one entry a line, in JSON. Entries of the steps
sign-in, sign-out, statement, availability, take-out, inspect, hand-over,
put-away, exception and break rest on what people said in the room; nobody
can check them later.
"#,
        signatures = signatures.join("\n"),
        script_namespace = namespace::SCRIPT,
        approval_namespace = namespace::APPROVAL,
        exception_namespace = namespace::EXCEPTION,
        dissent_namespace = mode.dissent_namespace(),
    )
}
