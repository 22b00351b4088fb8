from ansible.module_utils.basic import AnsibleModule

AnsibleModule({"data": {}}).exit_json(where="second")
