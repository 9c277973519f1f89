import ast
from pathlib import Path

import molagent

PACKAGE = Path(molagent.__file__).parent


def test_every_public_name_can_be_imported_from_the_package():
    for name in molagent.__all__:
        assert getattr(molagent, name) is not None


def test_completion_lists_the_public_names():
    assert dir(molagent) == sorted(molagent.__all__)


def test_no_class_name_means_two_things():
    modules: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                modules.setdefault(node.name, []).append(path.relative_to(PACKAGE).as_posix())
    assert {name: found for name, found in modules.items() if len(found) > 1} == {}
