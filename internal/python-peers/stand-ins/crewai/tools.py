"""The base class of a CrewAI tool: a pydantic model with a name, a description and a schema."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class BaseTool(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    name: str
    description: str
    args_schema: Any = None
