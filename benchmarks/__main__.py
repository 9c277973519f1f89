"""``python -m benchmarks NAME``: measure; every figure of BENCHMARKS.md."""

from benchmarks.commands import bench_app

if __name__ == "__main__":
    bench_app(prog_name="python -m benchmarks")
