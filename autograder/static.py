"""What a student's functions look like without running them: built from the notebook's text, never called.

The doctor reads a function's code to find forbidden imports and complex steps. A handle has no code, so the doctor is
shown the function that the text defines.
"""

import ast
import types

from autograder.names import _parse

MAX_FINALLY = 8


def functions(cells: list[str], modules: dict[str, str] | None = None) -> dict[str, types.FunctionType | type]:
    """The functions and classes that the cells define at top level, the last of each name, with what they can see.

    Imported modules are stand-ins that have a name and nothing else, but for those of the student's own: `modules`
    has their texts.
    """
    visible = _visible(cells, modules or {})
    return {name: value for name, value in visible.items() if isinstance(value, types.FunctionType | type)}


def _visible(cells: list[str], modules: dict[str, str]) -> dict[str, object]:
    visible: dict[str, object] = {}
    for text in cells:
        tree = _parse(text)
        for node in tree.body if tree else ():
            if isinstance(node, ast.FunctionDef):
                visible[node.name] = _function(node, visible)
            elif isinstance(node, ast.ClassDef):
                visible[node.name] = _class(node, visible)
            elif isinstance(node, ast.Assign):
                for name in (target.id for target in node.targets if isinstance(target, ast.Name)):
                    visible[name] = _assigned(name, node.value, visible)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    own = _own_module(alias.name, modules)
                    visible[alias.asname or alias.name.partition(".")[0]] = own or types.ModuleType(alias.name)
            elif isinstance(node, ast.ImportFrom):
                own = _own_module(node.module or "", modules)
                for alias in node.names if own is not None else ():
                    if alias.name == "*":
                        visible |= {name: value for name, value in vars(own).items() if not name.startswith("_")}
                    else:
                        visible[alias.asname or alias.name] = vars(own).get(alias.name)
                for alias in node.names if own is None else ():
                    visible[alias.asname or alias.name] = types.ModuleType(node.module or "")
    return visible


def _own_module(name: str, modules: dict[str, str]) -> type | None:
    """A module of the student's own, as a class whose methods are its functions; None for any other."""
    text = modules.get(name.partition(".")[0])
    if text is None:
        return None
    others = {other: source for other, source in modules.items() if other != name.partition(".")[0]}
    members = {key: value for key, value in _visible([text], others).items() if key.isidentifier()}
    return type(name.rpartition(".")[2], (), {**members, "__module__": "__main__"})


def _function(node: ast.FunctionDef, visible: dict[str, object]) -> types.FunctionType | None:
    bare = ast.FunctionDef(**{**{f: getattr(node, f, None) for f in node._fields}, "decorator_list": []})
    bare.args = ast.parse(f"def f({', '.join(_names(node.args))}): pass").body[0].args  # defaults would be computed
    bare.returns = None
    if _finally_depth(node) > MAX_FINALLY:
        return None
    module = ast.fix_missing_locations(ast.Module([ast.copy_location(bare, node)], []))
    try:
        code = compile(module, "<the student's notebook>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return None
    body = next(c for c in code.co_consts if isinstance(c, types.CodeType) and c.co_name == node.name)
    function = types.FunctionType(body, visible, node.name)
    function.__module__ = "__main__"
    return function


def _finally_depth(node: ast.AST) -> int:
    """How deep `finally` is nested: each level doubles what the compiler writes."""
    deepest, waiting = 0, [(node, 0)]
    while waiting:
        current, depth = waiting.pop()
        depth += bool(getattr(current, "finalbody", None))
        deepest = max(deepest, depth)
        waiting += [(child, depth) for child in ast.iter_child_nodes(current)]
    return deepest


def _class(node: ast.ClassDef, visible: dict[str, object]) -> type:
    """A class with the methods of the text, bases among them as far as the cells define them."""
    bases = [visible.get(base.id) for base in node.bases if isinstance(base, ast.Name)]
    members = {item.name: _function(item, visible) for item in node.body if isinstance(item, ast.FunctionDef)}
    members["__module__"] = "__main__"
    try:
        return type(node.name, tuple(base for base in bases if isinstance(base, type)), members)
    except TypeError:  # bases that do not go together
        return type(node.name, (), members)


def _assigned(name: str, value: ast.expr, visible: dict[str, object]) -> object:
    """What a name stands for after `name = value`, as far as that is a function or another name."""
    if isinstance(value, ast.Lambda):
        body = [ast.copy_location(ast.Return(value.body), value)]
        function = ast.FunctionDef(name, args=value.args, body=body, decorator_list=[])
        return _function(ast.copy_location(function, value), visible)
    if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
        return getattr(visible.get(value.value.id), value.attr, None)
    return visible.get(value.id) if isinstance(value, ast.Name) else None


def _names(arguments: ast.arguments) -> list[str]:
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    names += [f"*{arguments.vararg.arg}"] if arguments.vararg else []
    return names + ([f"**{arguments.kwarg.arg}"] if arguments.kwarg else [])
