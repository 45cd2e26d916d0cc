#!/bin/sh
# Imports the wrapped key into AWS KMS. Needs the AWS CLI and the right to do so.
# aes-256 key, wrapped with RSAES_OAEP_SHA_256 under an RSA key of 4096 bits.
# Run it before 2027-01-05T09:00:00Z: then the import token expires.
set -eu
cd "$(dirname "$0")"

# Which key is to be filled was not said: give its id or ARN.
KEY_ID=${1:?"usage: sh import-key-material.sh KEY_ID"}

aws kms import-key-material \
  --key-id "$KEY_ID" \
  --encrypted-key-material fileb://EncryptedKeyMaterial.bin \
  --import-token fileb://ImportToken.bin \
  --expiration-model KEY_MATERIAL_EXPIRES \
  --valid-to 2027-10-31T09:05:00Z

# Check: the first word must be Enabled, the second EXTERNAL.
aws kms describe-key --key-id "$KEY_ID" \
  --query 'KeyMetadata.[KeyState,Origin,KeySpec,ExpirationModel,ValidTo]' --output text
