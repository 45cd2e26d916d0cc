
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'keyrite' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'keyrite'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'keyrite' {
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print the version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version')
            [CompletionResult]::new('--digest', '--digest', [CompletionResultType]::ParameterName, 'With --version: the SHA-256 of this program''s file too, in hexadecimal and in words')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check ceremony scripts')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Tell what is different between two scripts, or a script and a record')
            [CompletionResult]::new('rehearse', 'rehearse', [CompletionResultType]::ParameterValue, 'Play a script with throwaway keys and stand-ins')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a ceremony, live')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign a sealed record, or approve a script')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Verify the records of ceremonies')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Export records as events for a SIEM')
            [CompletionResult]::new('reconcile', 'reconcile', [CompletionResultType]::ParameterValue, 'Hold a provider''s log against the register')
            [CompletionResult]::new('print', 'print', [CompletionResultType]::ParameterValue, 'Print a script as a procedure on paper')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Write the auditor''s report on a ceremony')
            [CompletionResult]::new('wrap', 'wrap', [CompletionResultType]::ParameterValue, 'Wrap one key that you already hold for import')
            [CompletionResult]::new('providers', 'providers', [CompletionResultType]::ParameterValue, 'List providers and their wrapping algorithms, or tell everything about one')
            [CompletionResult]::new('fingerprint', 'fingerprint', [CompletionResultType]::ParameterValue, 'Show the fingerprint of a wrapping key, in hexadecimal and in words to read aloud')
            [CompletionResult]::new('given', 'given', [CompletionResultType]::ParameterValue, 'Print what a ceremony, or a register, gives to a later ceremony')
            [CompletionResult]::new('confirm', 'confirm', [CompletionResultType]::ParameterValue, 'Hold what a provider answered of an imported key against the record that wrapped it')
            [CompletionResult]::new('register', 'register', [CompletionResultType]::ParameterValue, 'Take ceremonies into the register, and ask it')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'See which tokens a PKCS#11 module has, and find out what one of them can do')
            [CompletionResult]::new('split', 'split', [CompletionResultType]::ParameterValue, 'Split one secret that you already hold')
            [CompletionResult]::new('combine', 'combine', [CompletionResultType]::ParameterValue, 'Rebuild a secret from its shares')
            [CompletionResult]::new('share', 'share', [CompletionResultType]::ParameterValue, 'Look after one share: verify it, prove that you have it, put it on paper')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of scripts, or of organisation files, for editors')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page, or write all of them')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;check' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day on which waivers and reviews are judged; today if absent')
            [CompletionResult]::new('--token-profile', '--token-profile', [CompletionResultType]::ParameterName, 'Hold the scripts against this token, too: the JSON of `keyrite token show`')
            [CompletionResult]::new('--organisation', '--organisation', [CompletionResultType]::ParameterName, 'Organisation file, in place of the one that a script names')
            [CompletionResult]::new('--register', '--register', [CompletionResultType]::ParameterName, 'Register: who held which share before; only read')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'List the rules that scripts are held to')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;diff' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day on which waivers and reviews are judged; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;rehearse' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Folder for the record and what was made; must not exist yet. Without it nothing is kept')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'What the throwaway values follow from: up to 64 hexadecimal digits')
            [CompletionResult]::new('--token-profile', '--token-profile', [CompletionResultType]::ParameterName, 'Rehearse on a stand-in for this token: the JSON of `keyrite token show`')
            [CompletionResult]::new('--organisation', '--organisation', [CompletionResultType]::ParameterName, 'Organisation file, in place of the one that the script names')
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'Compare the transcript with this file; what changes from run to run is masked')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('--faults', '--faults', [CompletionResultType]::ParameterName, 'Break each step in turn: kill the process, fill the disk, make people err; then resume')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List the faults, and strike none')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;run' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Folder for the record and what was made; must not exist yet, unless --resume or --abort')
            [CompletionResult]::new('--answers', '--answers', [CompletionResultType]::ParameterName, 'Prepared answers to questions about public facts; never a secret')
            [CompletionResult]::new('--organisation', '--organisation', [CompletionResultType]::ParameterName, 'Organisation file, in place of the one that the script names')
            [CompletionResult]::new('--register', '--register', [CompletionResultType]::ParameterName, 'Register whose last record this one follows, so that none can be dropped unseen; only read')
            [CompletionResult]::new('--kill-at', '--kill-at', [CompletionResultType]::ParameterName, 'Die at the write of that number, as of `kill -9`: `7` in the middle of it, `7:after` behind it; in practice only')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'PKCS#11 module of the HSM''s maker, or a URI that names it (`pkcs11:?module-path=…`)')
            [CompletionResult]::new('--pin-file', '--pin-file', [CompletionResultType]::ParameterName, 'File with the PIN of the token, readable by its owner only; asked for if absent')
            [CompletionResult]::new('--machine', '--machine', [CompletionResultType]::ParameterName, 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How long one call of the module may take')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Take up an interrupted ceremony')
            [CompletionResult]::new('--abort', '--abort', [CompletionResultType]::ParameterName, 'End an interrupted ceremony: put away what is half-made, and seal the record')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;sign' {
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Who signs: the id in the script')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'OpenSSH private key, or a signature made with it by `ssh-keygen -Y sign`')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'Token that holds the signing key: `pkcs11:token=LABEL;serial=NUMBER?module-path=FILE`')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Label of the signing key in the token')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'PKCS#11 module of the HSM''s maker, or a URI that names it (`pkcs11:?module-path=…`)')
            [CompletionResult]::new('--pin-file', '--pin-file', [CompletionResultType]::ParameterName, 'File with the PIN of the token, readable by its owner only; asked for if absent')
            [CompletionResult]::new('--machine', '--machine', [CompletionResultType]::ParameterName, 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How long one call of the module may take')
            [CompletionResult]::new('--disagree', '--disagree', [CompletionResultType]::ParameterName, 'Sign that you do not agree with the record, and why')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('--agent', '--agent', [CompletionResultType]::ParameterName, 'Sign with the key that ssh-agent holds; one in a security key wants a touch')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;verify' {
            [CompletionResult]::new('--require', '--require', [CompletionResultType]::ParameterName, 'What the ceremony must be besides sound; may be repeated')
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--programs', '--programs', [CompletionResultType]::ParameterName, 'Programs and PKCS#11 modules that the auditor trusts: digests as sha256sum writes them')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;export' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Go on behind this line of each record, or with entries of this moment and later')
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the events')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;reconcile' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Whose log it is')
            [CompletionResult]::new('--skew', '--skew', [CompletionResultType]::ParameterName, 'By how much the clocks may differ')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'First day that counts; the first of the log if absent')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Last day that counts; the last of the log if absent')
            [CompletionResult]::new('--used', '--used', [CompletionResultType]::ParameterName, 'Show who used this key, from where, how often, and when last')
            [CompletionResult]::new('--inventory', '--inventory', [CompletionResultType]::ParameterName, 'The provider''s own list of keys: those that no record knows are findings')
            [CompletionResult]::new('--access', '--access', [CompletionResultType]::ParameterName, 'Two snapshots of who can get at a key, each a file or a folder: shows who came and who went')
            [CompletionResult]::new('--key-id', '--key-id', [CompletionResultType]::ParameterName, 'The key of the two snapshots, by its name at the provider')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Folder that is made for the findings and the script; must not exist yet')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;print' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'File for the page; must not exist yet')
            [CompletionResult]::new('--organisation', '--organisation', [CompletionResultType]::ParameterName, 'Organisation file, in place of the one that the script names')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Whose copy it is: a role, or a person''s id in the script; their steps are marked')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('--large', '--large', [CompletionResultType]::ParameterName, 'Letters of 18 points and more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;report' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the report; by the ending of --out if absent, else html')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'File for the report, outside the ceremony''s folder; must not exist yet')
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;wrap' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Provider, as `aws-kms`')
            [CompletionResult]::new('--algorithm', '--algorithm', [CompletionResultType]::ParameterName, 'The provider''s name of the wrapping algorithm')
            [CompletionResult]::new('--wrapping-key', '--wrapping-key', [CompletionResultType]::ParameterName, 'Wrapping key: what the provider hands out (JSON, JWK, ZIP), or the key alone (PEM, DER)')
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'The plain key: raw bytes, or PKCS#8 DER of a pair')
            [CompletionResult]::new('--key-type', '--key-type', [CompletionResultType]::ParameterName, 'Type of the key, as `aes-256`')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Folder that is made for the result; must not exist yet')
            [CompletionResult]::new('--import-token', '--import-token', [CompletionResultType]::ParameterName, 'Import token, where it comes as a file of its own')
            [CompletionResult]::new('--key-id', '--key-id', [CompletionResultType]::ParameterName, 'The key at the provider')
            [CompletionResult]::new('--valid-for-days', '--valid-for-days', [CompletionResultType]::ParameterName, 'Days that the provider keeps the material; for ever if absent')
            [CompletionResult]::new('--import-type', '--import-type', [CompletionResultType]::ParameterName, 'What the import is, where the key has material already: `new` or `existing`')
            [CompletionResult]::new('--wrapping-key-id', '--wrapping-key-id', [CompletionResultType]::ParameterName, 'The provider''s id of the wrapping key, as Azure''s URL with a version')
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'Token that holds the key: `pkcs11:token=LABEL;serial=NUMBER?module-path=FILE`')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Label of the key in the token')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'PKCS#11 module of the HSM''s maker, or a URI that names it (`pkcs11:?module-path=…`)')
            [CompletionResult]::new('--pin-file', '--pin-file', [CompletionResultType]::ParameterName, 'File with the PIN of the token, readable by its owner only; asked for if absent')
            [CompletionResult]::new('--machine', '--machine', [CompletionResultType]::ParameterName, 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How long one call of the module may take')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;providers' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;fingerprint' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;given' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('--versions', '--versions', [CompletionResultType]::ParameterName, 'Of a register: print the `versions:` block instead, with which a rotation begins')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;confirm' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Provider id')
            [CompletionResult]::new('--answer', '--answer', [CompletionResultType]::ParameterName, 'What the provider''s tool printed; can be given several times')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Label of the key, where several were wrapped for the provider')
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Input that it was wrapped for, where the provider has several')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Folder that is made, with the ceremony that records it')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register' {
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Take ceremonies in')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the ceremonies, and whether their records follow each other')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what is known of a key, or of all')
            [CompletionResult]::new('due', 'due', [CompletionResultType]::ParameterValue, 'List what is to be done, and by when')
            [CompletionResult]::new('custody', 'custody', [CompletionResultType]::ParameterValue, 'Show who holds which share, and whether the key can still be rebuilt')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Verify every record anew, and hold the register against checkpoints')
            [CompletionResult]::new('checkpoint', 'checkpoint', [CompletionResultType]::ParameterValue, 'Write down what the register holds, to be signed and kept outside')
            [CompletionResult]::new('age', 'age', [CompletionResultType]::ParameterValue, 'Show how old keys are, and how that fits their cryptoperiods')
            [CompletionResult]::new('cryptoperiods', 'cryptoperiods', [CompletionResultType]::ParameterValue, 'Show which cryptoperiod is defined for every key, by type of key')
            [CompletionResult]::new('locations', 'locations', [CompletionResultType]::ParameterValue, 'Show every place where a key, or something that gives it back, is or was')
            [CompletionResult]::new('backups', 'backups', [CompletionResultType]::ParameterValue, 'Show which backup every key has, and when it was last tested')
            [CompletionResult]::new('decision', 'decision', [CompletionResultType]::ParameterValue, 'Show why each key is managed as it is, who decided that, and whether it still holds')
            [CompletionResult]::new('deviations', 'deviations', [CompletionResultType]::ParameterValue, 'List what went otherwise than rules and scripts say')
            [CompletionResult]::new('inventory', 'inventory', [CompletionResultType]::ParameterValue, 'List HSMs with their certificates, where each was seen last, and tokens that people keep')
            [CompletionResult]::new('prove', 'prove', [CompletionResultType]::ParameterValue, 'Show whether a claim follows from records, point by point')
            [CompletionResult]::new('evidence', 'evidence', [CompletionResultType]::ParameterValue, 'Write a folder that leads from each requirement of a standard to the lines that speak to it')
            [CompletionResult]::new('who', 'who', [CompletionResultType]::ParameterValue, 'Show who can use, manage and rebuild a key, and what of that is not known')
            [CompletionResult]::new('access', 'access', [CompletionResultType]::ParameterValue, 'Show or prepare reviews of who can get at keys at their providers')
            [CompletionResult]::new('person', 'person', [CompletionResultType]::ParameterValue, 'List people, and what somebody who leaves can get at')
            [CompletionResult]::new('acknowledgements', 'acknowledgements', [CompletionResultType]::ParameterValue, 'Show whose acknowledgement holds, runs out or is missing')
            [CompletionResult]::new('matrix', 'matrix', [CompletionResultType]::ParameterValue, 'Show who held which role in which kind of ceremony, and what policies ask for')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;register;add' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;list' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;show' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;due' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--within', '--within', [CompletionResultType]::ParameterName, 'How far ahead, as `30d`; what is overdue is listed anyway')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;custody' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;verify' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--checkpoint', '--checkpoint', [CompletionResultType]::ParameterName, 'What was written down before, with the signatures beside it')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;checkpoint' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'New file of the checkpoint')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;age' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;cryptoperiods' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;locations' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;backups' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--untested-since', '--untested-since', [CompletionResultType]::ParameterName, 'Only those without a test so long, as `365d`; what policies say does not count then')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;decision' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;deviations' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only from this day on')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;inventory' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;prove' {
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'That what a provider holds is the key that was made')
            [CompletionResult]::new('destroyed', 'destroyed', [CompletionResultType]::ParameterValue, 'That a key is gone from every place where it was')
            [CompletionResult]::new('departed', 'departed', [CompletionResultType]::ParameterValue, 'That somebody who left can get at nothing any more; exit code 5: something is open')
            [CompletionResult]::new('dual-control', 'dual-control', [CompletionResultType]::ParameterValue, 'That two people or more were there whenever a key could be got at; exit code 5: not always')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;register;prove;import' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;prove;destroyed' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;prove;departed' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;prove;dual-control' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;prove;help' {
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'That what a provider holds is the key that was made')
            [CompletionResult]::new('destroyed', 'destroyed', [CompletionResultType]::ParameterValue, 'That a key is gone from every place where it was')
            [CompletionResult]::new('departed', 'departed', [CompletionResultType]::ParameterValue, 'That somebody who left can get at nothing any more; exit code 5: something is open')
            [CompletionResult]::new('dual-control', 'dual-control', [CompletionResultType]::ParameterValue, 'That two people or more were there whenever a key could be got at; exit code 5: not always')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;register;prove;help;import' {
            break
        }
        'keyrite;register;prove;help;destroyed' {
            break
        }
        'keyrite;register;prove;help;departed' {
            break
        }
        'keyrite;register;prove;help;dual-control' {
            break
        }
        'keyrite;register;prove;help;help' {
            break
        }
        'keyrite;register;evidence' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--framework', '--framework', [CompletionResultType]::ParameterName, 'The standard')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Folder that is made; must not exist yet')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;who' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;access' {
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show who can get at keys at their providers, by the last review, and what should not be')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Read what a provider''s tool printed; prepare the review')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;register;access;show' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;access;import' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'The provider, as `aws-kms`')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Label of the key')
            [CompletionResult]::new('--key-id', '--key-id', [CompletionResultType]::ParameterName, 'The key at the provider by its whole name; where the register knows one, that one if absent')
            [CompletionResult]::new('--taken-on', '--taken-on', [CompletionResultType]::ParameterName, 'The day on which the files were fetched; today if absent')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Folder that is made for the script and the files; must not exist yet')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;access;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show who can get at keys at their providers, by the last review, and what should not be')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Read what a provider''s tool printed; prepare the review')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;register;access;help;show' {
            break
        }
        'keyrite;register;access;help;import' {
            break
        }
        'keyrite;register;access;help;help' {
            break
        }
        'keyrite;register;person' {
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List everybody whom a record names')
            [CompletionResult]::new('leave', 'leave', [CompletionResultType]::ParameterValue, 'List what somebody who leaves can get at, and what must happen; prepare the ceremony')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;register;person;list' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;person;leave' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--on', '--on', [CompletionResultType]::ParameterName, 'His last day; today if absent')
            [CompletionResult]::new('--because', '--because', [CompletionResultType]::ParameterName, 'Why, in a few words')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Folder that is made for the script; must not exist yet')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;person;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List everybody whom a record names')
            [CompletionResult]::new('leave', 'leave', [CompletionResultType]::ParameterValue, 'List what somebody who leaves can get at, and what must happen; prepare the ceremony')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;register;person;help;list' {
            break
        }
        'keyrite;register;person;help;leave' {
            break
        }
        'keyrite;register;person;help;help' {
            break
        }
        'keyrite;register;acknowledgements' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--within', '--within', [CompletionResultType]::ParameterName, 'How far ahead an end is told, as `30d`')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;matrix' {
            [CompletionResult]::new('--allowed-signers', '--allowed-signers', [CompletionResultType]::ParameterName, 'The auditor''s own list of keys, in OpenSSH''s format')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--as-of', '--as-of', [CompletionResultType]::ParameterName, 'Day for which is answered; today if absent')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;register;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Take ceremonies in')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the ceremonies, and whether their records follow each other')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show what is known of a key, or of all')
            [CompletionResult]::new('due', 'due', [CompletionResultType]::ParameterValue, 'List what is to be done, and by when')
            [CompletionResult]::new('custody', 'custody', [CompletionResultType]::ParameterValue, 'Show who holds which share, and whether the key can still be rebuilt')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Verify every record anew, and hold the register against checkpoints')
            [CompletionResult]::new('checkpoint', 'checkpoint', [CompletionResultType]::ParameterValue, 'Write down what the register holds, to be signed and kept outside')
            [CompletionResult]::new('age', 'age', [CompletionResultType]::ParameterValue, 'Show how old keys are, and how that fits their cryptoperiods')
            [CompletionResult]::new('cryptoperiods', 'cryptoperiods', [CompletionResultType]::ParameterValue, 'Show which cryptoperiod is defined for every key, by type of key')
            [CompletionResult]::new('locations', 'locations', [CompletionResultType]::ParameterValue, 'Show every place where a key, or something that gives it back, is or was')
            [CompletionResult]::new('backups', 'backups', [CompletionResultType]::ParameterValue, 'Show which backup every key has, and when it was last tested')
            [CompletionResult]::new('decision', 'decision', [CompletionResultType]::ParameterValue, 'Show why each key is managed as it is, who decided that, and whether it still holds')
            [CompletionResult]::new('deviations', 'deviations', [CompletionResultType]::ParameterValue, 'List what went otherwise than rules and scripts say')
            [CompletionResult]::new('inventory', 'inventory', [CompletionResultType]::ParameterValue, 'List HSMs with their certificates, where each was seen last, and tokens that people keep')
            [CompletionResult]::new('prove', 'prove', [CompletionResultType]::ParameterValue, 'Show whether a claim follows from records, point by point')
            [CompletionResult]::new('evidence', 'evidence', [CompletionResultType]::ParameterValue, 'Write a folder that leads from each requirement of a standard to the lines that speak to it')
            [CompletionResult]::new('who', 'who', [CompletionResultType]::ParameterValue, 'Show who can use, manage and rebuild a key, and what of that is not known')
            [CompletionResult]::new('access', 'access', [CompletionResultType]::ParameterValue, 'Show or prepare reviews of who can get at keys at their providers')
            [CompletionResult]::new('person', 'person', [CompletionResultType]::ParameterValue, 'List people, and what somebody who leaves can get at')
            [CompletionResult]::new('acknowledgements', 'acknowledgements', [CompletionResultType]::ParameterValue, 'Show whose acknowledgement holds, runs out or is missing')
            [CompletionResult]::new('matrix', 'matrix', [CompletionResultType]::ParameterValue, 'Show who held which role in which kind of ceremony, and what policies ask for')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;register;help;add' {
            break
        }
        'keyrite;register;help;list' {
            break
        }
        'keyrite;register;help;show' {
            break
        }
        'keyrite;register;help;due' {
            break
        }
        'keyrite;register;help;custody' {
            break
        }
        'keyrite;register;help;verify' {
            break
        }
        'keyrite;register;help;checkpoint' {
            break
        }
        'keyrite;register;help;age' {
            break
        }
        'keyrite;register;help;cryptoperiods' {
            break
        }
        'keyrite;register;help;locations' {
            break
        }
        'keyrite;register;help;backups' {
            break
        }
        'keyrite;register;help;decision' {
            break
        }
        'keyrite;register;help;deviations' {
            break
        }
        'keyrite;register;help;inventory' {
            break
        }
        'keyrite;register;help;prove' {
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'That what a provider holds is the key that was made')
            [CompletionResult]::new('destroyed', 'destroyed', [CompletionResultType]::ParameterValue, 'That a key is gone from every place where it was')
            [CompletionResult]::new('departed', 'departed', [CompletionResultType]::ParameterValue, 'That somebody who left can get at nothing any more; exit code 5: something is open')
            [CompletionResult]::new('dual-control', 'dual-control', [CompletionResultType]::ParameterValue, 'That two people or more were there whenever a key could be got at; exit code 5: not always')
            break
        }
        'keyrite;register;help;prove;import' {
            break
        }
        'keyrite;register;help;prove;destroyed' {
            break
        }
        'keyrite;register;help;prove;departed' {
            break
        }
        'keyrite;register;help;prove;dual-control' {
            break
        }
        'keyrite;register;help;evidence' {
            break
        }
        'keyrite;register;help;who' {
            break
        }
        'keyrite;register;help;access' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show who can get at keys at their providers, by the last review, and what should not be')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Read what a provider''s tool printed; prepare the review')
            break
        }
        'keyrite;register;help;access;show' {
            break
        }
        'keyrite;register;help;access;import' {
            break
        }
        'keyrite;register;help;person' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List everybody whom a record names')
            [CompletionResult]::new('leave', 'leave', [CompletionResultType]::ParameterValue, 'List what somebody who leaves can get at, and what must happen; prepare the ceremony')
            break
        }
        'keyrite;register;help;person;list' {
            break
        }
        'keyrite;register;help;person;leave' {
            break
        }
        'keyrite;register;help;acknowledgements' {
            break
        }
        'keyrite;register;help;matrix' {
            break
        }
        'keyrite;register;help;help' {
            break
        }
        'keyrite;token' {
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'Module and token as a URI (RFC 7512): `pkcs11:token=LABEL;serial=SERIAL?module-path=FILE`; `x-init-args` is what the module takes when it is initialised')
            [CompletionResult]::new('--module', '--module', [CompletionResultType]::ParameterName, 'PKCS#11 module of the HSM''s maker, or a URI that names it (`pkcs11:?module-path=…`)')
            [CompletionResult]::new('--pin-file', '--pin-file', [CompletionResultType]::ParameterName, 'File with the PIN of the token, readable by its owner only; asked for if absent')
            [CompletionResult]::new('--machine', '--machine', [CompletionResultType]::ParameterName, 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]')
            [CompletionResult]::new('--token-timeout', '--token-timeout', [CompletionResultType]::ParameterName, 'How long one call of the module may take')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;split' {
            [CompletionResult]::new('--key-file', '--key-file', [CompletionResultType]::ParameterName, 'The secret, as bytes; `-` reads standard input')
            [CompletionResult]::new('--threshold', '--threshold', [CompletionResultType]::ParameterName, 'How many shares rebuild the secret')
            [CompletionResult]::new('--recipient', '--recipient', [CompletionResultType]::ParameterName, 'age recipient of one share; repeat it for every share')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Folder that is made for the shares; must not exist yet')
            [CompletionResult]::new('--key-type', '--key-type', [CompletionResultType]::ParameterName, 'Type of the key, as `aes-256`: the shares then carry its own check values')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'What the shares call the secret')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('--all-needed', '--all-needed', [CompletionResultType]::ParameterName, 'Let all shares be needed: one that is lost loses the secret')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;combine' {
            [CompletionResult]::new('--identity', '--identity', [CompletionResultType]::ParameterName, 'age identity file; may be repeated, and those that open nothing do not matter')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write the plain secret to this new file')
            [CompletionResult]::new('--backup', '--backup', [CompletionResultType]::ParameterName, 'Backup file, where the shares rebuild a backup key')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Ceremony whose record the shares must agree with')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('--check-value', '--check-value', [CompletionResultType]::ParameterName, 'Tell the check value of the secret, and nothing else')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;share' {
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check one share, alone: it opens, is whole, and fits its commitment')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Tell what a share belongs to; never the share itself')
            [CompletionResult]::new('card', 'card', [CompletionResultType]::ParameterValue, 'Put a share on paper: lines that are checked one by one, and a QR code')
            [CompletionResult]::new('drill', 'drill', [CompletionResultType]::ParameterValue, 'Prove possession: the share opens, is whole, and fits its commitment in a record; it is wiped at once')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;share;verify' {
            [CompletionResult]::new('--identity', '--identity', [CompletionResultType]::ParameterName, 'age identity file of its custodian; may be repeated')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Ceremony whose record the share must agree with')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;share;show' {
            [CompletionResult]::new('--identity', '--identity', [CompletionResultType]::ParameterName, 'age identity file of its custodian; may be repeated')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;share;card' {
            [CompletionResult]::new('--identity', '--identity', [CompletionResultType]::ParameterName, 'age identity file of its custodian; may be repeated')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'New file for the card: a page to print')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--text', '--text', [CompletionResultType]::ParameterName, 'Write text in place of a page')
            [CompletionResult]::new('--screen', '--screen', [CompletionResultType]::ParameterName, 'Show the card on the screen, for one person, and clear it')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;share;drill' {
            [CompletionResult]::new('--identity', '--identity', [CompletionResultType]::ParameterName, 'age identity file of its custodian; may be repeated')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Ceremony that dealt the share')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Form of the output')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;share;help' {
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check one share, alone: it opens, is whole, and fits its commitment')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Tell what a share belongs to; never the share itself')
            [CompletionResult]::new('card', 'card', [CompletionResultType]::ParameterValue, 'Put a share on paper: lines that are checked one by one, and a QR code')
            [CompletionResult]::new('drill', 'drill', [CompletionResultType]::ParameterValue, 'Prove possession: the share opens, is whole, and fits its commitment in a record; it is wiped at once')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;share;help;verify' {
            break
        }
        'keyrite;share;help;show' {
            break
        }
        'keyrite;share;help;card' {
            break
        }
        'keyrite;share;help;drill' {
            break
        }
        'keyrite;share;help;help' {
            break
        }
        'keyrite;schema' {
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'keyrite;man' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Folder that is made for all pages; must not exist yet')
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'keyrite;completions' {
            [CompletionResult]::new('--plain', '--plain', [CompletionResultType]::ParameterName, 'No colour, no spinner, no signs: for screen readers and recordings')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'keyrite;help' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check ceremony scripts')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Tell what is different between two scripts, or a script and a record')
            [CompletionResult]::new('rehearse', 'rehearse', [CompletionResultType]::ParameterValue, 'Play a script with throwaway keys and stand-ins')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a ceremony, live')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign a sealed record, or approve a script')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Verify the records of ceremonies')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Export records as events for a SIEM')
            [CompletionResult]::new('reconcile', 'reconcile', [CompletionResultType]::ParameterValue, 'Hold a provider''s log against the register')
            [CompletionResult]::new('print', 'print', [CompletionResultType]::ParameterValue, 'Print a script as a procedure on paper')
            [CompletionResult]::new('report', 'report', [CompletionResultType]::ParameterValue, 'Write the auditor''s report on a ceremony')
            [CompletionResult]::new('wrap', 'wrap', [CompletionResultType]::ParameterValue, 'Wrap one key that you already hold for import')
            [CompletionResult]::new('providers', 'providers', [CompletionResultType]::ParameterValue, 'List providers and their wrapping algorithms, or tell everything about one')
            [CompletionResult]::new('fingerprint', 'fingerprint', [CompletionResultType]::ParameterValue, 'Show the fingerprint of a wrapping key, in hexadecimal and in words to read aloud')
            [CompletionResult]::new('given', 'given', [CompletionResultType]::ParameterValue, 'Print what a ceremony, or a register, gives to a later ceremony')
            [CompletionResult]::new('confirm', 'confirm', [CompletionResultType]::ParameterValue, 'Hold what a provider answered of an imported key against the record that wrapped it')
            [CompletionResult]::new('register', 'register', [CompletionResultType]::ParameterValue, 'Take ceremonies into the register, and ask it')
            [CompletionResult]::new('token', 'token', [CompletionResultType]::ParameterValue, 'See which tokens a PKCS#11 module has, and find out what one of them can do')
            [CompletionResult]::new('split', 'split', [CompletionResultType]::ParameterValue, 'Split one secret that you already hold')
            [CompletionResult]::new('combine', 'combine', [CompletionResultType]::ParameterValue, 'Rebuild a secret from its shares')
            [CompletionResult]::new('share', 'share', [CompletionResultType]::ParameterValue, 'Look after one share: verify it, prove that you have it, put it on paper')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of scripts, or of organisation files, for editors')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print a manual page, or write all of them')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'keyrite;help;check' {
            break
        }
        'keyrite;help;diff' {
            break
        }
        'keyrite;help;rehearse' {
            break
        }
        'keyrite;help;run' {
            break
        }
        'keyrite;help;sign' {
            break
        }
        'keyrite;help;verify' {
            break
        }
        'keyrite;help;export' {
            break
        }
        'keyrite;help;reconcile' {
            break
        }
        'keyrite;help;print' {
            break
        }
        'keyrite;help;report' {
            break
        }
        'keyrite;help;wrap' {
            break
        }
        'keyrite;help;providers' {
            break
        }
        'keyrite;help;fingerprint' {
            break
        }
        'keyrite;help;given' {
            break
        }
        'keyrite;help;confirm' {
            break
        }
        'keyrite;help;register' {
            break
        }
        'keyrite;help;token' {
            break
        }
        'keyrite;help;split' {
            break
        }
        'keyrite;help;combine' {
            break
        }
        'keyrite;help;share' {
            break
        }
        'keyrite;help;schema' {
            break
        }
        'keyrite;help;man' {
            break
        }
        'keyrite;help;completions' {
            break
        }
        'keyrite;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
