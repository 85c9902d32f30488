"""How the tool names itself to servers."""

from importlib.metadata import version

from portraitset.identity import HOME, user_agent


def test_user_agent_names_tool_version_and_a_contact() -> None:
    assert user_agent() == f"portraitset/{version('portraitset')} (+{HOME})"
    assert HOME.startswith("https://")


def test_user_agent_names_who_runs_it() -> None:
    assert user_agent("lab@example.org").endswith("; contact: lab@example.org)")
