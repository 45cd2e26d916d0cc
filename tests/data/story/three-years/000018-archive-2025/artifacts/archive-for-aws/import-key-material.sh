#!/bin/sh
# Imports the wrapped key into AWS KMS. Needs the AWS CLI and the right to do so.
# aes-256 key, wrapped with RSAES_OAEP_SHA_256 under an RSA key of 4096 bits.
# Run it before 2099-01-01T00:00:00Z: then the import token expires.
set -eu
cd "$(dirname "$0")"

aws kms import-key-material \
  --key-id 'arn:aws:kms:eu-west-1:111122223333:key/5678abcd-12ab-34cd-56ef-1234567890ab' \
  --encrypted-key-material fileb://EncryptedKeyMaterial.bin \
  --import-token fileb://ImportToken.bin \
  --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE

# Check: the first word must be Enabled, the second EXTERNAL.
aws kms describe-key --key-id 'arn:aws:kms:eu-west-1:111122223333:key/5678abcd-12ab-34cd-56ef-1234567890ab' \
  --query 'KeyMetadata.[KeyState,Origin,KeySpec,ExpirationModel,ValidTo]' --output text
