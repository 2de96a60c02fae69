from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class ColorRequest(_message.Message):
    __slots__ = ("row", "column")
    ROW_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    row: int
    column: int
    def __init__(self, row: _Optional[int] = ..., column: _Optional[int] = ...) -> None: ...

class ColorResponse(_message.Message):
    __slots__ = ("color", "rate", "errors")
    COLOR_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    color: str
    rate: str
    errors: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, color: _Optional[str] = ..., rate: _Optional[str] = ..., errors: _Optional[_Iterable[str]] = ...) -> None: ...

class ColorUpdate(_message.Message):
    __slots__ = ("which", "color")
    WHICH_FIELD_NUMBER: _ClassVar[int]
    COLOR_FIELD_NUMBER: _ClassVar[int]
    which: str
    color: str
    def __init__(self, which: _Optional[str] = ..., color: _Optional[str] = ...) -> None: ...

class ColorUpdateResponse(_message.Message):
    __slots__ = ("which", "color")
    WHICH_FIELD_NUMBER: _ClassVar[int]
    COLOR_FIELD_NUMBER: _ClassVar[int]
    which: str
    color: str
    def __init__(self, which: _Optional[str] = ..., color: _Optional[str] = ...) -> None: ...
