"""Variables in commands: values arrive as they are, and nothing of them runs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gastown.domain.formulas.command_text import bind, check_command
from gastown.errors import Refused

SHELLS = [shell for shell in ("/bin/dash", "/bin/bash", "/bin/sh") if Path(shell).exists()]
NASTY = [
    "1; touch X", "$(touch X)", "`touch X`", "'; touch X; '", '"; touch X; "', "a\ntouch X\n",
    "-n", "--", "", " ", "*", "~", "\\", "a\\", "${x}", "$HOME", "'", '"', "x'\"`$(touch X)",
    "EOF\ntouch X", "a[$(touch X)]", "ünï ☃", "\t\x01\x7f",
]  # fmt: skip
VALUES = st.sampled_from(NASTY) | st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40
)
# How the value is written, and what comes out of it: text before and after.
FORMS = {
    "bare": ("show {{x}}", "", ""),
    "in a word": ("show pre{{x}}post", "pre", "post"),
    "double": ('show "a {{x}} b"', "a ", " b"),
    "single": ("show 'a {{x}} b'", "a ", " b"),
    "mixed": ("""show 'a'"b{{x}}"'c'""", "ab", "c"),
    "escaped": (r"""show \'{{x}}\"""", "'", '"'),
    "substitution": ('show "$(printf "%s." {{x}})"', "", "."),
    "after": ("true; false || { show {{x}}; }", "", ""),
    "if": ("if [ {{x}} = {{x}} ]; then show {{x}}; else show no; fi", "", ""),
    "case": ("case {{x}} in {{x}}) show {{x}};; *) show no;; esac", "", ""),
    "assignment": ('v={{x}}; show "$v"', "", ""),
    "function": ('f() { show "$1"; }; f {{x}}', "", ""),
    "comment": ("# it's {{x}}\nshow {{x}} # and \"{{x}}\n", "", ""),
    "inner shell": ("sh -c 'show \"$1\"' sh {{x}}", "", ""),
    "spaces": ("show {{ x }}", "", ""),
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `show`, which keeps its arguments in `got`, and a `touch` that tells."""
    folder = tmp_path_factory.mktemp("bench")
    tools = folder / "bin"
    tools.mkdir()
    got = folder / "got"
    for name, text in (
        ("show", f"#!/bin/sh\nprintf '%s\\0' \"$@\" > {got}\n"),
        ("touch", f"#!/bin/sh\n: > {folder}/ran\n"),
    ):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    for name in ("sh", "cat"):
        (tools / name).symlink_to(str(shutil.which(name)))
    (folder / "work").mkdir()
    return folder


def run(bench: Path, shell: str, command: str, value: str) -> list[str]:
    """Run a command with a value; the arguments that `show` was given."""
    bound = bind(command, {"x": value})
    (bench / "got").unlink(missing_ok=True)
    subprocess.run(
        [shell, "-c", bound.script], env={"PATH": str(bench / "bin"), **bound.environment},
        cwd=bench / "work", stdin=subprocess.DEVNULL, check=True, timeout=20,
    )  # fmt: skip
    assert not (bench / "ran").exists(), (command, value)
    assert list((bench / "work").iterdir()) == []
    return (bench / "got").read_bytes().decode().split("\0")[:-1]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES, shell=st.sampled_from(SHELLS))
def test_a_value_arrives_as_it_is(
    bench: Path, form: tuple[str, str, str], value: str, shell: str
) -> None:
    """Through every way of quoting, in every shell, the program gets exactly the value."""
    command, before, after = form
    assert run(bench, shell, command, value) == [f"{before}{value}{after}"]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_worst_values_in_every_form(bench: Path, shell: str) -> None:
    """A value that would run in any other quoting does not in this one."""
    worst = "'; touch X; \"; touch X; $(touch X) `touch X`\ntouch X\nEOF\n"
    for command, before, after in FORMS.values():
        assert run(bench, shell, command, worst) == [f"{before}{worst}{after}"]


@pytest.mark.parametrize("value", NASTY)
def test_here_documents_take_values_too(bench: Path, value: str) -> None:
    """An unquoted here-document holds the value, also where it looks like its end."""
    command = 'show "$(cat <<EOF\n[{{x}}] "{{x}}"\nEOF\n)"'
    assert run(bench, "/bin/sh", command, value) == [f'[{value}] "{value}"']


TOKENS = st.sampled_from([
    "'", '"', "\\", "$(", ")", "`", "${a}", "${a:-", "}", "$((1", "))", "{{x}}", " ", "\n", ";",
    "|", "&&", "#", "echo ", "<<E\n", "\nE\n", "<<'E'\n", "(", "case a in a) ", ";; esac ", "$'",
    "[[ ", " ]]", "((", "eval ", "sh -c ", "a=", "$a", "[ ", " ]", "\\\n", "${x#", "$[1", "cat ",
])  # fmt: skip


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(TOKENS, min_size=1, max_size=12), at=st.integers(0, 12))
def test_whatever_is_accepted_runs_no_value(bench: Path, parts: list[str], at: int) -> None:
    """Any heap of shell words is refused, or runs nothing of a value, in any shell."""
    parts.insert(at, "{{x}}")
    worst = "v';touch X;'\";touch X;\"$(touch X)`touch X`\ntouch X\n;touch X #a[$(touch X)]"
    try:
        bound = bind("".join(parts), {"x": worst})
    except Refused:
        return
    for shell in SHELLS[:2]:
        subprocess.run(
            [shell, "-c", bound.script], env={"PATH": str(bench / "bin"), **bound.environment},
            cwd=bench / "work", stdin=subprocess.DEVNULL, check=False, timeout=20,
            capture_output=True,
        )  # fmt: skip
        assert not (bench / "ran").exists(), (shell, bound.script)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("sh -c 'echo {{x}}'", "sh would read it as code"),
        ("bash -euo pipefail -c \"echo {{x}}\"", "bash would read it"),
        ("sudo -u me /bin/sh -ec 'echo {{x}}'", "sh would read it"),
        ("$(true)sh -c 'echo {{x}}'", "sh would read it"),
        ("${none}/bin/sh -c 'echo {{x}}'", "sh would read it"),
        ('$SHELL -c "echo {{x}}"', "sh would read it"),
        ('s=sh; "$s" -c "echo {{x}}"', "sh would read it"),
        ("sh -c 'exec \"$@\"' sh bash -c {{x}}", "bash would read it"),
        ("find . -exec sh -c 'echo {{x}}' \\;", "sh would read it"),
        ("ls | xargs -I% sh -c 'echo {{x}} %'", "sh would read it"),
        ("echo {{x}} | xargs -I% sh -c 'echo %'", "sh would read it"),
        ("python3 -c 'print({{x}})'", "python would read it"),
        ("perl -pe 's/a/{{x}}/' f", "perl would read it"),
        ("echo {{x}} | sh", "sh would read it"), ("sh <<EOF\necho {{x}}\nEOF", "sh would read it"),
        ("cat <<EOF | bash -s\necho {{x}}\nEOF", "bash would read it"),
        ("bash {{x}} {{x}}", "take it for an option"), ("eval echo {{x}}", "eval"),
        ("v={{x}}; eval $v", "eval"), ("ssh host echo {{x}}", "ssh"), ("ssh {{x}} uptime", "ssh"),
        ("su me -c 'echo {{x}}'", "su hands it"), ("trap 'echo {{x}}' EXIT", "trap"),
        ("make V={{x}}", "make puts it"), ("make {{x}}", "make puts it"),
        ("awk '{print \"{{x}}\"}' f", "awk would read it"), ("sed -i s/a/{{x}}/ f", "sed would"),
        ("sed -n -e 1p -e {{x}} f", "sed would"), ("echo `echo {{x}}`", "backticks"),
        ("echo $((1 + {{x}}))", "can be code"), ("[[ {{x}} -eq 1 ]]", "[["),
        ("((i = {{x}}))", "((…))"), ("echo $'{{x}}'", "not the same in every shell"),
        ("echo ${a:-\"{{x}}\"}", "${…}"), ("echo ${{x}}", "a $ before"),
        (r"echo \{{x}}", "a backslash before"), ("cat <<'EOF'\n{{x}}\nEOF", "quoted end"),
        ("cat <<{{x}}\na\n", "not a plain word"), ("echo '{{x}}", "not closed"),
        ("printf {{x}}", "format"), ("PS4={{x}} sh f", "PS4"), ("a[{{x}}]=1", "subscript"),
        ("diff <(echo {{x}}) f", "<(…)"), ("echo $(case a in a) echo {{x}};; esac)", "case"),
        ("env -S 'echo {{x}}'", "env"), ("test -v {{x}}", "evaluates"), ("declare {{x}}", "name"),
    ],
)  # fmt: skip
def test_where_a_value_would_be_code_the_command_is_refused(command: str, said: str) -> None:
    """Other shells, interpreters and arithmetic are named, with what to write instead."""
    with pytest.raises(Refused) as refused:
        check_command(command)
    assert said in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    "command",
    [
        "./scripts/bump-version.sh {{x}}", 'git tag -a v{{x}} -m "Release v{{x}}"',
        "$CC -c {{x}} -o out", 'git "$x" -c {{x}}',
        "sh ./build.sh {{x}}", "bash -c 'echo \"$1\"' bash {{x}}", "python3 tool.py -c {{x}}",
        "awk -v v={{x}} '{print v}' f", "sed --sandbox s/a/{{x}}/ f", "ssh me@{{x}} uptime",
        "export V={{x}} && make", "docker build -t app:{{x}} .", "echo {{x}} | tee -a log | wc -c",
        "for f in *.c; do cc \"$f\" -DV={{x}}; done", "echo {{x}} 2>&1 >out", "grep -c sh {{x}}",
        "echo {{x}} && (cd a; echo \"$(pwd)/{{x}}\")", "printf '%s\\n' {{x}}", "test {{x}} = 1",
        "docker ps --format '{{.Names}}' --filter name={{x}}", "xargs -n1 echo {{x}} < list",
    ],
)  # fmt: skip
def test_what_people_write_is_accepted(command: str) -> None:
    """Ordinary uses of a variable go through."""
    check_command(command)
    assert "GT_VAR_x" in bind(command, {"x": "1"}).script


def test_commands_without_variables_are_never_touched() -> None:
    """Whatever a command holds besides, it is run as it was written."""
    for command in ("sh -c 'eval $x'", "echo 'open", "docker ps --format '{{.Names}}'", "$((a"):
        assert bind(command, {"x": "1"}).script == command


def test_what_no_program_can_be_given_is_refused() -> None:
    """A NUL, and a variable without a value."""
    with pytest.raises(Refused, match="NUL"):
        bind("echo {{x}}", {"x": "a\0b"})
    with pytest.raises(Refused, match="no value"):
        bind("echo {{y}}", {"x": "a"})
