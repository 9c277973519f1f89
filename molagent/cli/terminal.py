"""What the terminal shows: live progress, and results as tables."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from molagent.project.optimise_result import OptimiseResult
    from molagent.project.project import Project
    from molagent.project.run_result import RunResult
    from molagent.records import Overlap
    from molagent.store.receipts import IngestReceipt
    from molagent.store.status import CampaignStatus

__all__ = [
    "TerminalProgress",
    "show_guess",
    "show_optimised",
    "show_overlaps",
    "show_receipt",
    "show_result",
    "show_status",
    "show_why",
]

console = Console(highlight=False)

# From this width on a shortlist has room for standard deviations.
_WIDE: Final = 120
_REJECTIONS: Final = 20
_BEST: Final = 10
_SHOWN: Final = 160


class TerminalProgress:
    """A live line for what runs, and one kept line for each finished stage.

    Stages nest: what a generator reports shows below the campaign's own stage.
    """

    def __init__(self) -> None:
        self._live = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            Elapsed(),
            TextColumn("[dim]{task.fields[note]}"),
            console=console,
            transient=True,
        )
        self._stack: list[tuple[Any, str, float]] = []
        self._started = False

    def start(self, stage: str, total: int | None = None) -> None:
        """Begin a stage, below the one that is running."""
        if not self._started:
            self._live.start()
            self._started = True
        indent = "  " * len(self._stack)
        task = self._live.add_task(f"{indent}{escape(stage)}", total=total, note="")
        self._stack.append((task, stage, time.monotonic()))

    def advance(self, count: int = 1, note: str = "") -> None:
        """Move the innermost stage on."""
        if self._stack:
            self._live.update(self._stack[-1][0], advance=count, note=escape(note))

    def finish(self, note: str = "") -> None:
        """End the innermost stage; an outermost one leaves a line behind."""
        if not self._stack:
            return
        task, stage, began = self._stack.pop()
        self._live.remove_task(task)
        if not self._stack:
            seconds = time.monotonic() - began
            console.print(f"{escape(stage):<24} {seconds:6.1f} s  [dim]{escape(note)}[/dim]")

    def close(self) -> None:
        """Take the live display down; safe to call twice."""
        while self._stack:
            task, _, _ = self._stack.pop()
            self._live.remove_task(task)
        if self._started:
            self._live.stop()
            self._started = False


def show_result(project: "Project", result: "RunResult") -> None:
    """Show the shortlist and where everything was written."""
    from molagent.report.wording import roughly

    table = Table(
        title=f"Shortlist of {project.config.project.name}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    endpoints = list(dict.fromkeys(o.endpoint for o in project.config.profile))
    doubtful = {card["endpoint"] for card in project.model_cards() if not card["reliable"]}
    wide = console.width >= _WIDE
    for column in ("#", "id", "D"):
        table.add_column(column, no_wrap=True)
    for name in endpoints:
        mark = "?" if name in doubtful else ""
        table.add_column(f"{name.replace('_', ' ')}{mark}", overflow="fold")
    for column in ("overlap", *(("from",) if wide else ())):
        table.add_column(column, no_wrap=True)
    for row in project.shortlist().to_dict("records"):
        table.add_row(
            str(row["rank"]),
            row["proposal_id"],
            f"{row['desirability']:.2f}",
            *(
                roughly(row[name])
                if name in doubtful
                else _plus_minus(row[name], row[f"{name}_std"] if wide else None)
                for name in endpoints
            ),
            str(row["overlap_level"]).replace("_", " "),
            *((f"{row['generator']} {row['mode']}",) if wide else ()),
        )
    console.print(table)
    console.print("D is desirability, 0 to 1. Overlap is evidence found, not legal advice.")
    if doubtful & set(endpoints):
        console.print(
            "? The model of this endpoint is not reliable, and earns no desirability; its card says"
            " why."
        )
    if result.shortfall:
        console.print(f"[yellow]{escape(result.shortfall)}[/yellow]")
    console.print(f"\n{result.sentence}")
    for path in result.files:
        console.print(f"  {path}", soft_wrap=True)


def show_optimised(result: "OptimiseResult") -> None:
    """Show the best new structures of an optimisation and where everything was written."""
    if len(result.best):
        table = Table(
            title=f"Best new structures of {result.run_id}",
            title_justify="left",
            box=box.SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
        )
        for column in ("#", "total", "from", "call"):
            table.add_column(column, no_wrap=True)
        table.add_column("structure", overflow="fold")
        for rank, row in enumerate(result.best.head(_BEST).to_dict("records"), start=1):
            table.add_row(
                str(rank),
                f"{row['total']:.2f}",
                row["source"],
                str(row["call"]),
                escape(row["smiles"]),
            )
        console.print(table)
    else:
        console.print("No new structure has a total above 0.")
    console.print(f"{result.sentence} Ended: {result.stop_reason.replace('_', ' ')}.")
    console.print("Totals rest on models' estimates, not on measurements.")
    for path in result.files:
        console.print(f"  {path}", soft_wrap=True)


def _plus_minus(mean: float | None, std: float | None) -> str:
    if mean is None or mean != mean:  # noqa: PLR0124 - NaN
        return "unknown"
    return f"{mean:.1f}" if std is None or std != std else f"{mean:.1f} ± {std:.1f}"  # noqa: PLR0124


def show_guess(note: str, doubts: Sequence[str]) -> None:
    """Show how a file will be read, and what is not certain of it."""
    if note:
        console.print(f"[dim]{escape(note)}[/dim]", soft_wrap=True)
    for doubt in doubts:
        console.print(f"  [yellow]not certain[/yellow] {escape(doubt)}", soft_wrap=True)


def show_receipt(receipt: "IngestReceipt", rejections: "pd.DataFrame", *, dry_run: bool) -> None:
    """Show what a file brought, and the first rejected rows with their reasons."""
    console.print(receipt.sentence, soft_wrap=True)
    for note in receipt.notes:
        console.print(f"  [dim]{escape(note)}[/dim]", soft_wrap=True)
    for row in rejections.head(_REJECTIONS).to_dict("records"):
        place = f"{receipt.name}:{row['source_row']}"
        console.print(f"  [yellow]{escape(place)}[/yellow] {escape(row['reason'])}", soft_wrap=True)
    if len(rejections) > _REJECTIONS:
        console.print(f"  and {len(rejections) - _REJECTIONS} more")
    if dry_run:
        console.print("  [dim]dry run: nothing was written[/dim]")


def show_status(status: "CampaignStatus") -> None:
    """Show finished stages and the cycles' figures."""
    console.print(
        f"{status.name}  campaign {status.campaign_id}  policy {status.policy}  "
        f"seed {status.seed}  {status.cycles} cycles planned"
    )
    table = Table()
    for column in ("cycle", "stage", "seconds", "detail"):
        table.add_column(column, overflow="fold")
    for done in status.stages:
        detail = ", ".join(
            f"{key} {value}"
            for key, value in done.detail.items()
            if not isinstance(value, list | dict)
        )
        table.add_row(str(done.cycle), done.stage, f"{done.seconds:.1f}", escape(detail))
    console.print(table)


