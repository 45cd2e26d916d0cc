#!/bin/sh
# Makes the new key material of AWS KMS the current one. What was encrypted before stays
# readable as long as the older materials stay imported. At most 25 times a key.
# Multi-Region key: first import NEW_KEY_MATERIAL into the primary, then the same material
# as EXISTING_KEY_MATERIAL into every replica, each with its own parameters; then rotate.
set -eu

# The new material must be PENDING_ROTATION and IMPORTED, the others IMPORTED.
aws kms list-key-rotations --key-id 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' \
  --include-key-material ALL_KEY_MATERIAL --output table
pending=$(aws kms list-key-rotations --key-id 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' \
  --include-key-material ALL_KEY_MATERIAL --output text \
  --query "Rotations[?KeyMaterialState=='PENDING_ROTATION'].ImportState")
test "$pending" = IMPORTED || {
  echo 'no new material is PENDING_ROTATION and IMPORTED: run import-key-material.sh first' >&2
  exit 1
}
aws kms rotate-key-on-demand --key-id 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
