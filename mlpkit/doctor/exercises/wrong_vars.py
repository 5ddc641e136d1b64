"""Assignment 6: the mistakes in Var that concern the graph: the way back, its order and time, and plain numbers.

(Wrong rules for single operations are in wrong_rules.)
"""

import sys

from mlpkit.autodiff.scalar import Var as RightVar
from mlpkit.autodiff.scalar import topological_order
from mlpkit.doctor.exercises.automatic_differentiation import var


class Composing:
    """- and / made of +, * and **, as they often are: a wrong ** then spoils / as well."""

    __slots__ = ()

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return (-self) + other

    def __truediv__(self, other):
        return self * (other**-1)

    def __rtruediv__(self, other):
        return (self**-1) * other


class Composed(Composing, RightVar):
    __slots__ = ()


# Orders of the way back, from the output on: a mistake shows differently in each, be it right or wrong


def _postorder(root):
    return topological_order(root)[::-1]


def _postorder_from_the_right(root):
    """Return a right order in which the second operand's ancestors come last."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack += [(node, True), *((parent, False) for parent in node.parents)]
    return order[::-1]


def _by_counting_uses(root):
    """Return a right order in which a node comes as soon as its last use has come."""
    uses = dict.fromkeys(map(id, topological_order(root)), 0)
    for node in topological_order(root):
        for parent in node.parents:
            uses[id(parent)] += 1
    order = [root]
    for node in order:
        for parent in node.parents:
            uses[id(parent)] -= 1
            if uses[id(parent)] == 0:
                order.append(parent)
    return order


def _as_met(take, mark_early, reverse):
    """Return an order in which nodes come as they are met, whether or not all their uses have come before."""

    def order(root):
        found, seen, waiting = [], {id(root)} if mark_early else set(), [root]
        while waiting:
            node = waiting.pop(take)
            if not mark_early:
                if id(node) in seen:
                    continue
                seen.add(id(node))
            found.append(node)
            for parent in node.parents[::-1] if reverse else node.parents:
                if id(parent) not in seen:
                    if mark_early:
                        seen.add(id(parent))
                    waiting.append(parent)
        return found

    return order


def _by_value(root):
    return sorted(_postorder(root), key=lambda node: node.value)


BREADTH_FIRST = [_as_met(0, True, False), _as_met(0, True, True)]
DEPTH_FIRST = [_as_met(-1, True, False), _as_met(-1, True, True), _as_met(-1, False, True)]


def _wrong(cause, hint, way_back, *, bases=(RightVar,)):
    """Keep the mistake of a Var whose `backward` is `way_back`; both bases where it matters how - and / are made."""
    for base in bases:
        var.mistake(cause, hint)(type("Var", (base,), {"__slots__": (), "backward": way_back}))


def _reset(nodes):
    for node in nodes:
        node.grad = 0.0


def _contributions(node):
    return zip(node.parents, node.local, strict=True)


# Contributions that get lost ----------------------------------------------------------------------------------------

_REUSE = "a variable that is used twice has two ways to the output: what becomes of the first contribution?"


def _overwriting(order):
    def backward(self):
        nodes = order(self)
        _reset(nodes)
        self.grad = 1.0
        for node in nodes:
            for parent, derivative in _contributions(node):
                parent.grad = derivative * node.grad

    return backward


for _order in (_postorder, _postorder_from_the_right, _by_counting_uses):
    _wrong("gradient-zeroed-on-reuse", _REUSE, _overwriting(_order), bases=(RightVar, Composed))


def _one_contribution_an_operation(pick):
    def backward(self):
        nodes = _postorder(self)
        _reset(nodes)
        self.grad = 1.0
        for node in nodes:
            for parent, derivative in pick(node):
                parent.grad += derivative * node.grad

    return backward


_TWICE = "in x * x both operands are one node, which a set or a dict holds only once."
for _pick in (
    lambda node: dict(_contributions(node)).items(),
    lambda node: dict(list(_contributions(node))[::-1]).items(),
):
    _way = _one_contribution_an_operation(_pick)
    _wrong("gradient-zeroed-on-reuse", _TWICE, _way, bases=(RightVar, Composed))

# The order ----------------------------------------------------------------------------------------------------------

_ORDER = "a node hands its gradient on before all its own contributions have come: what order makes that sure?"


def _adding(order):
    def backward(self):
        nodes = order(self)
        _reset(nodes)
        self.grad = 1.0
        for node in nodes:
            for parent, derivative in _contributions(node):
                parent.grad += derivative * node.grad

    return backward


for _order in (*BREADTH_FIRST, *DEPTH_FIRST):
    _wrong("topological-order-missing", _ORDER, _adding(_order))
for _order in (topological_order, _by_value):  # from the leaves on, or in no order at all
    _wrong("topological-order-missing", _ORDER, _adding(_order), bases=(RightVar, Composed))


def _handing_on_what_came_so_far(self):
    """Hand on the whole sum each time a node is met: early contributions count again."""
    _reset(_postorder(self))
    self.grad = 1.0
    waiting = [self]
    while waiting:
        node = waiting.pop()
        for parent, derivative in _contributions(node):
            parent.grad += derivative * node.grad
            waiting.append(parent)


def _recursing_with_what_came_so_far(self):
    def visit(node):
        for parent, derivative in _contributions(node):
            parent.grad += derivative * node.grad
        for parent in node.parents:
            visit(parent)

    _reset(_postorder(self))
    self.grad = 1.0
    visit(self)


def _recursing_at_once(self):
    def visit(node):
        for parent, derivative in _contributions(node):
            parent.grad += derivative * node.grad
            visit(parent)

    _reset(_postorder(self))
    self.grad = 1.0
    visit(self)


for _way in (_handing_on_what_came_so_far, _recursing_with_what_came_so_far, _recursing_at_once):
    _wrong("topological-order-missing", _ORDER, _way)

# Depth and time -----------------------------------------------------------------------------------------------------

_DEEP = "Python stops a recursion about 1,000 calls deep: a list of nodes still to visit can take its place."


def _recursing(self):
    order, seen = [], set()

    def visit(node):
        if id(node) not in seen:
            seen.add(id(node))
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(self)
    _adding(lambda root: order[::-1])(self)


def _recursing_deeper(self):
    sys.setrecursionlimit(20_000)
    _recursing(self)


def _walking_all_paths(self):
    _reset(_postorder(self))
    paths = [(self, 1.0)]
    while paths:
        node, delta = paths.pop()
        node.grad += delta
        paths += [(parent, delta * derivative) for parent, derivative in _contributions(node)]


def _searching_a_list(self):
    seen = []
    for node in topological_order(self):
        if node not in seen:
            seen.append(node)
    _adding(_postorder)(self)


_wrong("recursion-limit", _DEEP, _recursing)
_wrong("recursion-limit", "a limit that was raised is still a limit: " + _DEEP, _recursing_deeper)
_wrong(
    "exponential-time",
    "16 nodes can have 2^16 ways to the output: hand a node's gradient on once, when its sum is complete.",
    _walking_all_paths,
)
_wrong("quadratic-time", "is a long list searched for every node? A set answers at once.", _searching_a_list)

# More than one backward ---------------------------------------------------------------------------------------------

_AGAIN = "backward sets the gradients, whatever an earlier backward left in them."


def _keeping(forgotten, start):
    """Return a backward that resets only the nodes for which `forgotten(node)` holds."""

    def backward(self):
        nodes = _postorder(self)
        _reset(filter(forgotten, nodes))
        self.grad = start(self)
        for node in nodes:
            for parent, derivative in _contributions(node):
                parent.grad += derivative * node.grad

    return backward


for _forgotten in (lambda node: False, lambda node: node.parents, lambda node: not node.parents):
    for _start in (lambda node: 1.0, lambda node: node.grad + 1.0):
        _wrong("grad-accumulates-across-backward-calls", _AGAIN, _keeping(_forgotten, _start))


def _adding_up_calls(self):
    nodes = _postorder(self)
    deltas = dict.fromkeys(nodes, 0.0)
    deltas[self] = 1.0
    for node in nodes:
        node.grad += deltas[node]
        for parent, derivative in _contributions(node):
            deltas[parent] += derivative * deltas[node]


_wrong("grad-accumulates-across-backward-calls", _AGAIN, _adding_up_calls)

# Which gradients are set --------------------------------------------------------------------------------------------


def _then(change):
    def backward(self):
        _adding(_postorder)(self)
        change(self)

    return backward


def _only_leaves(self):
    _reset(node for node in _postorder(self) if node.parents)


def _not_itself(self):
    self.grad = 0.0


_wrong("missing-term", "backward sets the gradients of the nodes in between, too.", _then(_only_leaves))
_wrong("missing-term", "the output is its own ancestor: its gradient is 1.", _then(_not_itself))
_wrong("wrong-formula", "what is the derivative of the output by itself? All gradients are multiples of it.",
       lambda self: _reset(_postorder(self)))  # fmt: skip

# Nodes that are equal, and nodes that are the same ------------------------------------------------------------------

_EQUAL = "two nodes may have the same value and yet be two: a set or a dict must tell them apart by identity."


def _merging_nodes(reverse):
    def backward(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, parents_done = stack.pop()
            if parents_done:
                order.append(node)
            elif node.value not in seen:
                seen.add(node.value)
                stack += [(node, True), *((parent, False) for parent in node.parents[:: -1 if reverse else 1])]
        _adding(lambda root: order[::-1])(self)

    return backward


def _merging_gradients(self):
    nodes = _postorder(self)
    grads = dict.fromkeys((node.value for node in nodes), 0.0)
    grads[self.value] = 1.0
    for node in nodes:
        for parent, derivative in _contributions(node):
            grads[parent.value] += derivative * grads[node.value]
    for node in nodes:
        node.grad = grads[node.value]


for _way in (_merging_nodes(False), _merging_nodes(True), _merging_gradients):
    _wrong("nodes-merged-by-value", _EQUAL, _way, bases=(RightVar, Composed))

# Plain numbers, and the order of operands ---------------------------------------------------------------------------


def _refuse(self, other):
    return NotImplemented


def _only(name, base, kinds):
    whole = getattr(base, name)
    return lambda self, other: whole(self, other) if isinstance(other, kinds) else NotImplemented


_BOTH = "a plain number may stand on the left and on the right: Python then asks for __radd__ and its kin."
_NUMPY = "a NumPy number on the right is a plain number, too: is it asked whether it is an int or a float?"
_OPERANDS = "in 5 - x and 5 / x the node stands on the right: which operand is which?"


def without_numbers(base):
    """Yield (cause, hint, methods) of classes that know not all plain numbers, or exchange operands."""
    reflected = dict.fromkeys(("__radd__", "__rsub__", "__rmul__", "__rtruediv__"), _refuse)
    names = ("__add__", "__sub__", "__mul__", "__truediv__")
    right = {name: _only(name, base, base) for name in names}
    for methods in (reflected, right, reflected | right):
        yield "number-not-wrapped", _BOTH, methods
    yield "number-not-wrapped", _NUMPY, {name: _only(name, base, (base, int, float)) for name in names}
    for methods in (
        {"__rsub__": lambda self, other: self - other},
        {"__rtruediv__": lambda self, other: self / other},
        {"__rsub__": lambda self, other: self - other, "__rtruediv__": lambda self, other: self / other},
        {"__sub__": lambda self, other: (-self) + other, "__rsub__": lambda self, other: self + (-other)},
    ):
        yield "operand-order", _OPERANDS, methods


for _cause, _hint, _methods in without_numbers(RightVar):
    var.mistake(_cause, _hint)(type("Var", (RightVar,), {"__slots__": (), **_methods}))
