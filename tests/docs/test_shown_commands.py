"""The commands that the README shows do what it says: they are run in its order.

They run in this process, each by the person whose section it is in. What cannot run is listed with
the reason. `test_shown_examples` runs those of the reference.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from server import control_socket
from server.__main__ import main as server_main
from server.clock import SystemClock
from server.settings import Settings
from tests import databases
from tests.cli.person import PASSWORD, Person
from tests.conftest import Server, Serving
from tests.docs.pages import TOP, blocks
from ticketing_cli.runtime.errors import ExitCode

#: What a page shows and a test does not run, by how it begins.
NOT_RUN = {
    "ticketing list arlesienne": "the output of `make demo`, which its own test plays",
    "ticketing lock tkt_01m8nt7e33jw7vzwntj4": "the same",
    "ticketing buy tkt_01m8nt7e33jw7vzwntj4": "the same",
    "ticketing pay ord_01m8nt7hdhn546x4x6x3": "the same",
    "ticketing sandbox pay ord_01m8nt7hdhn546x4x6x3": "the same",
    "ticketing serve": "it never ends; the test's own server stands for it",
    "ticketing-server run": "it never ends, and needs a certificate",
}
DATABASE = "sqlite:////var/lib/ticketing/shop.db"
BACKUP = "/backups/shop-monday.db"


@dataclass
class Reader:
    """Somebody who types what the README shows, with the ids that it leaves to them."""

    server: Server
    folder: Path
    person: Person
    ids: dict[str, str] = field(default_factory=dict)

    def type(self, line: str) -> None:
        """Run a line. Fails unless it succeeds."""
        words = [self.ids.get(word, word) for word in shlex.split(line)]
        if words[0] == "ticketing-server":
            paths = {DATABASE: self.server.settings.database, BACKUP: str(self.folder / "copy.db")}
            assert server_main([paths.get(word, word) for word in words[1:]]) == 0, line
            return
        extra, typed = self._answers(words)
        ran = self.person.run(*words[1:], *extra, stdin=typed)
        waits = (ExitCode.PENDING,) if "--no-wait" in extra else ()
        assert ran.status in (0, *waits), (line, ran.err)

    def _answers(self, words: list[str]) -> tuple[tuple[str, ...], str]:
        """Return what answers the questions of a command, without a terminal."""
        if words[1:3] == ["auth", "signup"]:
            name = words[-1].partition("@")[0]
            self.person = Person(name, self.server.url, self.folder / name)
            return ("--password-stdin",), f"{PASSWORD}\n"
        if words[1] == "buy":
            return ("--yes", "--max-total", "45", "--no-wait"), ""
        return (), ""

    def look(self, *command: str, column: str = "id") -> str:
        """Return the first id that a command lists."""
        ran = self.person.run(*command, "--json", column)
        assert ran.status == 0, ran.err
        return str(ran.json[0][column])


def shown() -> list[str]:
    """Return the lines of the README that run."""
    return [line for line in blocks(TOP / "README.md") if not line.startswith(tuple(NOT_RUN))]


@pytest.fixture
def reader(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reader]:
    """Give somebody in the folder of the project, beside a running server."""
    monkeypatch.chdir(TOP)
    url = databases.sqlite_url(tmp_path, sqlite_template)
    with Serving(Settings(database=url, port=0), SystemClock()) as server:
        yield Reader(server, tmp_path, Person("nobody", server.url, tmp_path / "nobody"))


def test_every_line_that_is_not_run_is_still_shown() -> None:
    lines = list(blocks(TOP / "README.md"))
    assert not [start for start in NOT_RUN if not any(line.startswith(start) for line in lines)]


def test_the_commands_of_the_readme_do_what_it_says(reader: Reader) -> None:
    lines = shown()
    before, operators = lines[:-3], lines[-3:]
    for line in before:
        if "restore" in line:  # of a server that runs: it says so, and the README too
            with pytest.raises(AssertionError):
                reader.type(line)
            continue
        if "grant-admin" in line:
            you = Person("you", reader.server.url, reader.folder / "you").sign_up()
            reader.person = you
        reader.type(line)
        if line.startswith("ticketing list"):
            reader.ids["TICKET"] = reader.look("list", "miserables")
        if line.startswith("ticketing orders"):
            reader.ids["ORDER"] = reader.look("orders")
        if "sandbox pay" in line:
            reader.person.run("pay", reader.ids["ORDER"])
            held = reader.look("wallet", column="order_id")
            assert held == reader.ids["ORDER"]
    for line in operators:
        reader.type(line)
    control_socket.run_command(reader.server.settings, "check", "")
