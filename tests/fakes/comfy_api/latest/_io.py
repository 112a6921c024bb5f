"""Inputs, outputs, the schema and the base class of a node."""

# ruff: noqa: A002, N802  the names are the host's

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Hidden(str, Enum):
    unique_id = "UNIQUE_ID"
    extra_pnginfo = "EXTRA_PNGINFO"


@dataclass(frozen=True)
class HiddenHolder:
    unique_id: str | None = None
    extra_pnginfo: dict[str, Any] | None = None


class Input:
    io_type = "*"

    def __init__(self, id: str, optional: bool = False, tooltip: str | None = None, **options: Any) -> None:
        self.id = id
        self.optional = optional
        self.options = {name: value for name, value in {"tooltip": tooltip, **options}.items() if value is not None}


class Output:
    io_type = "*"

    def __init__(
        self,
        id: str | None = None,
        display_name: str | None = None,
        tooltip: str | None = None,
        is_output_list: bool = False,
    ) -> None:
        self.id = id
        self.display_name = display_name
        self.tooltip = tooltip
        self.is_output_list = is_output_list


class _Socket(Input):
    """An input that can only be linked."""

    def __init__(self, id: str, optional: bool = False, tooltip: str | None = None) -> None:
        super().__init__(id, optional, tooltip)


class ComfyTypeIO:
    class Input(_Socket):
        pass

    class Output(Output):
        pass


def Custom(io_type: str) -> type[ComfyTypeIO]:
    class CustomInput(_Socket):
        pass

    class CustomOutput(Output):
        pass

    CustomInput.io_type = CustomOutput.io_type = io_type
    return type("CustomComfyType", (ComfyTypeIO,), {"Input": CustomInput, "Output": CustomOutput})


class Boolean:
    class Input(Input):
        io_type = "BOOLEAN"

        def __init__(
            self, id: str, optional: bool = False, tooltip: str | None = None, default: bool | None = None
        ) -> None:
            super().__init__(id, optional, tooltip, default=default)


class String:
    class Input(Input):
        io_type = "STRING"

        def __init__(
            self,
            id: str,
            optional: bool = False,
            tooltip: str | None = None,
            multiline: bool = False,
            placeholder: str | None = None,
            default: str | None = None,
            force_input: bool | None = None,
        ) -> None:
            super().__init__(
                id,
                optional,
                tooltip,
                multiline=multiline,
                placeholder=placeholder,
                default=default,
                forceInput=force_input,
            )

    class Output(Output):
        io_type = "STRING"


class Int:
    class Input(Input):
        io_type = "INT"

        def __init__(
            self,
            id: str,
            optional: bool = False,
            tooltip: str | None = None,
            default: int | None = None,
            min: int | None = None,
            max: int | None = None,
            control_after_generate: bool | None = None,
        ) -> None:
            super().__init__(
                id,
                optional,
                tooltip,
                default=default,
                min=min,
                max=max,
                control_after_generate=control_after_generate,
            )

    class Output(Output):
        io_type = "INT"


class Float:
    class Input(Input):
        io_type = "FLOAT"

        def __init__(
            self,
            id: str,
            optional: bool = False,
            tooltip: str | None = None,
            default: float | None = None,
            min: float | None = None,
            max: float | None = None,
            step: float | None = None,
        ) -> None:
            super().__init__(id, optional, tooltip, default=default, min=min, max=max, step=step)

    class Output(Output):
        io_type = "FLOAT"


class Combo:
    class Input(Input):
        io_type = "COMBO"

        def __init__(
            self,
            id: str,
            options: list[str] | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            default: str | None = None,
        ) -> None:
            super().__init__(id, optional, tooltip, default=default, options=options)


class Audio(ComfyTypeIO):
    class Input(_Socket):
        io_type = "AUDIO"

    class Output(Output):
        io_type = "AUDIO"


class Video(ComfyTypeIO):
    class Input(_Socket):
        io_type = "VIDEO"

    class Output(Output):
        io_type = "VIDEO"


class Image(ComfyTypeIO):
    class Input(_Socket):
        io_type = "IMAGE"

    class Output(Output):
        io_type = "IMAGE"


@dataclass
class Schema:
    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: list[Input] | None = None
    outputs: list[Output] | None = None
    hidden: list[Hidden] | None = None
    description: str = ""
    is_input_list: bool = False
    is_output_node: bool = False
    not_idempotent: bool = False

    def validate(self) -> None:
        ids = [*(given.id for given in self.inputs or []), *(made.id for made in self.outputs or [])]
        doubled = [name for name, count in Counter(ids).items() if count > 1]
        if doubled:
            raise ValueError(f"ids must be unique, but {doubled} are not")


class NodeOutput:
    def __init__(self, *args: Any, ui: dict[str, Any] | None = None) -> None:
        self.args = args
        self.ui = ui

    @property
    def result(self) -> tuple[Any, ...] | None:
        return self.args or None


class ComfyNode(ABC):
    hidden = HiddenHolder()

    @classmethod
    @abstractmethod
    def define_schema(cls) -> Schema: ...

    @classmethod
    @abstractmethod
    def execute(cls, *args: Any, **kwargs: Any) -> NodeOutput: ...

    @classmethod
    def validate_inputs(cls, *args: Any, **kwargs: Any) -> bool | str:
        raise NotImplementedError

    @classmethod
    def fingerprint_inputs(cls, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    # The methods that ComfyUI calls on a node's class.

    @classmethod
    def GET_SCHEMA(cls) -> Schema:
        schema = cls.define_schema()
        schema.validate()
        return schema

    @classmethod
    def GET_NODE_INFO_V1(cls) -> dict[str, Any]:
        schema = cls.GET_SCHEMA()
        inputs, outputs = schema.inputs or [], schema.outputs or []
        return {
            "input": {
                "required": {given.id: (given.io_type, given.options) for given in inputs if not given.optional},
                "optional": {given.id: (given.io_type, given.options) for given in inputs if given.optional},
            },
            "output": [made.io_type for made in outputs],
            "output_is_list": [made.is_output_list for made in outputs],
            "output_name": [made.display_name or made.io_type for made in outputs],
            "output_tooltips": [made.tooltip for made in outputs],
            "name": schema.node_id,
            "display_name": schema.display_name,
            "description": schema.description,
            "category": schema.category,
        }

    @classmethod
    def PREPARE_CLASS_CLONE(cls, hidden_inputs: Mapping[Hidden, Any]) -> type[ComfyNode]:
        holder = HiddenHolder(hidden_inputs.get(Hidden.unique_id), hidden_inputs.get(Hidden.extra_pnginfo))
        return type(f"{cls.__name__}Clone", (cls,), {"hidden": holder})

    @classmethod
    def EXECUTE_NORMALIZED(cls, **kwargs: Any) -> NodeOutput:
        output = cls.execute(**kwargs)
        if not isinstance(output, NodeOutput):
            raise TypeError(f"a node returned {type(output)}")
        return output
