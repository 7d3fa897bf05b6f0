"""The budget of shape: short functions, few positional arguments, no cycles, words that help.

A code line holds a token that is neither a comment nor part of a docstring.
"""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.version import ROOMS

ROOT = Path(__file__).parent.parent
NO_CODE = {
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.COMMENT,
}
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef

# What may be longer or wider than the budget, each with its reason.
LONG_MODULES: dict[str, str] = {}
LONG_FUNCTIONS = {
    "planning/walk.py:walk_paths": "one compiled loop over days; calls would cost more than work",
    "planning/lanes.py:count_lanes": "the same for the fast count of two groups",
    "planning/build.py:make_plan": "one keyword a field of the plan, and nothing else",
    "planning/sharing_walk.py:walk_sharing": "the same for regions that share places",
}
COMPILED = "a compiled function takes no keyword-only arguments"
MANY_POSITIONAL = {
    "planning/walk.py:walk_paths": COMPILED,
    "planning/walk.py:_overlap": COMPILED,
    "planning/ordered.py:_pass": COMPILED,
    "planning/ordered.py:_unfit": COMPILED,
    "planning/lanes.py:count_lanes": COMPILED,
    "planning/sharing_walk.py:take_turns": COMPILED,
    "planning/sharing_walk.py:walk_sharing": COMPILED,
    "planning/pair.py:_fill_to_meet": COMPILED,
    "planning/draws.py:_fill_paths": COMPILED,
    "planning/draws.py:_fill_keys": COMPILED,
    "planning/draws.py:_fill_flags": COMPILED,
    "planning/draws.py:_fill_nights": COMPILED,
    "planning/draws.py:_fill_left": COMPILED,
    "planning/flow.py:_fill_present": COMPILED,
    "planning/children.py:_fill_daily": COMPILED,
    "planning/mix.py:_fill": COMPILED,
    "planning/simulated.py:_place": COMPILED,
    "planning/simulated.py:_wait": COMPILED,
    "planning/money.py:_committed_line": "one line of the plan from the five values it is made of",
}
# A command's options are its arguments.
WIDE = ("service/commands/",)


@dataclass(frozen=True)
class Function:
    """One function: where, how long, and its arguments."""

    where: str
    name: str
    lines: int
    arguments: int
    positional: int


@dataclass(frozen=True)
class Module:
    """One module: code and comment lines, functions, imports at load time, and raises."""

    name: str
    where: str
    code: int
    comments: int
    functions: tuple[Function, ...]
    imports: frozenset[str]
    raises: int
    told: int


def docstring_lines(tree: ast.AST) -> set[int]:
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def lines_of(source: str, tree: ast.AST) -> tuple[set[int], set[int]]:
    """Code lines, and lines that are comments alone."""
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    code = {
        line
        for token in tokens
        if token.type not in NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    } - docstring_lines(tree)
    comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    return code, comments - code


def function_of(node: FUNCTIONS, code: set[int], where: str) -> Function:
    mine = ("self", "cls")
    positional = [a for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in mine]
    return Function(
        where=where,
        name=node.name,
        lines=len(code & set(range(node.lineno, (node.end_lineno or node.lineno) + 1))),
        arguments=len(positional) + len(node.args.kwonlyargs),
        positional=len(positional),
    )


def imports_of(tree: ast.Module) -> Iterator[str]:
    """Modules imported when this one is loaded: not those inside functions or for types only."""
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            pending += [*node.body, *node.orelse]


def shows_a_value(node: ast.Raise) -> bool:
    return any(isinstance(child, ast.FormattedValue) for child in ast.walk(node))


def module_of(path: Path) -> Module:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    code, comments = lines_of(source, tree)
    where = path.relative_to(ROOT).as_posix()
    nodes = list(ast.walk(tree))
    # A bare name or a call without text repeats another's message.
    raises = [
        node
        for node in nodes
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args
    ]
    return Module(
        name=where.removesuffix(".py").removesuffix("/__init__").replace("/", "."),
        where=where,
        code=len(code),
        comments=len(comments),
        functions=tuple(function_of(n, code, where) for n in nodes if isinstance(n, FUNCTIONS)),
        imports=frozenset(imports_of(tree)),
        raises=len(raises),
        told=sum(map(shows_a_value, raises)),
    )


def modules_in(*rooms: str) -> list[Module]:
    paths = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return [module for module in map(module_of, paths) if module.code]


SOURCE = modules_in(*ROOMS)
FOUND = [function for module in SOURCE for function in module.functions]


def rank(values: list[int], share: float) -> int:
    """Nearest-rank quantile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def test_modules_are_short() -> None:
    sizes = [module.code for module in SOURCE]
    assert rank(sizes, 0.5) <= 100
    assert rank(sizes, 0.9) <= 250
    assert {m.where: m.code for m in SOURCE if m.code > 400 and m.where not in LONG_MODULES} == {}


def test_functions_are_short() -> None:
    lines = [function.lines for function in FOUND]
    assert rank(lines, 0.5) <= 8
    assert rank(lines, 0.9) <= 22
    long = {
        f"{f.where}:{f.name}": f.lines
        for f in FOUND
        if f.lines > 50 and f"{f.where}:{f.name}" not in LONG_FUNCTIONS
    }
    assert long == {}


def test_at_most_three_arguments_are_positional() -> None:
    wide = {f"{f.where}:{f.name}" for f in FOUND if f.positional > 3}
    assert wide - set(MANY_POSITIONAL) == set()
    assert rank([f.arguments for f in FOUND if not f.where.startswith(WIDE)], 0.9) <= 5


def test_no_module_imports_itself_in_a_circle() -> None:
    names = {module.name: module for module in SOURCE}
    graph = {
        name: {target for target in module.imports if target in names and target != name}
        for name, module in names.items()
    }

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        stack = list(graph[start])
        while stack:
            node = stack.pop()
            if node not in seen:
                seen.add(node)
                stack += graph[node]
        return seen

    assert [name for name in names if name in reached(name)] == []


def test_errors_show_the_value_that_was_wrong() -> None:
    raises = sum(module.raises for module in SOURCE)
    assert sum(module.told for module in SOURCE) >= 0.6 * raises


def test_comments_are_few() -> None:
    code = sum(module.code for module in SOURCE)
    comments = sum(module.comments for module in SOURCE)
    assert comments <= 0.12 * (code + comments)


def test_exceptions_are_still_needed() -> None:
    sizes = {module.where: module.code for module in SOURCE}
    lines = {f"{f.where}:{f.name}": f.lines for f in FOUND}
    assert [name for name in LONG_MODULES if sizes.get(name, 0) <= 400] == []
    wide = {f"{f.where}:{f.name}" for f in FOUND if f.positional > 3}
    assert set(MANY_POSITIONAL) - wide == set()
    assert [name for name in LONG_FUNCTIONS if lines.get(name, 0) <= 50] == []
