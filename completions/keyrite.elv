
use builtin;
use str;

set edit:completion:arg-completer[keyrite] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'keyrite'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'keyrite'= {
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -V 'Print the version'
            cand --version 'Print the version'
            cand --digest 'With --version: the SHA-256 of this program''s file too, in hexadecimal and in words'
            cand -h 'Print help'
            cand --help 'Print help'
            cand check 'Check ceremony scripts'
            cand diff 'Tell what is different between two scripts, or a script and a record'
            cand rehearse 'Play a script with throwaway keys and stand-ins'
            cand run 'Run a ceremony, live'
            cand sign 'Sign a sealed record, or approve a script'
            cand verify 'Verify the records of ceremonies'
            cand export 'Export records as events for a SIEM'
            cand reconcile 'Hold a provider''s log against the register'
            cand print 'Print a script as a procedure on paper'
            cand report 'Write the auditor''s report on a ceremony'
            cand wrap 'Wrap one key that you already hold for import'
            cand providers 'List providers and their wrapping algorithms, or tell everything about one'
            cand fingerprint 'Show the fingerprint of a wrapping key, in hexadecimal and in words to read aloud'
            cand given 'Print what a ceremony, or a register, gives to a later ceremony'
            cand confirm 'Hold what a provider answered of an imported key against the record that wrapped it'
            cand register 'Take ceremonies into the register, and ask it'
            cand token 'See which tokens a PKCS#11 module has, and find out what one of them can do'
            cand split 'Split one secret that you already hold'
            cand combine 'Rebuild a secret from its shares'
            cand share 'Look after one share: verify it, prove that you have it, put it on paper'
            cand schema 'Print the JSON Schema of scripts, or of organisation files, for editors'
            cand man 'Print a manual page, or write all of them'
            cand completions 'Print a completion script for a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;check'= {
            cand --format 'Form of the output'
            cand --as-of 'Day on which waivers and reviews are judged; today if absent'
            cand --token-profile 'Hold the scripts against this token, too: the JSON of `keyrite token show`'
            cand --organisation 'Organisation file, in place of the one that a script names'
            cand --register 'Register: who held which share before; only read'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand --rules 'List the rules that scripts are held to'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;diff'= {
            cand --format 'Form of the output'
            cand --as-of 'Day on which waivers and reviews are judged; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;rehearse'= {
            cand --out 'Folder for the record and what was made; must not exist yet. Without it nothing is kept'
            cand --seed 'What the throwaway values follow from: up to 64 hexadecimal digits'
            cand --token-profile 'Rehearse on a stand-in for this token: the JSON of `keyrite token show`'
            cand --organisation 'Organisation file, in place of the one that the script names'
            cand --expect 'Compare the transcript with this file; what changes from run to run is masked'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand --faults 'Break each step in turn: kill the process, fill the disk, make people err; then resume'
            cand --list 'List the faults, and strike none'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;run'= {
            cand --out 'Folder for the record and what was made; must not exist yet, unless --resume or --abort'
            cand --answers 'Prepared answers to questions about public facts; never a secret'
            cand --organisation 'Organisation file, in place of the one that the script names'
            cand --register 'Register whose last record this one follows, so that none can be dropped unseen; only read'
            cand --kill-at 'Die at the write of that number, as of `kill -9`: `7` in the middle of it, `7:after` behind it; in practice only'
            cand --module 'PKCS#11 module of the HSM''s maker, or a URI that names it (`pkcs11:?module-path=…`)'
            cand --pin-file 'File with the PIN of the token, readable by its owner only; asked for if absent'
            cand --machine 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]'
            cand --token-timeout 'How long one call of the module may take'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand --resume 'Take up an interrupted ceremony'
            cand --abort 'End an interrupted ceremony: put away what is half-made, and seal the record'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;sign'= {
            cand --as 'Who signs: the id in the script'
            cand --key 'OpenSSH private key, or a signature made with it by `ssh-keygen -Y sign`'
            cand --token 'Token that holds the signing key: `pkcs11:token=LABEL;serial=NUMBER?module-path=FILE`'
            cand --label 'Label of the signing key in the token'
            cand --module 'PKCS#11 module of the HSM''s maker, or a URI that names it (`pkcs11:?module-path=…`)'
            cand --pin-file 'File with the PIN of the token, readable by its owner only; asked for if absent'
            cand --machine 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]'
            cand --token-timeout 'How long one call of the module may take'
            cand --disagree 'Sign that you do not agree with the record, and why'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand --agent 'Sign with the key that ssh-agent holds; one in a security key wants a touch'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;verify'= {
            cand --require 'What the ceremony must be besides sound; may be repeated'
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --programs 'Programs and PKCS#11 modules that the auditor trusts: digests as sha256sum writes them'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;export'= {
            cand --since 'Go on behind this line of each record, or with entries of this moment and later'
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the events'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;reconcile'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --provider 'Whose log it is'
            cand --skew 'By how much the clocks may differ'
            cand --from 'First day that counts; the first of the log if absent'
            cand --to 'Last day that counts; the last of the log if absent'
            cand --used 'Show who used this key, from where, how often, and when last'
            cand --inventory 'The provider''s own list of keys: those that no record knows are findings'
            cand --access 'Two snapshots of who can get at a key, each a file or a folder: shows who came and who went'
            cand --key-id 'The key of the two snapshots, by its name at the provider'
            cand --out 'Folder that is made for the findings and the script; must not exist yet'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;print'= {
            cand --out 'File for the page; must not exist yet'
            cand --organisation 'Organisation file, in place of the one that the script names'
            cand --role 'Whose copy it is: a role, or a person''s id in the script; their steps are marked'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand --large 'Letters of 18 points and more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;report'= {
            cand --format 'Form of the report; by the ending of --out if absent, else html'
            cand --out 'File for the report, outside the ceremony''s folder; must not exist yet'
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;wrap'= {
            cand --provider 'Provider, as `aws-kms`'
            cand --algorithm 'The provider''s name of the wrapping algorithm'
            cand --wrapping-key 'Wrapping key: what the provider hands out (JSON, JWK, ZIP), or the key alone (PEM, DER)'
            cand --key-file 'The plain key: raw bytes, or PKCS#8 DER of a pair'
            cand --key-type 'Type of the key, as `aes-256`'
            cand --out 'Folder that is made for the result; must not exist yet'
            cand --import-token 'Import token, where it comes as a file of its own'
            cand --key-id 'The key at the provider'
            cand --valid-for-days 'Days that the provider keeps the material; for ever if absent'
            cand --import-type 'What the import is, where the key has material already: `new` or `existing`'
            cand --wrapping-key-id 'The provider''s id of the wrapping key, as Azure''s URL with a version'
            cand --token 'Token that holds the key: `pkcs11:token=LABEL;serial=NUMBER?module-path=FILE`'
            cand --label 'Label of the key in the token'
            cand --module 'PKCS#11 module of the HSM''s maker, or a URI that names it (`pkcs11:?module-path=…`)'
            cand --pin-file 'File with the PIN of the token, readable by its owner only; asked for if absent'
            cand --machine 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]'
            cand --token-timeout 'How long one call of the module may take'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;providers'= {
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;fingerprint'= {
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;given'= {
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand --versions 'Of a register: print the `versions:` block instead, with which a rotation begins'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;confirm'= {
            cand --provider 'Provider id'
            cand --answer 'What the provider''s tool printed; can be given several times'
            cand --key 'Label of the key, where several were wrapped for the provider'
            cand --for 'Input that it was wrapped for, where the provider has several'
            cand --out 'Folder that is made, with the ceremony that records it'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register'= {
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Take ceremonies in'
            cand list 'List the ceremonies, and whether their records follow each other'
            cand show 'Show what is known of a key, or of all'
            cand due 'List what is to be done, and by when'
            cand custody 'Show who holds which share, and whether the key can still be rebuilt'
            cand verify 'Verify every record anew, and hold the register against checkpoints'
            cand checkpoint 'Write down what the register holds, to be signed and kept outside'
            cand age 'Show how old keys are, and how that fits their cryptoperiods'
            cand cryptoperiods 'Show which cryptoperiod is defined for every key, by type of key'
            cand locations 'Show every place where a key, or something that gives it back, is or was'
            cand backups 'Show which backup every key has, and when it was last tested'
            cand decision 'Show why each key is managed as it is, who decided that, and whether it still holds'
            cand deviations 'List what went otherwise than rules and scripts say'
            cand inventory 'List HSMs with their certificates, where each was seen last, and tokens that people keep'
            cand prove 'Show whether a claim follows from records, point by point'
            cand evidence 'Write a folder that leads from each requirement of a standard to the lines that speak to it'
            cand who 'Show who can use, manage and rebuild a key, and what of that is not known'
            cand access 'Show or prepare reviews of who can get at keys at their providers'
            cand person 'List people, and what somebody who leaves can get at'
            cand acknowledgements 'Show whose acknowledgement holds, runs out or is missing'
            cand matrix 'Show who held which role in which kind of ceremony, and what policies ask for'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;register;add'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;list'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;show'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;due'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --within 'How far ahead, as `30d`; what is overdue is listed anyway'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;custody'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;verify'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --checkpoint 'What was written down before, with the signatures beside it'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;checkpoint'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --out 'New file of the checkpoint'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;age'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;cryptoperiods'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;locations'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;backups'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --untested-since 'Only those without a test so long, as `365d`; what policies say does not count then'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;decision'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;deviations'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --since 'Only from this day on'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;inventory'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;prove'= {
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand import 'That what a provider holds is the key that was made'
            cand destroyed 'That a key is gone from every place where it was'
            cand departed 'That somebody who left can get at nothing any more; exit code 5: something is open'
            cand dual-control 'That two people or more were there whenever a key could be got at; exit code 5: not always'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;register;prove;import'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;prove;destroyed'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;prove;departed'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;prove;dual-control'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;prove;help'= {
            cand import 'That what a provider holds is the key that was made'
            cand destroyed 'That a key is gone from every place where it was'
            cand departed 'That somebody who left can get at nothing any more; exit code 5: something is open'
            cand dual-control 'That two people or more were there whenever a key could be got at; exit code 5: not always'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;register;prove;help;import'= {
        }
        &'keyrite;register;prove;help;destroyed'= {
        }
        &'keyrite;register;prove;help;departed'= {
        }
        &'keyrite;register;prove;help;dual-control'= {
        }
        &'keyrite;register;prove;help;help'= {
        }
        &'keyrite;register;evidence'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --framework 'The standard'
            cand --out 'Folder that is made; must not exist yet'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;who'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;access'= {
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help'
            cand --help 'Print help'
            cand show 'Show who can get at keys at their providers, by the last review, and what should not be'
            cand import 'Read what a provider''s tool printed; prepare the review'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;register;access;show'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;access;import'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --provider 'The provider, as `aws-kms`'
            cand --key 'Label of the key'
            cand --key-id 'The key at the provider by its whole name; where the register knows one, that one if absent'
            cand --taken-on 'The day on which the files were fetched; today if absent'
            cand --out 'Folder that is made for the script and the files; must not exist yet'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;access;help'= {
            cand show 'Show who can get at keys at their providers, by the last review, and what should not be'
            cand import 'Read what a provider''s tool printed; prepare the review'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;register;access;help;show'= {
        }
        &'keyrite;register;access;help;import'= {
        }
        &'keyrite;register;access;help;help'= {
        }
        &'keyrite;register;person'= {
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help'
            cand --help 'Print help'
            cand list 'List everybody whom a record names'
            cand leave 'List what somebody who leaves can get at, and what must happen; prepare the ceremony'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;register;person;list'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;person;leave'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --on 'His last day; today if absent'
            cand --because 'Why, in a few words'
            cand --out 'Folder that is made for the script; must not exist yet'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;person;help'= {
            cand list 'List everybody whom a record names'
            cand leave 'List what somebody who leaves can get at, and what must happen; prepare the ceremony'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;register;person;help;list'= {
        }
        &'keyrite;register;person;help;leave'= {
        }
        &'keyrite;register;person;help;help'= {
        }
        &'keyrite;register;acknowledgements'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --within 'How far ahead an end is told, as `30d`'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;matrix'= {
            cand --allowed-signers 'The auditor''s own list of keys, in OpenSSH''s format'
            cand --format 'Form of the output'
            cand --as-of 'Day for which is answered; today if absent'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;register;help'= {
            cand add 'Take ceremonies in'
            cand list 'List the ceremonies, and whether their records follow each other'
            cand show 'Show what is known of a key, or of all'
            cand due 'List what is to be done, and by when'
            cand custody 'Show who holds which share, and whether the key can still be rebuilt'
            cand verify 'Verify every record anew, and hold the register against checkpoints'
            cand checkpoint 'Write down what the register holds, to be signed and kept outside'
            cand age 'Show how old keys are, and how that fits their cryptoperiods'
            cand cryptoperiods 'Show which cryptoperiod is defined for every key, by type of key'
            cand locations 'Show every place where a key, or something that gives it back, is or was'
            cand backups 'Show which backup every key has, and when it was last tested'
            cand decision 'Show why each key is managed as it is, who decided that, and whether it still holds'
            cand deviations 'List what went otherwise than rules and scripts say'
            cand inventory 'List HSMs with their certificates, where each was seen last, and tokens that people keep'
            cand prove 'Show whether a claim follows from records, point by point'
            cand evidence 'Write a folder that leads from each requirement of a standard to the lines that speak to it'
            cand who 'Show who can use, manage and rebuild a key, and what of that is not known'
            cand access 'Show or prepare reviews of who can get at keys at their providers'
            cand person 'List people, and what somebody who leaves can get at'
            cand acknowledgements 'Show whose acknowledgement holds, runs out or is missing'
            cand matrix 'Show who held which role in which kind of ceremony, and what policies ask for'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;register;help;add'= {
        }
        &'keyrite;register;help;list'= {
        }
        &'keyrite;register;help;show'= {
        }
        &'keyrite;register;help;due'= {
        }
        &'keyrite;register;help;custody'= {
        }
        &'keyrite;register;help;verify'= {
        }
        &'keyrite;register;help;checkpoint'= {
        }
        &'keyrite;register;help;age'= {
        }
        &'keyrite;register;help;cryptoperiods'= {
        }
        &'keyrite;register;help;locations'= {
        }
        &'keyrite;register;help;backups'= {
        }
        &'keyrite;register;help;decision'= {
        }
        &'keyrite;register;help;deviations'= {
        }
        &'keyrite;register;help;inventory'= {
        }
        &'keyrite;register;help;prove'= {
            cand import 'That what a provider holds is the key that was made'
            cand destroyed 'That a key is gone from every place where it was'
            cand departed 'That somebody who left can get at nothing any more; exit code 5: something is open'
            cand dual-control 'That two people or more were there whenever a key could be got at; exit code 5: not always'
        }
        &'keyrite;register;help;prove;import'= {
        }
        &'keyrite;register;help;prove;destroyed'= {
        }
        &'keyrite;register;help;prove;departed'= {
        }
        &'keyrite;register;help;prove;dual-control'= {
        }
        &'keyrite;register;help;evidence'= {
        }
        &'keyrite;register;help;who'= {
        }
        &'keyrite;register;help;access'= {
            cand show 'Show who can get at keys at their providers, by the last review, and what should not be'
            cand import 'Read what a provider''s tool printed; prepare the review'
        }
        &'keyrite;register;help;access;show'= {
        }
        &'keyrite;register;help;access;import'= {
        }
        &'keyrite;register;help;person'= {
            cand list 'List everybody whom a record names'
            cand leave 'List what somebody who leaves can get at, and what must happen; prepare the ceremony'
        }
        &'keyrite;register;help;person;list'= {
        }
        &'keyrite;register;help;person;leave'= {
        }
        &'keyrite;register;help;acknowledgements'= {
        }
        &'keyrite;register;help;matrix'= {
        }
        &'keyrite;register;help;help'= {
        }
        &'keyrite;token'= {
            cand --token 'Module and token as a URI (RFC 7512): `pkcs11:token=LABEL;serial=SERIAL?module-path=FILE`; `x-init-args` is what the module takes when it is initialised'
            cand --module 'PKCS#11 module of the HSM''s maker, or a URI that names it (`pkcs11:?module-path=…`)'
            cand --pin-file 'File with the PIN of the token, readable by its owner only; asked for if absent'
            cand --machine 'List of the PKCS#11 modules that this machine allows [default: /etc/keyrite/machine.yaml, where it exists]'
            cand --token-timeout 'How long one call of the module may take'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;split'= {
            cand --key-file 'The secret, as bytes; `-` reads standard input'
            cand --threshold 'How many shares rebuild the secret'
            cand --recipient 'age recipient of one share; repeat it for every share'
            cand --out 'Folder that is made for the shares; must not exist yet'
            cand --key-type 'Type of the key, as `aes-256`: the shares then carry its own check values'
            cand --label 'What the shares call the secret'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand --all-needed 'Let all shares be needed: one that is lost loses the secret'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;combine'= {
            cand --identity 'age identity file; may be repeated, and those that open nothing do not matter'
            cand --out 'Write the plain secret to this new file'
            cand --backup 'Backup file, where the shares rebuild a backup key'
            cand --record 'Ceremony whose record the shares must agree with'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand --check-value 'Tell the check value of the secret, and nothing else'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;share'= {
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help'
            cand --help 'Print help'
            cand verify 'Check one share, alone: it opens, is whole, and fits its commitment'
            cand show 'Tell what a share belongs to; never the share itself'
            cand card 'Put a share on paper: lines that are checked one by one, and a QR code'
            cand drill 'Prove possession: the share opens, is whole, and fits its commitment in a record; it is wiped at once'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;share;verify'= {
            cand --identity 'age identity file of its custodian; may be repeated'
            cand --record 'Ceremony whose record the share must agree with'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;share;show'= {
            cand --identity 'age identity file of its custodian; may be repeated'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;share;card'= {
            cand --identity 'age identity file of its custodian; may be repeated'
            cand --out 'New file for the card: a page to print'
            cand --format 'Form of the output'
            cand --text 'Write text in place of a page'
            cand --screen 'Show the card on the screen, for one person, and clear it'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;share;drill'= {
            cand --identity 'age identity file of its custodian; may be repeated'
            cand --record 'Ceremony that dealt the share'
            cand --format 'Form of the output'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;share;help'= {
            cand verify 'Check one share, alone: it opens, is whole, and fits its commitment'
            cand show 'Tell what a share belongs to; never the share itself'
            cand card 'Put a share on paper: lines that are checked one by one, and a QR code'
            cand drill 'Prove possession: the share opens, is whole, and fits its commitment in a record; it is wiped at once'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;share;help;verify'= {
        }
        &'keyrite;share;help;show'= {
        }
        &'keyrite;share;help;card'= {
        }
        &'keyrite;share;help;drill'= {
        }
        &'keyrite;share;help;help'= {
        }
        &'keyrite;schema'= {
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'keyrite;man'= {
            cand --out 'Folder that is made for all pages; must not exist yet'
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'keyrite;completions'= {
            cand --plain 'No colour, no spinner, no signs: for screen readers and recordings'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'keyrite;help'= {
            cand check 'Check ceremony scripts'
            cand diff 'Tell what is different between two scripts, or a script and a record'
            cand rehearse 'Play a script with throwaway keys and stand-ins'
            cand run 'Run a ceremony, live'
            cand sign 'Sign a sealed record, or approve a script'
            cand verify 'Verify the records of ceremonies'
            cand export 'Export records as events for a SIEM'
            cand reconcile 'Hold a provider''s log against the register'
            cand print 'Print a script as a procedure on paper'
            cand report 'Write the auditor''s report on a ceremony'
            cand wrap 'Wrap one key that you already hold for import'
            cand providers 'List providers and their wrapping algorithms, or tell everything about one'
            cand fingerprint 'Show the fingerprint of a wrapping key, in hexadecimal and in words to read aloud'
            cand given 'Print what a ceremony, or a register, gives to a later ceremony'
            cand confirm 'Hold what a provider answered of an imported key against the record that wrapped it'
            cand register 'Take ceremonies into the register, and ask it'
            cand token 'See which tokens a PKCS#11 module has, and find out what one of them can do'
            cand split 'Split one secret that you already hold'
            cand combine 'Rebuild a secret from its shares'
            cand share 'Look after one share: verify it, prove that you have it, put it on paper'
            cand schema 'Print the JSON Schema of scripts, or of organisation files, for editors'
            cand man 'Print a manual page, or write all of them'
            cand completions 'Print a completion script for a shell'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'keyrite;help;check'= {
        }
        &'keyrite;help;diff'= {
        }
        &'keyrite;help;rehearse'= {
        }
        &'keyrite;help;run'= {
        }
        &'keyrite;help;sign'= {
        }
        &'keyrite;help;verify'= {
        }
        &'keyrite;help;export'= {
        }
        &'keyrite;help;reconcile'= {
        }
        &'keyrite;help;print'= {
        }
        &'keyrite;help;report'= {
        }
        &'keyrite;help;wrap'= {
        }
        &'keyrite;help;providers'= {
        }
        &'keyrite;help;fingerprint'= {
        }
        &'keyrite;help;given'= {
        }
        &'keyrite;help;confirm'= {
        }
        &'keyrite;help;register'= {
        }
        &'keyrite;help;token'= {
        }
        &'keyrite;help;split'= {
        }
        &'keyrite;help;combine'= {
        }
        &'keyrite;help;share'= {
        }
        &'keyrite;help;schema'= {
        }
        &'keyrite;help;man'= {
        }
        &'keyrite;help;completions'= {
        }
        &'keyrite;help;help'= {
        }
    ]
    $completions[$command]
}
