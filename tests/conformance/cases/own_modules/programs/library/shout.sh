#!/bin/sh
. "$1"
echo "a line before"
printf '{"changed": %s, "msg": "%s", "check": "%s"}\n' "${changed:-false}" "$words" "$_ansible_check_mode"
