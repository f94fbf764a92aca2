"""Reads inventories by pyx12 and pydifact: a list of files on stdin, the items of each on stdout, as JSON."""

import io
import json
import sys

from pydifact.parser import Parser
from pyx12.x12file import X12Reader


def x12_segments(text):
    reader = X12Reader(io.StringIO(text))
    for segment in reader:
        elements = [segment.get_value(f"{number:02}") or "" for number in range(1, len(segment) + 1)]
        yield segment.get_seg_id(), elements
    faults = [fault for fault in reader.pop_errors()]
    if faults:
        raise ValueError(faults)


def x12_items(text):
    items = []
    item = None
    for tag, elements in x12_segments(text):
        if tag == "LIN":
            pairs = elements[1:]
            item = {"ids": dict(zip(pairs[0::2], pairs[1::2])), "quantities": {}, "dates": {}}
            items.append(item)
        elif tag in ("CTT", "SE"):
            item = None
        elif item is not None and tag == "QTY":
            item["quantities"][elements[0]] = elements[1]
        elif item is not None and tag == "DTM":
            item["dates"][elements[0]] = elements[1] + "".join(elements[2:3])
        elif item is not None and tag == "N1":
            item["location"] = elements[3]
    return items


def edifact_items(text):
    items = []
    item = None
    for segment in Parser().parse(text):
        parts = [part if isinstance(part, list) else [part] for part in segment.elements]
        if segment.tag == "LIN":
            ids = {parts[2][1]: parts[2][0]} if len(parts) > 2 else {}
            item = {"ids": ids, "quantities": {}, "dates": {}}
            items.append(item)
        elif segment.tag in ("CNT", "UNS", "UNT"):
            item = None
        elif item is not None and segment.tag == "PIA":
            item["ids"].update({part[1]: part[0] for part in parts[1:]})
        elif item is not None and segment.tag == "QTY":
            item["quantities"][parts[0][0]] = parts[0][1]
        elif item is not None and segment.tag == "DTM":
            item["dates"][parts[0][0]] = parts[0][1]
        elif item is not None and segment.tag == "LOC":
            item["location"] = parts[1][0]
    return items


READERS = {"x12": x12_items, "edifact": edifact_items}
json.dump([READERS[kind](text) for kind, text in json.load(sys.stdin)], sys.stdout)
