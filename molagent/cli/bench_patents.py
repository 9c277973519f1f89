"""`molagent bench`, patents: keys, similarity, Markush claims, the ladder, exports."""

import typer

__all__ = ["patents_bench_app"]

patents_bench_app = typer.Typer()
