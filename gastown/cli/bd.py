"""`bd`: the beads of the town, as agents know the command."""

from __future__ import annotations

import click

from gastown.cli.common import LazyGroup, json_option

_COMMANDS = {
    "create": "creating:create",
    "q": "creating:q",
    "show": "beads:show",
    "list": "beads:list_",
    "ready": "beads:ready",
    "blocked": "beads:blocked",
    "children": "beads:children",
    "search": "bead_queries:search",
    "query": "bead_queries:query",
    "count": "bead_queries:count",
    "stats": "bead_queries:stats",
    "stale": "bead_queries:stale",
    "lint": "bead_queries:lint",
    "orphans": "bead_queries:orphans",
    "graph": "bead_graph:graph",
    "epic": "bead_graph:epic",
    "prime": "bead_context:prime",
    "onboard": "bead_context:onboard",
    "update": "updating:update",
    "claim": "updating:claim",
    "assign": "updating:assign",
    "note": "updating:note",
    "retitle": "updating:retitle",
    "priority": "updating:priority",
    "defer": "updating:defer",
    "undefer": "updating:undefer",
    "pin": "updating:pin",
    "unpin": "updating:unpin",
    "edit": "editing:edit",
    "close": "closing:close",
    "reopen": "closing:reopen",
    "delete": "closing:delete",
    "dep": "dependencies:dep",
    "block": "dependencies:block",
    "unblock": "dependencies:unblock",
    "relate": "relations:relate",
    "unrelate": "relations:unrelate",
    "duplicate": "relations:duplicate",
    "duplicates": "relations:duplicates",
    "supersede": "relations:supersede",
    "comments": "comments:comments",
    "comment": "comments:comment",
    "label": "labels:label",
    "tag": "labels:tag",
    "remember": "memories:remember",
    "recall": "memories:recall",
    "memories": "memories:memories",
    "forget": "memories:forget",
    "config": "bead_config:config",
    "init": "bead_config:init",
    "sync": "bead_config:sync",
    "import": "interchange:import_",
    "export": "interchange:export",
    "merge": "interchange:merge",
    "mol": "molecules:mol",
    "gate": "bead_gates:gate",
    "formula": "formulas:formula",
    "cook": "cook:cook",
    "completion": "completion:completion",
}


@click.group(
    cls=LazyGroup,
    lazy={name: f"gastown.cli.{place}" for name, place in _COMMANDS.items()},
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
@json_option
def root() -> None:
    """Issues (beads) of the town's projects, kept as files in git.

    A bead is a unit of work. `bd ready` shows what can be started; `gt sling` gives it to an agent.
    """
