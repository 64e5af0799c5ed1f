"""The file that maps our columns to other headers: TOML, left our name, right yours."""

import tomllib

from services.hr_file.header import FileRefused


def read_mapping(text: str) -> dict[str, str]:
    """What `find_header` takes as `columns`. Raises FileRefused; names that we do not know are refused there."""
    way_out = 'write a line for each column: person_id = "Employee ID"'
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileRefused(f"the mapping cannot be read as TOML: {error}; {way_out}") from None
    wrong = [name for name, header in told.items() if not isinstance(header, str) or not header.strip()]
    if wrong:
        raise FileRefused(f"the mapping gives `{wrong[0]}` no header; {way_out}")
    return told