def show_why(answer: Mapping[str, Any]) -> None:
    """Show everything that is known of one proposal."""
    for key, value in answer.items():
        if isinstance(value, Sequence) and not isinstance(value, str):
            console.print(f"[bold]{escape(key)}[/bold]")
            for item in value:
                console.print(f"  {escape(_flat(item))}", soft_wrap=True)
        else:
            console.print(f"[bold]{escape(key)}[/bold]  {escape(str(value))}", soft_wrap=True)


def _flat(item: object) -> str:
    if isinstance(item, Mapping):
        return "  ".join(
            f"{key}={value:.3g}" if isinstance(value, float) else f"{key}={value}"
            for key, value in item.items()
            if value not in (None, "", ())
        )
    return str(item)


def show_overlaps(smiles_list: Sequence[str], found: "Sequence[tuple[Overlap, ...]]") -> None:
    """Show the evidence ladder of each structure, strongest first."""
    for smiles, overlaps in zip(smiles_list, found, strict=True):
        console.print(f"[bold]{escape(_short(smiles))}[/bold]", soft_wrap=True)
        for overlap in overlaps:
            console.print(f"  {escape(_rung(overlap))}", soft_wrap=True)
            for site, group in overlap.assignment.items():
                console.print(f"      {escape(f'{site} = {group}')}", soft_wrap=True)
        console.print(f"  [dim]searched: {escape(overlaps[0].searched)}[/dim]", soft_wrap=True)
    console.print("Evidence found in the collection, not legal advice.")


def _short(smiles: str) -> str:
    return smiles if len(smiles) <= _SHOWN else f"{smiles[:_SHOWN]}... ({len(smiles)} characters)"


def _rung(overlap: "Overlap") -> str:
    from molagent.report.wording import relation_words

    similar = overlap.similarity
    parts = [
        f"{overlap.level.replace('_', ' '):<18}",
        overlap.claim_id or overlap.publication_number,
        overlap.publication_date
        or ("date not read" if overlap.publication_number or overlap.claim_id else ""),
        overlap.assignee,
        overlap.section,
        overlap.matched_name or (overlap.reason if not overlap.assignment else ""),
        relation_words(overlap.relation),
        "" if similar != similar else f"Tanimoto {similar:.2f}",  # noqa: PLR0124 - NaN
    ]
    return "  ".join(part for part in parts if part)
