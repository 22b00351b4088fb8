#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"required": True},
            "times": {"type": "int", "default": 1},
            "style": {"choices": ["loud", "quiet"], "default": "quiet"},
            "token": {"no_log": True},
            "tags": {"type": "list", "elements": "str", "aliases": ["labels"]},
            "place": {"type": "dict", "options": {"city": {"required": True}, "zip": {"type": "int"}}},
        },
        mutually_exclusive=[["tags", "place"]],
        supports_check_mode=True,
    )
    text = " ".join([module.params["name"]] * module.params["times"])
    if module.params["style"] == "loud":
        text = text.upper()
    if module.params["name"] == "nobody":
        module.fail_json(msg="there is nobody", text=text, rc=5)
    rc, out, _ = module.run_command(["printf", "%s!", text])
    module.exit_json(
        changed=module.params["times"] > 1,
        text=out,
        rc=rc,
        checked=module.check_mode,
        place=module.params["place"],
        tags=module.params["tags"],
        key="the token is {}".format(module.params["token"]),
        token=module.params["token"],
    )


if __name__ == "__main__":
    main()
