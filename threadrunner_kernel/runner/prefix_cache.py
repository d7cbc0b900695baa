"""The prefix cache: a radix tree over the token sequences whose cells are in the KV cache. It never calls llama.cpp.

A *branch* is one sequence id and the tokens in its cells. Branches that begin alike share the tree's nodes, as their
sequences share cells (a shared prefix is copied by sequence id, which costs no memory). The idea is SGLang's
RadixAttention (https://arxiv.org/abs/2312.07104), with llama.cpp's sequence ids in place of pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Node:
    """An edge of the tree: the tokens that lead here, the branches that pass, and what follows by its first token."""

    tokens: list[int]
    parent: Node | None = None
    children: dict[int, Node] = field(default_factory=dict)
    branches: set[int] = field(default_factory=set)

    def split(self, at: int) -> Node:
        """Cut the edge after ``at`` tokens; a new node has the first part, this one (and its end) the rest."""
        assert self.parent is not None
        upper = Node(self.tokens[:at], self.parent, branches=set(self.branches))
        self.parent.children[upper.tokens[0]] = upper
        self.tokens, self.parent = self.tokens[at:], upper
        upper.children[self.tokens[0]] = self
        return upper


@dataclass(frozen=True, slots=True)
class Match:
    """The longest known prefix: its length in tokens, and a branch (sequence id) whose cells hold it."""

    length: int
    branch: int | None


class PrefixCache:
    """Which sequences hold which tokens. ``clock`` counts uses; the branch used longest ago goes first."""

    def __init__(self) -> None:
        self._root = Node([])
        self._leaves: dict[int, Node] = {}
        self._used: dict[int, int] = {}
        self._clock = 0

    def __len__(self) -> int:
        return len(self._leaves)

    def __contains__(self, branch: int) -> bool:
        return branch in self._leaves

    @property
    def branches(self) -> list[int]:
        """The branches, the one used longest ago first."""
        return sorted(self._leaves, key=self._used.__getitem__)

    def length_of(self, branch: int) -> int:
        """How many tokens a branch holds."""
        return sum(len(node.tokens) for node in self._way_up(branch))

    def tokens_of(self, branch: int) -> list[int]:
        """The tokens that a branch holds."""
        return [token for node in reversed(list(self._way_up(branch))) for token in node.tokens]

    def _way_up(self, branch: int) -> Iterator[Node]:
        node: Node | None = self._leaves[branch]
        while node is not None:
            yield node
            node = node.parent

    @property
    def tokens(self) -> int:
        """Tokens held, those that branches share counted once."""
        return sum(len(node.tokens) for node in self._nodes())

    def own_length(self, branch: int) -> int:
        """How many of a branch's tokens no other branch holds."""
        return sum(len(node.tokens) for node in self._way_up(branch) if node.branches == {branch})

    def tokens_apart(self, tokens: Sequence[int], branches: set[int]) -> int:
        """Tokens held that neither lie along ``tokens`` nor are one of these branches'."""
        along: dict[Node, int] = {}
        before = 0
        for node, length in self._way_down(tokens):
            along[node], before = length - before, length
        return sum(len(node.tokens) - along.get(node, 0) for node in self._nodes() if not node.branches & branches)

    def match(self, tokens: Sequence[int]) -> Match:
        """The longest prefix of ``tokens`` that some branch holds; that branch counts as used."""
        ways = list(self._way_down(tokens))
        if not ways:
            return Match(0, None)
        node, length = ways[-1]
        return self._used_now(length, node.branches)

    def match_whole(self, tokens: Sequence[int]) -> Match:
        """The longest branch that is, as a whole, a prefix of ``tokens``; it counts as used."""
        for node, length in reversed(list(self._way_down(tokens))):
            ending = [branch for branch in node.branches if self._leaves[branch] is node]
            if ending and self.length_of(ending[0]) == length:
                return self._used_now(length, ending)
        return Match(0, None)

    def _way_down(self, tokens: Sequence[int]) -> Iterator[tuple[Node, int]]:
        """The nodes along ``tokens``, each with the tokens in common until then; the last may go on otherwise."""
        node, length = self._root, 0
        while length < len(tokens) and (child := node.children.get(tokens[length])) is not None:
            common = common_length(child.tokens, tokens, length)
            length += common
            yield child, length
            if common < len(child.tokens):
                return
            node = child

    def _used_now(self, length: int, branches: Iterable[int]) -> Match:
        branch = max(branches, key=self._used.__getitem__)
        self.touch(branch)
        return Match(length, branch)

    def insert(self, branch: int, tokens: Sequence[int]) -> None:
        """Note that the sequence ``branch`` holds ``tokens``; it replaces what was known of it."""
        self.remove(branch)
        node, at = self._root, 0
        while at < len(tokens):
            child = node.children.get(tokens[at])
            if child is None:
                child = Node(list(tokens[at:]), node)
                node.children[tokens[at]] = child
            else:
                common = common_length(child.tokens, tokens, at)
                if common < len(child.tokens):
                    child = child.split(common)
            child.branches.add(branch)
            at += len(child.tokens)
            node = child
        self._leaves[branch] = node
        self.touch(branch)

    def remove(self, branch: int) -> None:
        """Forget a branch; what only it held leaves the tree."""
        node: Node | None = self._leaves.pop(branch, None)
        self._used.pop(branch, None)
        while node is not None and node.parent is not None:
            parent = node.parent
            node.branches.discard(branch)
            if not node.branches:
                del parent.children[node.tokens[0]]
            node = parent

    def touch(self, branch: int) -> None:
        self._clock += 1
        self._used[branch] = self._clock

    def _nodes(self) -> Iterator[Node]:
        pending = [self._root]
        while pending:
            node = pending.pop()
            yield node
            pending += node.children.values()


def common_length(first: Sequence[int], second: Sequence[int], at: int = 0) -> int:
    """How many tokens ``first`` has in common with ``second`` from ``at`` on."""
    limit = min(len(first), len(second) - at)
    return next((n for n in range(limit) if first[n] != second[at + n]), limit)
