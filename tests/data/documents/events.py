"""Holds events against the published OCSF schema, as PyPI's pydantic-ocsf carries it.

    events.py FILE

One event a line. Types, values and sibling attributes are held by the package's models; that every
attribute is known, that the required ones are there, and the schema's `at_least_one`, by the schema
itself, which lies in the package, too.
"""

import importlib.util
import json
import pathlib
import sys

from ocsf.v1_6_0.events import ApiActivity, ComplianceFinding, DetectionFinding, EntityManagement
from pydantic import BaseModel

CLASSES = {2003: ComplianceFinding, 2004: DetectionFinding, 3004: EntityManagement, 6003: ApiActivity}
# schema.ocsf.io/1.6.0/base_event: the models fill these in where they are missing.
REQUIRED = {"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid"}
OBJECTS = {"actor": "actor", "entity": "managed_entity", "src_endpoint": "network_endpoint", "user": "user",
           "product": "product", "resources": "resource_details", "evidences": "evidences",
           "remediation": "remediation"}

folder = pathlib.Path(importlib.util.find_spec("ocsf").origin).parent
objects = json.loads((folder / "schemas" / "v1_6_0.json").read_text())["objects"]
wrong = []


def constraint(name):
    """`at_least_one` of an object, or of what it extends."""
    while name in objects:
        if "constraints" in objects[name]:
            return objects[name]["constraints"].get("at_least_one", [])
        name = objects[name].get("extends")
    return []


def walk(model, value, at):
    """Every attribute is one of the schema's."""
    known = {field.alias or name for name, field in type(model).model_fields.items()}
    for unknown in set(value) - known:
        wrong.append(f"{at}: unknown attribute {unknown}")
    for name, inner in value.items():
        if name in OBJECTS:
            one_of = constraint(OBJECTS[name])
            for each in inner if isinstance(inner, list) else [inner]:
                if one_of and not set(one_of) & set(each):
                    wrong.append(f"{at}.{name}: none of {one_of}")
        held = getattr(model, name, None)
        # `unmapped` is for what the schema does not know.
        for each, value in zip(held, inner) if isinstance(held, list) else [(held, inner)]:
            if isinstance(each, BaseModel) and name != "unmapped":
                walk(each, value, f"{at}.{name}")


for number, line in enumerate(open(sys.argv[1], encoding="utf-8"), 1):
    event = json.loads(line)
    for missing in REQUIRED - set(event):
        wrong.append(f"line {number}: no {missing}")
    try:
        model = CLASSES[event["class_uid"]].model_validate(event)
    except (KeyError, ValueError) as error:
        wrong.append(f"line {number}: {error}")
        continue
    walk(model, event, f"line {number}")

print("\n".join(wrong))
sys.exit(bool(wrong))
