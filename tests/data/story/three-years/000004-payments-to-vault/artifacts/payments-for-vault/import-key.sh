#!/bin/sh
# Imports the wrapped key into the transit engine of HashiCorp Vault or OpenBao.
# aes-256 key, wrapped with sha256 under an RSA key of 4096 bits.
# Wrapping key, SHA-256: 430f7f4bdc7cf6c8b19388818c8e32d87e537ec165156b0d9b6d3a1b15a79402
set -eu
cd "$(dirname "$0")"

# For OpenBao: VAULT=bao sh import-key.sh
VAULT=${VAULT:-vault}
# The same 32 bytes can be a chacha20-poly1305 key: then change the type below.
# exportable and allow_plaintext_backup cannot be taken back once they are true.
"$VAULT" write 'transit'/keys/'payments'/import \
  type=aes256-gcm96 \
  hash_function=SHA256 \
  ciphertext=@ciphertext.b64 \
  allow_rotation=false \
  exportable=false \
  allow_plaintext_backup=false

# Check: type, versions, imported_key, exportable, and the public key of a pair.
"$VAULT" read 'transit'/keys/'payments'
