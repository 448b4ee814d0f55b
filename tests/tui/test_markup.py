"""No text of other users is interpreted as markup: every widget that could is told not to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.conventions.tree import files, text

#: Widgets that take `markup=False` and must get it, also for later updates.
TOLD = {"Static", "OptionList", "Label", "SelectionList", "Log", "RichLog"}
#: Widgets that always interpret markup: they may get only literals, or a Content.
READ = {"Button", "Checkbox", "RadioButton", "Tab", "TabPane", "Collapsible", "Link", "Placeholder"}
#: Not used at all: their markup cannot be switched off, or their text is clickable.
NEVER = {"DataTable", "Markdown", "MarkdownViewer", "Tree", "from_markup", "from_rich_text"}
#: Attributes that interpret markup when they are set.
SET = {"label", "border_title", "border_subtitle", "tooltip", "prompt"}
OURS = [path for path in files() if path.parts[0] == "tui" and path.suffix == ".py"]


def called(call: ast.Call) -> str:
    """Return the last name of the called function."""
    if isinstance(call.func, ast.Subscript):
        return called(ast.Call(call.func.value, call.args, call.keywords))
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def is_harmless(node: ast.expr | None) -> bool:
    """Whether a node is a literal, a choice between literals, or a Content."""
    if isinstance(node, ast.IfExp):
        return is_harmless(node.body) and is_harmless(node.orelse)
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).startswith("Content")
    return node is None or isinstance(node, ast.Constant)


def told_not_to(call: ast.Call) -> bool:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    markup = given.get("markup")
    return isinstance(markup, ast.Constant) and markup.value is False


def faults(source: str) -> Iterator[str]:
    """Yield each line that could interpret other users' text as markup."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name, first = called(node), node.args[0] if node.args else None
            markup = [keyword.value for keyword in node.keywords if keyword.arg == "markup"]
            if (
                name in NEVER
                or (name in TOLD and not told_not_to(node) and not first_is_content(first))
                or (name in READ and not is_harmless(first))
                or any(ast.unparse(value) == "True" for value in markup)
            ):
                yield f"{node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if (
                    isinstance(target, ast.Attribute)
                    and target.attr in SET
                    and not (isinstance(target.value, ast.Name) and target.value.id == "self")
                    and not is_harmless(node.value)
                ):
                    yield f"{node.lineno}: {ast.unparse(node)}"


def first_is_content(first: ast.expr | None) -> bool:
    return isinstance(first, ast.Call) and is_harmless(first)


def test_the_app_reads_no_text_of_users_as_markup() -> None:
    assert OURS
    found = [f"{path}:{fault}" for path in OURS for fault in faults(text(path))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "Static(show.name)",
        "Static(id='later')",
        "Static(show.name, markup=True)",
        "OptionList(*names)",
        "Button(show.name)",
        "Button(f'Buy for {price}')",
        "widgets.Label(show.name)",
        "Select[str].from_markup(name)",
        "DataTable()",
        "self.notify(name, markup=True)",
        "button.label = show.name",
        "self.board.border_title = show.name",
        "Content.from_markup(name)",
    ],
)
def test_code_that_would_read_markup_is_found(source: str) -> None:
    assert list(faults(source))


@pytest.mark.parametrize(
    "source",
    [
        "Static(show.name, markup=False)",
        "Static(Content.styled(show.name, 'bold'))",
        "Button('Buy')",
        "Button(Content(show.name))",
        "button.label = 'Locking…' if busy else 'Buy'",
        "self.label = label",
        "self.notify(name)",
    ],
)
def test_code_that_cannot_read_markup_passes(source: str) -> None:
    assert not list(faults(source))
