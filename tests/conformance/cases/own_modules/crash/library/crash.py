from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule({"how": {"default": "error"}})
if module.params["how"] == "error":
    raise ValueError("boom")
