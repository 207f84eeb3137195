"""Which spans are one sound: repeats tell of two places each, and what overlaps hangs together.

Worked example: 0 … 5 of recording 2 repeats 1 from 10 on, 20 … 25 of 3 repeats 1 from 12 on: all
three are one sound, and its place in 1 is 10 … 17.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

from corpus.core.segments import Blocks, Segment


def sounds(
    repeats: Iterable[tuple[int, int, int, int, int]],
) -> dict[int, list[tuple[Segment, int]]]:
    """Recording → its spans that recur anywhere, each with a number that all its repeats share.

    A repeat is (recording, start, end, of, of_start); spans that overlap count as one sound.
    """
    rows = [
        ((one, Segment(start, end)), (of, Segment(of_start, of_start + end - start)))
        for one, start, end, of, of_start in repeats
    ]
    spans: defaultdict[int, list[Segment]] = defaultdict(list)
    for recording, span in chain.from_iterable(rows):
        spans[recording].append(span)
    blocks = {one: Blocks.of(parts) for one, parts in spans.items()}
    parent: dict[tuple[int, int], tuple[int, int]] = {}

    def root(recording: int, span: Segment) -> tuple[int, int]:
        block = blocks[recording]
        node = recording, block.starts[bisect_right(block.starts, span.start) - 1]
        while (up := parent.setdefault(node, node)) != node:
            node = up
        return node

    for ours, theirs in rows:
        parent[root(*ours)] = root(*theirs)
    numbers: dict[tuple[int, int], int] = {}
    return {
        one: [
            (span, numbers.setdefault(root(one, span), len(numbers))) for span in blocks[one].blocks
        ]
        for one in sorted(blocks)
    }
