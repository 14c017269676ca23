"""Where the contracts and the worlds lie, in a checkout and in an installed wheel alike, and which APIs there are."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

#: Each API and the path under which the mock serves it; the part after the API's name is the vendor's own.
MOUNTS = {
    "restlink": "/restlink/api/v1",
    "tofrom": "/tofrom",
    "xpressbot": "/xpressbot/api/workspace/v1",
    "bird": "/bird",
    "timelines": "/timelines/partner/api/v1",
}

_BUNDLED = Path(__file__).parent / "_data"
_ROOT = _BUNDLED if _BUNDLED.is_dir() else Path(__file__).parent.parent


@cache
def _plain_loader() -> type[yaml.SafeLoader]:
    """YAML as JSON sees it: dates stay text, since JSON has none."""
    import yaml  # noqa: PLC0415  (commands that talk to a running mock read no file)

    class PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        yaml_implicit_resolvers = {
            first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    return PlainLoader


def load_yaml(text: str) -> Any:
    """The document as dicts, lists and scalars; yaml.YAMLError says where it is no YAML."""
    import yaml  # noqa: PLC0415  (see above)

    return yaml.load(text, Loader=_plain_loader())  # noqa: S506  (a safe loader, see above)


def compose_yaml(text: str) -> yaml.Node | None:
    """The document as nodes that know their lines."""
    import yaml  # noqa: PLC0415  (see above)

    node: yaml.Node | None = yaml.compose(text, Loader=_plain_loader())
    return node


def spec_path(name: str) -> Path:
    """The file of one contract (an API of MOUNTS, or ``control``)."""
    return _ROOT / "specs" / f"{name}.yaml"


def fixtures_path() -> Path:
    """The folder that holds a folder for each world."""
    return _ROOT / "fixtures"


@cache
def load_spec(name: str) -> dict[str, Any]:
    """One contract, read once. Shared: whoever changes it copies it first."""
    spec: dict[str, Any] = load_yaml(spec_path(name).read_text("utf-8"))
    return spec
