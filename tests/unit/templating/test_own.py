"""Filters, tests and lookups that a project ships itself."""

from __future__ import annotations

from tests.support.plays import Player

FILTERS = """
from ansible.errors import AnsibleFilterError
from ansible.module_utils.common.text.converters import to_text

def shout(value, mark='!'):
    if not isinstance(value, str):
        raise AnsibleFilterError('shout wants text')
    return to_text(value).upper() + mark

class FilterModule:
    def filters(self):
        return {'shout': shout, 'upper': lambda value: 'ours'}
"""
TESTS = """
class TestModule(object):
    def tests(self):
        return {'loud': lambda value: value.endswith('!')}
"""
LOOKUP = '''
DOCUMENTATION = """
options:
  mark: {default: '?', vars: [{name: words_mark}]}
"""
from ansible.plugins.lookup import LookupBase
from ansible.errors import AnsibleError

class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        if not terms:
            raise AnsibleError('words wants words')
        return [term + self.get_option('mark') for term in self._flatten(terms)]
'''


async def test_plugins_beside_the_playbook_win_over_ours(play: Player) -> None:
    play.write("filter_plugins/mine.py", FILTERS)
    play.write("test_plugins/mine.py", TESTS)
    play.write("lookup_plugins/words.py", LOOKUP)
    play.write("template.j2", "{{ 'in a file' | shout }}")
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - debug: {msg: "{{ 'a' | shout('?') }} {{ 'b' | upper }} {{ ('c' | shout) is loud }}"}
          - debug: {msg: "{{ lookup('words', 'x', ['y', 'z']) }} {{ query('words', 'q', mark='.') }}"}
          - debug: {msg: "{{ lookup('template', 'template.j2') }}"}
          - {debug: {msg: "{{ item }}"}, with_words: [one], vars: {words_mark: ;}}
          - {name: fails, debug: {msg: "{{ 1 | shout }}"}, ignore_errors: true}
          - {name: fails too, debug: {msg: "{{ lookup('words') }}"}, ignore_errors: true}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a")[0] == "A? ours True"
    assert played.said("a")[1] == "x?,y?,z? ['q.']"
    assert played.said("a")[2] == "IN A FILE!"
    assert played.results("fails")["a"].message.startswith("shout wants text")
    assert played.results("fails too")["a"].message.startswith("words wants words")


async def test_plugins_of_a_role_are_known_to_the_play(play: Player) -> None:
    play.write("roles/r/filter_plugins/mine.py", FILTERS)
    play.write("roles/r/tasks/main.yml", "- debug: {msg: \"{{ 'role' | shout }}\"}\n")
    played = await play("""
        - hosts: all
          gather_facts: false
          pre_tasks:
          - debug: {msg: "{{ 'before' | shout }}"}
          roles: [r]
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["BEFORE!", "ROLE!"]


async def test_a_plugin_that_cannot_be_loaded_is_told_and_its_names_are_missing(play: Player) -> None:
    play.write("filter_plugins/broken.py", "import no_such_module\n")
    problems = await play.problems("""
        - hosts: all
          tasks:
          - debug: {msg: "{{ 1 | shout }}"}
        """)
    reason = "the plugin broken.py can't be loaded: ModuleNotFoundError: No module named 'no_such_module'"
    assert problems == [f"3:18 template: there is no filter named 'shout' → {reason}"]
    play.write("filter_plugins/mine.py", FILTERS)
    played = await play("""
        - hosts: all
          gather_facts: false
          tasks:
          - debug: {msg: "{{ 'a' | shout }}"}
        """, hosts=["a"])  # fmt: skip
    assert played.said("a") == ["A!"]
    warnings = [event.message for event in played.events if type(event).__name__ == "Warned"]
    assert warnings == [reason]
