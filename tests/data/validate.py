"""Holds scripts against the JSON Schema that `keyrite schema` prints, without keyrite's parser.

    validate.py SCHEMA FILE...          prints `FILE: valid` or `FILE: invalid: why` for each
    validate.py SCHEMA --changed FILE   prints changed forms of the script, one JSON object a line,
                                        each after `valid ` or `invalid `

PyYAML reads YAML 1.1, where `off` is a boolean, a date is no text and `4e9` is one. The loader here
knows the tags of YAML 1.2's core schema, as keyrite's parser does.
"""

import copy
import json
import re
import sys

import jsonschema
import yaml


class Core(yaml.SafeLoader):
    """YAML 1.2 core schema; a key that stands twice is an error."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(map(str, keys))):
            raise yaml.YAMLError("a key stands twice")
        return super().construct_mapping(node, deep)


def construct_float(loader, node):
    return float(loader.construct_scalar(node))


for tag, pattern, first in [
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
]:
    characters = [""] if first == "\0" else [c if c != "\0" else "" for c in first]
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), characters)
Core.add_constructor("tag:yaml.org,2002:float", construct_float)


def paths(value, at=()):
    """Every place in a document."""
    yield at
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, inner in items:
        yield from paths(inner, (*at, key))


def changed(document):
    """The document with one thing changed, for every place and every way to change it."""
    others = [None, True, 7, 2.5, "", "seal", "Other Text", [], ["ana"], {}, {"seal": None}, {"ana": "ben"}]
    for at in paths(document):
        for other in others:
            if not at:
                yield other
                continue
            one = copy.deepcopy(document)
            inner = one
            for key in at[:-1]:
                inner = inner[key]
            inner[at[-1]] = other
            yield one
        if at:
            one = copy.deepcopy(document)
            inner = one
            for key in at[:-1]:
                inner = inner[key]
            del inner[at[-1]]
            yield one
        one = copy.deepcopy(document)
        inner = one
        for key in at:
            inner = inner[key]
        if isinstance(inner, str):
            for other in [{inner: None}, [inner], {inner: inner}]:
                two = copy.deepcopy(document)
                holder = two
                for key in at[:-1]:
                    holder = holder[key]
                holder[at[-1]] = other
                yield two
        if isinstance(inner, dict):
            inner["unheard-of"] = "thing"
            yield one
        elif isinstance(inner, list) and inner:
            inner.append(inner[0])
            yield one


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    # The only format used is `date`, which editors check too.
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
    if sys.argv[2] == "--changed":
        with open(sys.argv[3], encoding="utf-8") as file:
            document = yaml.load(file, Core)
        for one in changed(document):
            word = "valid" if validator.is_valid(one) else "invalid"
            print(word, json.dumps(one))
        return
    for path in sys.argv[2:]:
        try:
            with open(path, encoding="utf-8") as file:
                document = yaml.load(file, Core)
        except yaml.YAMLError as error:
            print(f"{path}: invalid: {str(error).splitlines()[0]}")
            continue
        error = next(validator.iter_errors(document), None)
        print(f"{path}: valid" if error is None else f"{path}: invalid: {error.message.splitlines()[0]}")


if __name__ == "__main__":
    main()
