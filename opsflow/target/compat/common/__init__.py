"""Parts that do not need an AnsibleModule."""
