"""``rest_apis:`` in ``platform.yaml``: REST APIs of the account whose calls are sold by products too."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from tiergate.policy.parts import ID, IN_WORDS, REST_API, REST_STAGE, OptionalPart
from tiergate.policy.source import Fault, Source, mapping


class RestApi(OptionalPart):
    """One stage of a REST API. ``id``: left out where an environment has none. ``hourly``: what hourly quotas become,
    as native usage plans have no hours; without it they are not mirrored."""

    id: Annotated[str, Field(pattern=REST_API)] | None = None
    stage: Annotated[str, Field(pattern=REST_STAGE)]
    hourly: Literal["day"] | None = None

    def compiled(self) -> dict[str, str]:
        """What ``RestApis.of`` of the domain reads."""
        return self.model_dump(exclude_none=True)


def rest_api_faults(platform: Source) -> Iterator[Fault]:
    """Names that are none, and stages that have two."""
    first: dict[tuple[str, str], str] = {}
    for name, stated in mapping(platform.data, "rest_apis").items():
        if not re.fullmatch(ID, name):
            yield platform.fault(f'rest_apis: name "{name}" {IN_WORDS[ID]}', "rest_apis", name)
        id_, stage = (mapping(stated).get(key) for key in ("id", "stage"))
        if isinstance(id_, str) and isinstance(stage, str):
            other = first.setdefault((id_, stage), name)
            if other != name:
                message = f"rest_apis.{name}: {other} is the same stage of the same REST API; name it once"
                yield platform.fault(message, "rest_apis", name)


def sold_faults(product: Source) -> Iterator[Fault]:
    """A product sells something: API versions, REST APIs or both."""
    if isinstance(product.data, dict) and not {"apis", "rest_apis"} & product.data.keys():
        yield product.fault('missing key "apis"; a product lists API versions there, or REST APIs under rest_apis:')
