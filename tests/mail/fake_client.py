"""A client with an input line, as agents' clients have one: what it is told it writes down.

Run as `fake_client.py FOLDER [WORD…]`; only the standard library, so that it starts at once. In
FOLDER it keeps `told` (a line for each prompt) and reads `screen` (what it shows above the input
line); with the word `hooks` it leaves its state in `state` as the hooks of a real client do, there
or beside the file that `--settings` names. Further words: `deaf` (the first two Enters are lost),
`stone` (all are), `blind` (what is pasted is lost), `mute` (it takes the line, but its hooks say
nothing), `ghost` (a suggestion stands behind the cursor), `busy` (it works on for ever).
"""

import os
import sys
import tty
from pathlib import Path

SIGN = "\u276f "
BEGIN, END = b"\x1b[200~", b"\x1b[201~"


def main() -> None:
    """Take prompts until the input ends."""
    folder, words = Path(sys.argv[1]), set(sys.argv[2:])
    tty.setraw(0)
    typed, lost = "", 2 if "deaf" in words else 99 if "stone" in words else 0
    say(folder, words, "started")
    show(folder, words, typed)
    while data := os.read(0, 4096):
        pasted = data.startswith(BEGIN)
        text = data.replace(BEGIN, b"").replace(END, b"").decode("utf-8", "replace")
        if text in ("\r", "\n") and not pasted:
            if lost:
                lost -= 1
                continue
            with (folder / "told").open("a", encoding="utf-8") as told:
                told.write(f"{typed}\n")
            typed = ""
            if "mute" not in words:
                say(folder, words, "working")
                if "busy" not in words:
                    say(folder, words, "idle")
        elif pasted and "blind" in words:
            continue
        elif text == "\x7f":
            typed = typed[:-1]
        else:
            typed += text
        show(folder, words, typed)


def say(folder: Path, words: set[str], word: str) -> None:
    """What the client's own hooks would leave."""
    if "hooks" in words:
        named = sys.argv[sys.argv.index("--settings") + 1] if "--settings" in sys.argv else None
        (Path(named).parent if named else folder).joinpath("state").write_text(f"{word}\n")


def show(folder: Path, words: set[str], typed: str) -> None:
    """Draw the screen, with the cursor behind what is typed."""
    above = (folder / "screen").read_text() if (folder / "screen").exists() else "Welcome"
    told = (folder / "told").read_text() if (folder / "told").exists() else ""
    lines = [*above.splitlines(), *(f"{SIGN}{line}" for line in told.splitlines()[-3:]), "────"]
    ghost = "Try something" if "ghost" in words and not typed else ""
    out = "\x1b[?2004h\x1b[2J\x1b[H" + "".join(f"{line}\r\n" for line in lines)
    out += f"{SIGN}{typed}\x1b7\x1b[2m{ghost}\x1b[0m\r\n────\r\n  ? for help\x1b8"
    os.write(1, out.encode())


if __name__ == "__main__":
    main()
