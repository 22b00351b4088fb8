from ansible.module_utils.tools.low import level

word = "tools on " + level
