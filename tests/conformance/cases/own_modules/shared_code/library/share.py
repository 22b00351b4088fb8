from ansible.module_utils import of_role, tools
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.text.converters import to_bytes, to_text
from ansible.module_utils.parsing.convert_bool import boolean

try:
    from ansible.module_utils.nowhere import something
except ImportError:
    something = "nothing"

AnsibleModule({}).exit_json(
    word=tools.word, role=of_role.data, text=to_text(to_bytes("ä")), yes=boolean("yes"), something=something
)
