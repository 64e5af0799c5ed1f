"""YAML as it lies in the repository when a command wrote it."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

MADE = "# Made from the registries by `make docs`; do not edit by hand.\n"


class _Block(yaml.SafeDumper):
    """Texts of several lines as blocks, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - yaml calls it
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Block.add_representer(str, _text)


def yaml_of(documents: Iterable[Mapping[str, Any]]) -> str:
    """The documents as one file, with a line that says where they come from."""
    dumped = yaml.dump_all(list(documents), Dumper=_Block, sort_keys=False, width=200, explicit_start=False)
    return MADE + dumped
