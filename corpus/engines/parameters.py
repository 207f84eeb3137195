"""What the engines were told to do: part of every version, and readable without torch."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

DETECTION: Mapping[str, Any] = MappingProxyType(
    {
        "threshold": 0.5,
        "min_speech_duration_ms": 250,
        "min_silence_duration_ms": 100,
        "speech_pad_ms": 30,
    }
)

# Measured by benchmarks/diarisation.py. From 0.23 to 0.27 the clustering threshold changes little;
# from 0.28 on, alike voices collapse. A longer min_duration_off flatters truths that bridge pauses.
DIARISATION: Mapping[str, Any] = MappingProxyType(
    {
        "segmentation_step": 0.25,  # of a window of 5 s; longer beyond `most_windows`
        "most_windows": 9_000,  # three hours: clustering needs memory by their square
        "segmentation": {"threshold": 0.45, "min_duration_off": 0.5},
        "clustering": {"method": "average", "min_cluster_size": 12, "threshold": 0.25},
    }
)

# The two beams nearly halve the time and leave the words of our sample as they are.
DRAFT: Mapping[str, Any] = MappingProxyType(
    {"longest_s": 15, "shortest_s": 8, "pad_s": 0.1, "maxhmmpf": 3_000, "maxwpf": 10}
)

TRANSCRIPTION: Mapping[str, Any] = MappingProxyType(
    {
        "chunk_s": 28.0,
        "join_gap_s": 1.0,
        "min_avg_logprob": -1.0,
        "max_chars_per_s": 30.0,
        "max_chars_per_s_unspaced": 12.0,
        "min_unique_share": 0.4,
    }
)
