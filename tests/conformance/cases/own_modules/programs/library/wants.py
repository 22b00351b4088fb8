#!/usr/bin/python
# WANT_JSON
import json
import sys

with open(sys.argv[1]) as file:
    given = json.load(file)
print(json.dumps({"got": given, "check": given["_ansible_check_mode"], "arguments": len(sys.argv)}))
