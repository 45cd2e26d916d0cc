# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_keyrite_global_optspecs
    string join \n plain V/version digest h/help
end

function __fish_keyrite_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_keyrite_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_keyrite_using_subcommand
    set -l cmd (__fish_keyrite_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c keyrite -n "__fish_keyrite_needs_command" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_needs_command" -s V -l version -d 'Print the version'
complete -c keyrite -n "__fish_keyrite_needs_command" -l digest -d 'With --version: the SHA-256 of this program\'s file too, in hexadecimal and in words'
complete -c keyrite -n "__fish_keyrite_needs_command" -s h -l help -d 'Print help'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "check" -d 'Check ceremony scripts'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "diff" -d 'Tell what is different between two scripts, or a script and a record'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "rehearse" -d 'Play a script with throwaway keys and stand-ins'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "run" -d 'Run a ceremony, live'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "sign" -d 'Sign a sealed record, or approve a script'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "verify" -d 'Verify the records of ceremonies'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "export" -d 'Export records as events for a SIEM'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "reconcile" -d 'Hold a provider\'s log against the register'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "print" -d 'Print a script as a procedure on paper'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "report" -d 'Write the auditor\'s report on a ceremony'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "wrap" -d 'Wrap one key that you already hold for import'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "providers" -d 'List providers and their wrapping algorithms, or tell everything about one'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "fingerprint" -d 'Show the fingerprint of a wrapping key, in hexadecimal and in words to read aloud'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "given" -d 'Print what a ceremony, or a register, gives to a later ceremony'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "confirm" -d 'Hold what a provider answered of an imported key against the record that wrapped it'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "register" -d 'Take ceremonies into the register, and ask it'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "token" -d 'See which tokens a PKCS#11 module has, and find out what one of them can do'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "split" -d 'Split one secret that you already hold'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "combine" -d 'Rebuild a secret from its shares'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "share" -d 'Look after one share: verify it, prove that you have it, put it on paper'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "schema" -d 'Print the JSON Schema of scripts, or of organisation files, for editors'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "man" -d 'Print a manual page, or write all of them'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c keyrite -n "__fish_keyrite_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keyrite -n "__fish_keyrite_using_subcommand check" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'
sarif\t'SARIF 2.1.0, for code hosts'
junit\t'JUnit XML, for CI'"
complete -c keyrite -n "__fish_keyrite_using_subcommand check" -l as-of -d 'Day on which waivers and reviews are judged; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand check" -l token-profile -d 'Hold the scripts against this token, too: the JSON of `keyrite token show`' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand check" -l organisation -d 'Organisation file, in place of the one that a script names' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand check" -l register -d 'Register: who held which share before; only read' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand check" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand check" -l rules -d 'List the rules that scripts are held to'
complete -c keyrite -n "__fish_keyrite_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand diff" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand diff" -l as-of -d 'Day on which waivers and reviews are judged; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand diff" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand rehearse" -l out -d 'Folder for the record and what was made; must not exist yet. Without it nothing is kept' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand rehearse" -l seed -d 'What the throwaway values follow from: up to 64 hexadecimal digits' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand rehearse" -l token-profile -d 'Rehearse on a stand-in for this token: the JSON of `keyrite token show`' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand rehearse" -l organisation -d 'Organisation file, in place of the one that the script names' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand rehearse" -l expect -d 'Compare the transcript with this file; what changes from run to run is masked' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand rehearse" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand rehearse" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand rehearse" -l faults -d 'Break each step in turn: kill the process, fill the disk, make people err; then resume'
complete -c keyrite -n "__fish_keyrite_using_subcommand rehearse" -l list -d 'List the faults, and strike none'
complete -c keyrite -n "__fish_keyrite_using_subcommand rehearse" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l out -d 'Folder for the record and what was made; must not exist yet, unless --resume or --abort' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l answers -d 'Prepared answers to questions about public facts; never a secret' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l organisation -d 'Organisation file, in place of the one that the script names' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l register -d 'Register whose last record this one follows, so that none can be dropped unseen; only read' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l kill-at -d 'Die at the write of that number, as of `kill -9`: `7` in the middle of it, `7:after` behind it; in practice only' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l module -d 'PKCS#11 module of the HSM\'s maker, or a URI that names it (`pkcs11:?module-path=…`)' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l pin-file -d 'File with the PIN of the token, readable by its owner only; asked for if absent' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l machine -d 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l token-timeout -d 'How long one call of the module may take' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l resume -d 'Take up an interrupted ceremony'
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -l abort -d 'End an interrupted ceremony: put away what is half-made, and seal the record'
complete -c keyrite -n "__fish_keyrite_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l as -d 'Who signs: the id in the script' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l key -d 'OpenSSH private key, or a signature made with it by `ssh-keygen -Y sign`' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l token -d 'Token that holds the signing key: `pkcs11:token=LABEL;serial=NUMBER?module-path=FILE`' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l label -d 'Label of the signing key in the token' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l module -d 'PKCS#11 module of the HSM\'s maker, or a URI that names it (`pkcs11:?module-path=…`)' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l pin-file -d 'File with the PIN of the token, readable by its owner only; asked for if absent' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l machine -d 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l token-timeout -d 'How long one call of the module may take' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l disagree -d 'Sign that you do not agree with the record, and why' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -l agent -d 'Sign with the key that ssh-agent holds; one in a security key wants a touch'
complete -c keyrite -n "__fish_keyrite_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand verify" -l require -d 'What the ceremony must be besides sound; may be repeated' -r -f -a "production\t'In production, not in practice or rehearsed'
complete\t'Done to its end, not aborted'"
complete -c keyrite -n "__fish_keyrite_using_subcommand verify" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand verify" -l programs -d 'Programs and PKCS#11 modules that the auditor trusts: digests as sha256sum writes them' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand verify" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'
junit\t'JUnit XML, for CI'"
complete -c keyrite -n "__fish_keyrite_using_subcommand verify" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand export" -l since -d 'Go on behind this line of each record, or with entries of this moment and later' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand export" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand export" -l format -d 'Form of the events' -r -f -a "ocsf\t'Open Cybersecurity Schema Framework 1.6.0, one JSON object a line'"
complete -c keyrite -n "__fish_keyrite_using_subcommand export" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l provider -d 'Whose log it is' -r -f -a "aws\t'AWS CloudTrail'
google\t'Google Cloud audit logs'
azure\t'Azure Key Vault and Managed HSM: `AuditEvent` and the Activity Log'
vault\t'Audit files of Vault and OpenBao'"
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l skew -d 'By how much the clocks may differ' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l from -d 'First day that counts; the first of the log if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l to -d 'Last day that counts; the last of the log if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l used -d 'Show who used this key, from where, how often, and when last' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l inventory -d 'The provider\'s own list of keys: those that no record knows are findings' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l access -d 'Two snapshots of who can get at a key, each a file or a folder: shows who came and who went' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l key-id -d 'The key of the two snapshots, by its name at the provider' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l out -d 'Folder that is made for the findings and the script; must not exist yet' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand reconcile" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand print" -l out -d 'File for the page; must not exist yet' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand print" -l organisation -d 'Organisation file, in place of the one that the script names' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand print" -l role -d 'Whose copy it is: a role, or a person\'s id in the script; their steps are marked' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand print" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand print" -l large -d 'Letters of 18 points and more'
complete -c keyrite -n "__fish_keyrite_using_subcommand print" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand report" -l format -d 'Form of the report; by the ending of --out if absent, else html' -r -f -a "html\t'One page for screens and for paper'
md\t'Markdown'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand report" -l out -d 'File for the report, outside the ceremony\'s folder; must not exist yet' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand report" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand report" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l provider -d 'Provider, as `aws-kms`' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l algorithm -d 'The provider\'s name of the wrapping algorithm' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l wrapping-key -d 'Wrapping key: what the provider hands out (JSON, JWK, ZIP), or the key alone (PEM, DER)' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l key-file -d 'The plain key: raw bytes, or PKCS#8 DER of a pair' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l key-type -d 'Type of the key, as `aes-256`' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l out -d 'Folder that is made for the result; must not exist yet' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l import-token -d 'Import token, where it comes as a file of its own' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l key-id -d 'The key at the provider' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l valid-for-days -d 'Days that the provider keeps the material; for ever if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l import-type -d 'What the import is, where the key has material already: `new` or `existing`' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l wrapping-key-id -d 'The provider\'s id of the wrapping key, as Azure\'s URL with a version' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l token -d 'Token that holds the key: `pkcs11:token=LABEL;serial=NUMBER?module-path=FILE`' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l label -d 'Label of the key in the token' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l module -d 'PKCS#11 module of the HSM\'s maker, or a URI that names it (`pkcs11:?module-path=…`)' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l pin-file -d 'File with the PIN of the token, readable by its owner only; asked for if absent' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l machine -d 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l token-timeout -d 'How long one call of the module may take' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand wrap" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand providers" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand providers" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand providers" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand fingerprint" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand fingerprint" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand fingerprint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand given" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand given" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand given" -l versions -d 'Of a register: print the `versions:` block instead, with which a rotation begins'
complete -c keyrite -n "__fish_keyrite_using_subcommand given" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand confirm" -l provider -d 'Provider id' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand confirm" -l answer -d 'What the provider\'s tool printed; can be given several times' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand confirm" -l key -d 'Label of the key, where several were wrapped for the provider' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand confirm" -l for -d 'Input that it was wrapped for, where the provider has several' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand confirm" -l out -d 'Folder that is made, with the ceremony that records it' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand confirm" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand confirm" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand confirm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "add" -d 'Take ceremonies in'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "list" -d 'List the ceremonies, and whether their records follow each other'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "show" -d 'Show what is known of a key, or of all'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "due" -d 'List what is to be done, and by when'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "custody" -d 'Show who holds which share, and whether the key can still be rebuilt'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "verify" -d 'Verify every record anew, and hold the register against checkpoints'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "checkpoint" -d 'Write down what the register holds, to be signed and kept outside'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "age" -d 'Show how old keys are, and how that fits their cryptoperiods'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "cryptoperiods" -d 'Show which cryptoperiod is defined for every key, by type of key'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "locations" -d 'Show every place where a key, or something that gives it back, is or was'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "backups" -d 'Show which backup every key has, and when it was last tested'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "decision" -d 'Show why each key is managed as it is, who decided that, and whether it still holds'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "deviations" -d 'List what went otherwise than rules and scripts say'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "inventory" -d 'List HSMs with their certificates, where each was seen last, and tokens that people keep'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "prove" -d 'Show whether a claim follows from records, point by point'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "evidence" -d 'Write a folder that leads from each requirement of a standard to the lines that speak to it'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "who" -d 'Show who can use, manage and rebuild a key, and what of that is not known'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "access" -d 'Show or prepare reviews of who can get at keys at their providers'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "person" -d 'List people, and what somebody who leaves can get at'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "acknowledgements" -d 'Show whose acknowledgement holds, runs out or is missing'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "matrix" -d 'Show who held which role in which kind of ceremony, and what policies ask for'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and not __fish_seen_subcommand_from add list show due custody verify checkpoint age cryptoperiods locations backups decision deviations inventory prove evidence who access person acknowledgements matrix help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from add" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from add" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from add" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from list" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from list" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from list" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from show" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from show" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from show" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from show" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from due" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from due" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from due" -l within -d 'How far ahead, as `30d`; what is overdue is listed anyway' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from due" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from due" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from due" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from custody" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from custody" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from custody" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from custody" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from custody" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from verify" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from verify" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from verify" -l checkpoint -d 'What was written down before, with the signatures beside it' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from verify" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from checkpoint" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from checkpoint" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from checkpoint" -l out -d 'New file of the checkpoint' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from checkpoint" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from checkpoint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from age" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from age" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from age" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from age" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from age" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from cryptoperiods" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from cryptoperiods" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from cryptoperiods" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from cryptoperiods" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from cryptoperiods" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from locations" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from locations" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from locations" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from locations" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from locations" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from backups" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from backups" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from backups" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from backups" -l untested-since -d 'Only those without a test so long, as `365d`; what policies say does not count then' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from backups" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from backups" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from decision" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from decision" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from decision" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from decision" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from decision" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from deviations" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from deviations" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from deviations" -l since -d 'Only from this day on' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from deviations" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from deviations" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from deviations" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from inventory" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from inventory" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from inventory" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from inventory" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from inventory" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from prove" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from prove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from prove" -f -a "import" -d 'That what a provider holds is the key that was made'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from prove" -f -a "destroyed" -d 'That a key is gone from every place where it was'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from prove" -f -a "departed" -d 'That somebody who left can get at nothing any more; exit code 5: something is open'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from prove" -f -a "dual-control" -d 'That two people or more were there whenever a key could be got at; exit code 5: not always'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from prove" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from evidence" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from evidence" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from evidence" -l framework -d 'The standard' -r -f -a "pci-dss-4.0.1\t'Payment cards: PCI DSS 4.0.1, requirements 3.6 and 3.7'
nist-800-57\t'NIST SP 800-57 part 1'
cabf-br\t'CA/Browser Forum Baseline Requirements'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from evidence" -l out -d 'Folder that is made; must not exist yet' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from evidence" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from evidence" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from evidence" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from who" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from who" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from who" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from who" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from who" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from access" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from access" -s h -l help -d 'Print help'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from access" -f -a "show" -d 'Show who can get at keys at their providers, by the last review, and what should not be'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from access" -f -a "import" -d 'Read what a provider\'s tool printed; prepare the review'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from access" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from person" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from person" -s h -l help -d 'Print help'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from person" -f -a "list" -d 'List everybody whom a record names'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from person" -f -a "leave" -d 'List what somebody who leaves can get at, and what must happen; prepare the ceremony'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from person" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from acknowledgements" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from acknowledgements" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from acknowledgements" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from acknowledgements" -l within -d 'How far ahead an end is told, as `30d`' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from acknowledgements" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from acknowledgements" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from matrix" -l allowed-signers -d 'The auditor\'s own list of keys, in OpenSSH\'s format' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from matrix" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from matrix" -l as-of -d 'Day for which is answered; today if absent' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from matrix" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from matrix" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "add" -d 'Take ceremonies in'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the ceremonies, and whether their records follow each other'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show what is known of a key, or of all'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "due" -d 'List what is to be done, and by when'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "custody" -d 'Show who holds which share, and whether the key can still be rebuilt'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Verify every record anew, and hold the register against checkpoints'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "checkpoint" -d 'Write down what the register holds, to be signed and kept outside'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "age" -d 'Show how old keys are, and how that fits their cryptoperiods'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "cryptoperiods" -d 'Show which cryptoperiod is defined for every key, by type of key'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "locations" -d 'Show every place where a key, or something that gives it back, is or was'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "backups" -d 'Show which backup every key has, and when it was last tested'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "decision" -d 'Show why each key is managed as it is, who decided that, and whether it still holds'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "deviations" -d 'List what went otherwise than rules and scripts say'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "inventory" -d 'List HSMs with their certificates, where each was seen last, and tokens that people keep'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "prove" -d 'Show whether a claim follows from records, point by point'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "evidence" -d 'Write a folder that leads from each requirement of a standard to the lines that speak to it'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "who" -d 'Show who can use, manage and rebuild a key, and what of that is not known'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "access" -d 'Show or prepare reviews of who can get at keys at their providers'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "person" -d 'List people, and what somebody who leaves can get at'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "acknowledgements" -d 'Show whose acknowledgement holds, runs out or is missing'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "matrix" -d 'Show who held which role in which kind of ceremony, and what policies ask for'
complete -c keyrite -n "__fish_keyrite_using_subcommand register; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keyrite -n "__fish_keyrite_using_subcommand token" -l token -d 'Module and token as a URI (RFC 7512): `pkcs11:token=LABEL;serial=SERIAL?module-path=FILE`; `x-init-args` is what the module takes when it is initialised' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand token" -l module -d 'PKCS#11 module of the HSM\'s maker, or a URI that names it (`pkcs11:?module-path=…`)' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand token" -l pin-file -d 'File with the PIN of the token, readable by its owner only; asked for if absent' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand token" -l machine -d 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand token" -l token-timeout -d 'How long one call of the module may take' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand token" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand token" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand split" -l key-file -d 'The secret, as bytes; `-` reads standard input' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand split" -l threshold -d 'How many shares rebuild the secret' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand split" -l recipient -d 'age recipient of one share; repeat it for every share' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand split" -l out -d 'Folder that is made for the shares; must not exist yet' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand split" -l key-type -d 'Type of the key, as `aes-256`: the shares then carry its own check values' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand split" -l label -d 'What the shares call the secret' -r
complete -c keyrite -n "__fish_keyrite_using_subcommand split" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand split" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand split" -l all-needed -d 'Let all shares be needed: one that is lost loses the secret'
complete -c keyrite -n "__fish_keyrite_using_subcommand split" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand combine" -l identity -d 'age identity file; may be repeated, and those that open nothing do not matter' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand combine" -l out -d 'Write the plain secret to this new file' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand combine" -l backup -d 'Backup file, where the shares rebuild a backup key' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand combine" -l record -d 'Ceremony whose record the shares must agree with' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand combine" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand combine" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand combine" -l check-value -d 'Tell the check value of the secret, and nothing else'
complete -c keyrite -n "__fish_keyrite_using_subcommand combine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and not __fish_seen_subcommand_from verify show card drill help" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and not __fish_seen_subcommand_from verify show card drill help" -s h -l help -d 'Print help'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and not __fish_seen_subcommand_from verify show card drill help" -f -a "verify" -d 'Check one share, alone: it opens, is whole, and fits its commitment'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and not __fish_seen_subcommand_from verify show card drill help" -f -a "show" -d 'Tell what a share belongs to; never the share itself'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and not __fish_seen_subcommand_from verify show card drill help" -f -a "card" -d 'Put a share on paper: lines that are checked one by one, and a QR code'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and not __fish_seen_subcommand_from verify show card drill help" -f -a "drill" -d 'Prove possession: the share opens, is whole, and fits its commitment in a record; it is wiped at once'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and not __fish_seen_subcommand_from verify show card drill help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from verify" -l identity -d 'age identity file of its custodian; may be repeated' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from verify" -l record -d 'Ceremony whose record the share must agree with' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from verify" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from verify" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from show" -l identity -d 'age identity file of its custodian; may be repeated' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from show" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from show" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from card" -l identity -d 'age identity file of its custodian; may be repeated' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from card" -l out -d 'New file for the card: a page to print' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from card" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from card" -l text -d 'Write text in place of a page'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from card" -l screen -d 'Show the card on the screen, for one person, and clear it'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from card" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from card" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from drill" -l identity -d 'age identity file of its custodian; may be repeated' -r -F
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from drill" -l record -d 'Ceremony that dealt the share' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from drill" -l format -d 'Form of the output' -r -f -a "text\t'For people'
json\t'One JSON object'"
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from drill" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from drill" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check one share, alone: it opens, is whole, and fits its commitment'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from help" -f -a "show" -d 'Tell what a share belongs to; never the share itself'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from help" -f -a "card" -d 'Put a share on paper: lines that are checked one by one, and a QR code'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from help" -f -a "drill" -d 'Prove possession: the share opens, is whole, and fits its commitment in a record; it is wiped at once'
complete -c keyrite -n "__fish_keyrite_using_subcommand share; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c keyrite -n "__fish_keyrite_using_subcommand schema" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c keyrite -n "__fish_keyrite_using_subcommand man" -l out -d 'Folder that is made for all pages; must not exist yet' -r -f -a "(__fish_complete_directories)"
complete -c keyrite -n "__fish_keyrite_using_subcommand man" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand man" -s h -l help -d 'Print help'
complete -c keyrite -n "__fish_keyrite_using_subcommand completions" -l plain -d 'No colour, no spinner, no signs: for screen readers and recordings'
complete -c keyrite -n "__fish_keyrite_using_subcommand completions" -s h -l help -d 'Print help'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "check" -d 'Check ceremony scripts'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "diff" -d 'Tell what is different between two scripts, or a script and a record'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "rehearse" -d 'Play a script with throwaway keys and stand-ins'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "run" -d 'Run a ceremony, live'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "sign" -d 'Sign a sealed record, or approve a script'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "verify" -d 'Verify the records of ceremonies'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "export" -d 'Export records as events for a SIEM'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "reconcile" -d 'Hold a provider\'s log against the register'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "print" -d 'Print a script as a procedure on paper'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "report" -d 'Write the auditor\'s report on a ceremony'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "wrap" -d 'Wrap one key that you already hold for import'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "providers" -d 'List providers and their wrapping algorithms, or tell everything about one'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "fingerprint" -d 'Show the fingerprint of a wrapping key, in hexadecimal and in words to read aloud'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "given" -d 'Print what a ceremony, or a register, gives to a later ceremony'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "confirm" -d 'Hold what a provider answered of an imported key against the record that wrapped it'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "register" -d 'Take ceremonies into the register, and ask it'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "token" -d 'See which tokens a PKCS#11 module has, and find out what one of them can do'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "split" -d 'Split one secret that you already hold'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "combine" -d 'Rebuild a secret from its shares'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "share" -d 'Look after one share: verify it, prove that you have it, put it on paper'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "schema" -d 'Print the JSON Schema of scripts, or of organisation files, for editors'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "man" -d 'Print a manual page, or write all of them'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c keyrite -n "__fish_keyrite_using_subcommand help; and not __fish_seen_subcommand_from check diff rehearse run sign verify export reconcile print report wrap providers fingerprint given confirm register token split combine share schema man completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
