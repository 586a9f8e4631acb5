"""Which definitions of the package no running code reaches: those that only tests call.

Reached is what the modules do when they are imported, what benchmarks do, what the package offers
by name, and, from there on, whatever a reached definition names: its own module's names, imported
ones, `module.name`, and names in quoted annotations. A method is reached when its class is and
some reached code asks anything for that name.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

# modules imported by a name put together at run time: what is asked of them is looked for by name
BY_NAME = re.compile(
    r"frontiercost\.(cli|render|upstream|physics\.blocks)\.\w+|frontiercost\.stages\.\w+\.stage"
)


Key = tuple[str, str, str]
"""Module, class or nothing, name."""


class Package:
    """All modules, what they define and import, and what of it is reached."""

    def __init__(self, source: Path, benchmarks: Path, asked: set[str]) -> None:
        """Read them; `asked` are names that running code puts together and no reader can see."""
        self.trees = {_module_name(p, source): _parsed(p) for p in source.rglob("*.py")}
        programs = {f"benchmarks.{p.stem}": _parsed(p) for p in benchmarks.glob("*.py")}
        self.imports = {m: dict(_imports(t)) for m, t in (self.trees | programs).items()}
        self.definitions: dict[Key, list[ast.AST]] = defaultdict(list)
        self.asked = set(asked)  # attributes
        self.reached: set[Key] = set()
        roots = [(module, node) for module, tree in programs.items() for node in tree.body]
        for module, tree in self.trees.items():
            roots += [(module, node) for node in tree.body if not self._define(module, node)]
        (offered,) = self.definitions["frontiercost", "", "__all__"]
        for name in ast.literal_eval(offered.value):
            self._name("frontiercost", name)
        for module, node in roots:
            self._read(module, node)
        while self._reach_by_name():
            pass

    def unreached(self) -> list[str]:
        """Definitions that no running code reaches."""
        left = self.definitions.keys() - self.reached
        return sorted(" ".join(key) for key in left if not key[2].startswith("__"))

    def _define(self, module: str, node: ast.AST, owner: str = "") -> bool:
        """Note what a statement defines; whether it defines anything."""
        names = [node.name] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and not owner:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
        for name in names:
            self.definitions[module, owner, name].append(node)
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                self._define(module, part, node.name)
        return bool(names)

    def _reach_by_name(self) -> bool:
        """Reach the methods and the modules' parts that somebody has asked for by their name."""
        before = len(self.reached)
        for module, owner, name in list(self.definitions):
            of_reached = (module, "", owner) in self.reached
            command = name == module.rsplit(".", 1)[-1]
            wanted = name in self.asked or command or name.startswith("__")
            if wanted and (of_reached if owner else BY_NAME.fullmatch(module)):
                self._reach((module, owner, name))
        return len(self.reached) > before

    def _reach(self, key: Key) -> None:
        if key in self.definitions and key not in self.reached:
            self.reached.add(key)
            for node in self.definitions[key]:
                self._read(key[0], node)

    def _name(self, module: str, name: str, imports: dict | None = None) -> str:
        """Reach what a name stands for in a module; return the module, if it is one."""
        known = self.imports[module] | (imports or {})
        if name in known and (imports or (module, "", name) not in self.definitions):
            there, what = known[name]
            if f"{there}.{what}" in self.trees:
                return f"{there}.{what}"
            return self._name(there, what) if there in self.trees else ""
        self._reach((module, "", name))
        return ""

    def _read(self, module: str, node: ast.AST) -> None:
        """Reach everything that a piece of code names, but for its own variables."""
        inside = isinstance(node, ast.FunctionDef)
        imports = dict(_imports(node)) if inside else {}
        bound = set(_bound(node)) if inside else set()
        for part in _own_code(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                if part.id not in bound:
                    self._name(module, part.id, imports if part.id in imports else None)
            elif isinstance(part, ast.Attribute):
                self.asked.add(part.attr)
                if isinstance(part.value, ast.Name) and part.value.id not in bound:
                    base = part.value.id
                    there = self._name(module, base, imports if base in imports else None)
                    if there:
                        self._name(there, part.attr)
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                for name in re.findall(r"[A-Za-z_]\w*", part.value) if _is_type(part.value) else ():
                    self._name(module, name)


def _module_name(path: Path, source: Path) -> str:
    parts = (source.name, *path.relative_to(source).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imports(node: ast.AST) -> Iterator[tuple[str, tuple[str, str]]]:
    for part in ast.walk(node):
        if isinstance(part, ast.ImportFrom) and part.module:
            yield from ((a.asname or a.name, (part.module, a.name)) for a in part.names)


def _bound(node: ast.FunctionDef) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.arg):
            yield part.arg
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def _own_code(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a piece of code; of a class without its methods, which stand for themselves."""
    if isinstance(node, ast.ClassDef):
        parts = [p for p in ast.iter_child_nodes(node) if not isinstance(p, ast.FunctionDef)]
        yield from (inner for part in parts for inner in ast.walk(part))
    else:
        yield from ast.walk(node)


def _is_type(text: str) -> bool:
    """Whether a text could be a quoted annotation."""
    return re.fullmatch(r"[\w.]+(\[.*\]|( \| [\w.\[\], ]+)*)", text) is not None
