"""`bd`: the beads of the town, as agents know the command."""

from __future__ import annotations

import click

from gastown.cli.common import LazyGroup, at_option, fork_option, json_option

_SECTIONS = {
    "Look": {
        "ready": "beads:ready",
        "list": "beads:list_",
        "show": "beads:show",
        "blocked": "beads:blocked",
        "children": "beads:children",
        "search": "bead_queries:search",
        "query": "bead_queries:query",
        "count": "bead_queries:count",
        "stats": "bead_queries:stats",
        "stale": "bead_queries:stale",
        "orphans": "bead_queries:orphans",
        "lint": "bead_queries:lint",
        "graph": "bead_graph:graph",
        "epic": "bead_graph:epic",
    },
    "Make and change": {
        "create": "creating:create",
        "q": "creating:q",
        "update": "updating:update",
        "edit": "editing:edit",
        "claim": "updating:claim",
        "assign": "updating:assign",
        "note": "updating:note",
        "retitle": "updating:retitle",
        "priority": "updating:priority",
        "label": "labels:label",
        "tag": "labels:tag",
        "comment": "comments:comment",
        "comments": "comments:comments",
        "defer": "updating:defer",
        "undefer": "updating:undefer",
        "pin": "updating:pin",
        "unpin": "updating:unpin",
        "close": "closing:close",
        "reopen": "closing:reopen",
        "delete": "closing:delete",
    },
    "Connect": {
        "dep": "dependencies:dep",
        "block": "dependencies:block",
        "unblock": "dependencies:unblock",
        "relate": "relations:relate",
        "unrelate": "relations:unrelate",
        "duplicate": "relations:duplicate",
        "duplicates": "relations:duplicates",
        "supersede": "relations:supersede",
    },
    "Workflows": {
        "formula": "formulas:formula",
        "cook": "cook:cook",
        "mol": "molecules:mol",
        "gate": "bead_gates:gate",
    },
    "Agents": {
        "prime": "bead_context:prime",
        "onboard": "bead_context:onboard",
        "remember": "memories:remember",
        "recall": "memories:recall",
        "memories": "memories:memories",
        "forget": "memories:forget",
    },
    "Files and settings": {
        "import": "interchange:import_",
        "export": "interchange:export",
        "merge": "interchange:merge",
        "config": "bead_config:config",
        "init": "bead_config:init",
        "sync": "bead_config:sync",
        "completion": "completion:completion",
    },
}


@click.group(
    cls=LazyGroup,
    lazy={
        name: f"gastown.cli.{place}"
        for found in _SECTIONS.values()
        for name, place in found.items()
    },
    sections={title: tuple(commands) for title, commands in _SECTIONS.items()},
    aliases={
        "new": "create",
        "view": "show",
        "done": "close",
        "start": "claim",
        "take": "claim",
        "rename": "retitle",
        "remove": "delete",
        "rm": "delete",
        "labels": "label",
        "complete": "close",
        "finish": "close",
        "quick": "q",
        "status": "stats",
        "ls": "list",
        "find": "search",
        "epics": "epic",
    },
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="gastown", prog_name="bd")
@at_option
@fork_option
@json_option
def root() -> None:
    """Issues (beads) of the town's projects, kept as files in git.

    A bead is a unit of work. `bd ready` shows what can be started; `gt sling` gives it to an agent.
    """
