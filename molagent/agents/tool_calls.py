"""Tool calls as a model wrote them, made fit to be read: what cannot be read becomes a tool error.

A language model writes anything: an integer of five thousand digits, fifty thousand braces, half a
character. Such a call is not the end of a decision. Its arguments become one entry that no tool
takes, so that the refusal goes back to the model, which may call again.
"""

import json
from typing import Final

from autogen_core import FunctionCall

__all__ = ["UNREADABLE", "clean_text", "readable_call"]

UNREADABLE: Final = "unreadable_arguments"
_LONGEST: Final = 100_000
_LONGEST_NAME: Final = 100
_DEEPEST: Final = 50


def readable_call(call: FunctionCall) -> FunctionCall:
    """Return a call whose arguments are JSON that every reader of them can read.

    Arguments that are no JSON at all stay as they are: AutoGen tells the model so.
    """
    return FunctionCall(
        id=clean_text(call.id),
        name=clean_text(call.name)[:_LONGEST_NAME],
        arguments=_readable(call.arguments),
    )


def clean_text(text: str) -> str:
    r"""Return text without halves of characters, which no file and no server takes.

    Examples
    --------
    >>> clean_text("a\ud800b")
    'a?b'
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _readable(arguments: str) -> str:
    if len(arguments) > _LONGEST:
        return _refused(f"{len(arguments):,} characters are too many")
    try:
        value = json.loads(arguments)
        if _depth(value) > _DEEPEST:
            return _refused("they are nested too deep")
    except json.JSONDecodeError:
        return clean_text(arguments)
    except ValueError:
        return _refused("an integer has too many digits")
    except RecursionError:
        return _refused("they are nested too deep")
    if "\\u" not in arguments and arguments.isascii():
        return arguments
    written = json.dumps(value, ensure_ascii=False)
    clean = clean_text(written)
    return arguments if clean == written else clean


def _refused(why: str) -> str:
    return json.dumps({UNREADABLE: why})


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level and depth <= _DEEPEST:
        depth += 1
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]
    return depth
