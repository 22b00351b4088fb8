from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(
    {
        "path": {"type": "path"},
        "old": {"aliases": ["older"], "deprecated_aliases": [{"name": "older", "version": "9"}]},
    },
    add_file_common_args=True,
    supports_check_mode=True,
)
module.warn("be careful")
changed = False
if module.params["path"]:
    changed = module.set_fs_attributes_if_different(module.load_file_common_arguments(module.params), False)
module.exit_json(
    changed=changed,
    ansible_facts={"told": {"by": "module"}},
    path=module.params["path"],
    old=module.params["old"],
)
