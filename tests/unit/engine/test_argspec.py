"""validate_argspec: a play's variables are checked by a file beside its playbook."""

from tests.support.plays import Player

PLAY = """
    - name: deploy
      hosts: all
      gather_facts: false
      {argspec}
      tasks:
      - debug: {{msg: begun}}
    """
META = """
    argument_specs:
      deploy:
        short_description: what to deploy
        options:
          version: {type: int, required: true}
      other:
        options: {}
    """


async def test_a_play_begins_only_with_arguments_that_fit(play: Player) -> None:
    play.write("play.meta.yml", META)
    text = PLAY.format(argspec="validate_argspec: true")
    missing = await play(text, hosts=["a"])
    assert missing.said("a") == []
    name = "Validating arguments against arg spec 'deploy' - what to deploy"
    assert "version" in str(missing.results(name)["a"].data["argument_errors"])
    given = await play(text, hosts=["a"], extra_vars={"version": 7})
    assert given.said("a") == ["begun"]


async def test_a_play_may_name_its_specification_or_do_without(play: Player) -> None:
    play.write("play.meta.yml", META)
    assert (await play(PLAY.format(argspec="validate_argspec: other"), hosts=["a"])).said("a") == ["begun"]
    assert (await play(PLAY.format(argspec="validate_argspec: false"), hosts=["a"])).said("a") == ["begun"]


async def test_a_specification_that_is_not_there_is_known_before_the_run(play: Player) -> None:
    play.write("play.meta.yml", META)
    problems = await play.problems(PLAY.format(argspec="validate_argspec: deplyo"))
    assert len(problems) == 1
    assert problems[0].startswith("4:3 'validate_argspec': ")
    assert problems[0].endswith("has no argument_specs for 'deplyo' → did you mean 'deploy'?")
