#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule({"word": {}})
module.exit_json(changed=True, word=module.params["word"])
