#!/usr/bin/python3
import json

given = json.loads(r"""<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>""")
print(json.dumps({"word": given["word"]}))
