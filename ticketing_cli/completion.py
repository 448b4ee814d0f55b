"""Completion: one script per shell, which runs `ticketing` itself to get the candidates.

The scripts never `eval` its output. They set two variables: _TICKETING_COMPLETE to the shell's
name and _TICKETING_COMPLETE_WORD to the word being typed; the arguments are the words before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from ticketing_cli.runtime.context import Run

VARIABLE = "_TICKETING_COMPLETE"
WORD = "_TICKETING_COMPLETE_WORD"

BASH = """\
_ticketing() {
    local IFS=$'\\n'
    COMPREPLY=($(_TICKETING_COMPLETE=bash _TICKETING_COMPLETE_WORD="${COMP_WORDS[COMP_CWORD]}" \\
        ticketing "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null))
}
complete -o default -F _ticketing ticketing"""
ZSH = """\
#compdef ticketing
_ticketing() {
    local -a candidates
    candidates=(${(f)"$(_TICKETING_COMPLETE=zsh _TICKETING_COMPLETE_WORD="${words[CURRENT]}" \\
        ticketing "${(@)words[2,CURRENT-1]}" 2>/dev/null)"})
    if (( ${#candidates} )); then _describe -V ticketing candidates; else _files; fi
}
compdef _ticketing ticketing"""
FISH = """\
function __ticketing
    set -lx _TICKETING_COMPLETE fish
    set -lx _TICKETING_COMPLETE_WORD (commandline --current-token)
    ticketing (commandline --tokenize --cut-at-cursor --current-process)[2..-1] 2>/dev/null
end
complete --command ticketing --no-files --keep-order --arguments '(__ticketing)'
complete --command ticketing --long-option file --require-parameter --force-files"""
PWSH = """\
Register-ArgumentCompleter -Native -CommandName ticketing -ScriptBlock {
    param($word, $ast, $cursor)
    $before = @($ast.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.ToString() })
    $Env:_TICKETING_COMPLETE = 'pwsh'
    $Env:_TICKETING_COMPLETE_WORD = $word
    $kind = 'ParameterValue'
    ticketing @before 2>$null | ForEach-Object {
        $value, $help = $_ -split "`t", 2
        if (-not $help) { $help = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, $kind, $help)
    }
    Remove-Item Env:_TICKETING_COMPLETE, Env:_TICKETING_COMPLETE_WORD
}"""


class Shell(StrEnum):
    """The supported shells."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    PWSH = "pwsh"


SCRIPTS = {Shell.BASH: BASH, Shell.ZSH: ZSH, Shell.FISH: FISH, Shell.PWSH: PWSH}


def completion(
    ctx: typer.Context,
    shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish|pwsh", help="Your shell.")],
) -> None:
    """Print a completion script; source it in your shell's startup file. No file is changed.

    Examples:
      source <(ticketing completion bash)
      ticketing completion fish > ~/.config/fish/completions/ticketing.fish
    """
    Run.of(ctx).out.line(SCRIPTS[shell])


def answer(run: Run, args: Sequence[str], env: Mapping[str, str]) -> None:
    """Print the candidates for a word, one per line, in the format of the shell."""
    from ticketing_cli.runtime.command_loader import candidates

    shell = env[VARIABLE]
    for value, text in candidates(list(args), env.get(WORD, ""), run):
        if shell == Shell.BASH:
            run.out.line(value)
        elif shell == Shell.ZSH:
            run.out.line(value.replace(":", "\\:") + (f":{text}" if text else ""))
        else:
            run.out.line(f"{value}\t{text}" if text else value)
