"""Run by genai-perf's own Python: have its parser read an export, and print the statistics of each level as JSON.

python genai_perf_statistics.py llm|requests EXPORT
"""

import json
import sys
from pathlib import Path

from genai_perf.profile_data_parser import LLMProfileDataParser, ProfileDataParser


class Words:
    """A tokenizer for which every word is a token; genai-perf puts a token "!" in front of what it passes by call."""

    def encode(self, text):
        return text.split()

    def __call__(self, texts):
        return {"input_ids": [[text[:1], *text[1:].split()] for text in texts]}


def main(kind, export):
    parser = LLMProfileDataParser(export, Words()) if kind == "llm" else ProfileDataParser(export)
    levels = {" ".join(load): parser.get_statistics(*load).stats_dict for load in parser.get_profile_load_info()}
    json.dump(levels, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
